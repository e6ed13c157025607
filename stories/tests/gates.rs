//! The gates (门禁): every route of every room, asked by every member of the cast and by nobody, at records that
//! exist and at records that do not. Who has the duty is let in, everybody else is refused; and a duty without
//! the place opens no record.

use access::{
    Doer, Duties, Duty, NewAccount, NewPost, NewUnit, Place, UnitKind, create_account, create_post,
    create_unit, grant_post,
};
use base::{Id, MINUTE_MS};
use linli::house;
use web::{Need, Right};

use crate::world::{Answer, Browser, World};

/// The cast and their duties, written down here once more on purpose: a changed cast or a changed gate must
/// disagree with this.
const CAST: [(&str, &[&str]); 12] = [
    ("grid", &["grid"]),
    ("village", &["verify", "handle"]),
    ("clerk", &["intake", "clerk", "verify"]),
    ("clerk2", &["intake", "clerk", "verify"]),
    ("county", &["intake", "clerk", "verify", "import"]),
    ("liaison", &["handle"]),
    ("mediator", &["mediate"]),
    ("leader", &["lead"]),
    ("auditor", &["audit"]),
    ("admin", &["admin"]),
    ("admin2", &["admin"]),
    ("outsider", &[]),
];

/// Ends the session that asks; walked apart.
const SIGN_OUT: &str = "/sign-out";

fn rights() -> Vec<Right> {
    web::rights_of(&house::rooms()).into_iter().map(|(_, right)| right).collect()
}

fn may_enter(need: Need, duties: Option<&[&str]>) -> bool {
    match (need, duties) {
        (Need::Public, _) => true,
        (_, None) => false,
        (Need::SignedIn, Some(_)) => true,
        (Need::Duty(one), Some(mine)) => mine.contains(&one),
        (Need::AnyDuty(all), Some(mine)) => all.iter().any(|one| mine.contains(one)),
    }
}

/// A route's address with an id that no record has.
fn nowhere(path: &str) -> String {
    let none = Id::<()>::of(1).to_string();
    path.split('/')
        .map(|part| {
            if part == "{number}" {
                "620602-2026-99999"
            } else if part.starts_with('{') {
                &none
            } else {
                part
            }
        })
        .collect::<Vec<_>>()
        .join("/")
}

/// Asks a route with an empty form that has this browser's token.
async fn ask(browser: &mut Browser, right: &Right, path: &str, token: &str) -> Answer {
    match right.method {
        "GET" => browser.get(path).await,
        _ if path.starts_with("/api/") => browser.send_json(path, "{\"act\":\"take\"}", token).await,
        _ => browser.send_bare(path, &[("_token".to_owned(), token.to_owned())]).await,
    }
}

/// Whether the gate turned somebody away.
fn is_refused(right: &Right, answer: &Answer, signed_in: bool) -> bool {
    if signed_in {
        return answer.status == 403;
    }
    let page = right.method == "GET" && !right.path.starts_with("/api/");
    if page { answer.location().starts_with("/sign-in?next=") } else { answer.status == 401 }
}

#[tokio::test]
async fn every_route_lets_in_whom_it_must_and_nobody_else() {
    for world in World::all() {
        let (mut let_in, mut refused) = (0, 0);
        let everybody = CAST.iter().map(|(name, duties)| (Some(*name), Some(*duties)));
        for (name, duties) in everybody.chain([(None, None)]) {
            let mut browser = match name {
                Some("admin2") => world.member_with_code("admin2").await,
                Some(name) => world.member(name).await,
                None => world.resident(),
            };
            browser.get(if name.is_some() { "/account" } else { "/follow" }).await.ok();
            let token = browser.token();
            for right in rights().iter().filter(|r| r.path != SIGN_OUT) {
                let answer = ask(&mut browser, right, &nowhere(right.path), &token).await;
                let (said, entered) = (answer.status, may_enter(right.need, duties));
                let who = format!("{} {name:?} {} {}: {said}", world.engine, right.method, right.path);
                assert!(!answer.status.is_server_error(), "{who} {}", answer.text());
                assert!(said != 429, "{who}: the walk was too fast to tell anything");
                if entered {
                    let turned = is_refused(right, &answer, name.is_some());
                    // Signing in has steps of its own, which lead back to the first one.
                    assert!(!turned || right.path.starts_with("/sign-in"), "{who}: should be let in");
                    let_in += 1;
                } else {
                    assert!(is_refused(right, &answer, name.is_some()), "{who}: should be refused");
                    refused += 1;
                }
            }
            if name.is_some() {
                let out =
                    ask(&mut browser, &Right::post(SIGN_OUT, Need::Public, "-"), SIGN_OUT, &token).await;
                out.onward();
            }
            // The limits on how often are not what is looked at here.
            world.clock.advance(5 * MINUTE_MS);
        }
        assert!(let_in > 700 && refused > 700, "{let_in} let in, {refused} refused");
    }
}

/// Every duty of casework, so that only the place is missing.
const ALL_CASEWORK: [Duty; 8] = [
    Duty::Intake,
    Duty::Grid,
    Duty::Clerk,
    Duty::Handle,
    Duty::Verify,
    Duty::Lead,
    Duty::Mediate,
    Duty::Import,
];

/// Somebody with these duties in `scope`, in a unit that stands there, and a browser in which they signed in.
pub async fn stranger(world: &World, name: &'static str, duties: &'static [Duty], scope: Place) -> Browser {
    let digest = access::Cast::digest(world.db.chance()).unwrap();
    let at = base::Clock::now(&*world.clock);
    let made = world.db.write(move |tx| {
        let doer = Doer::house(at);
        let unit = NewUnit { name: format!("{name}的单位"), kind: UnitKind::Department, place: scope };
        let unit = create_unit(tx, &doer, &unit)?;
        let post = NewPost { unit, title: "外地岗位".to_owned(), duties: Duties::of(duties), scope };
        let post = create_post(tx, &doer, &post)?;
        let account = NewAccount {
            name: name.to_owned(),
            display: "外地人".to_owned(),
            unit,
            digest: Some(digest.clone()),
            must_change: false,
        };
        let account = create_account(tx, &doer, &account)?;
        grant_post(tx, &doer, account, post, None)
    });
    made.await.unwrap();
    world.member(name).await
}

/// Asks every route about the case, and gives what each said.
async fn ask_about(browser: &mut Browser, case: &str, number: &str) -> Vec<(Right, Answer)> {
    let id = case.trim_start_matches("/cases/");
    browser.get("/account").await.ok();
    let token = browser.token();
    let mut all = Vec::new();
    let about =
        ["/cases/{id}", "/grid/cases/{case}", "/api/v1/cases/{number}/file", "/api/v1/cases/{number}/acts"];
    for right in rights().into_iter().filter(|r| about.iter().any(|begin| r.path.starts_with(begin))) {
        let path = right.path.replace("{id}", id).replace("{case}", id).replace("{number}", number);
        let path = path.replace("{photo}", &Id::<()>::of(1).to_string());
        let answer = ask(browser, &right, &path, &token).await;
        all.push((right, answer));
    }
    all
}

#[tokio::test]
async fn a_case_is_nothing_to_who_has_the_duties_elsewhere() {
    const TITLE: &str = "小区物业三个月不清运垃圾";
    for world in World::all() {
        let case = crate::staff::taken(&world, TITLE).await;
        let (here, number) = place_and_number(&world, &case).await;
        // Another county of the same city, and another town of the same county.
        let county = Place { county: here.county + 1, town: 0, village: 0, grid: 0, ..here };
        let town = Place { town: here.town + 1, village: 0, grid: 0, ..here };
        for (name, scope) in [("elsewhere", county), ("nexttown", town)] {
            let mut browser = stranger(&world, name, &ALL_CASEWORK, scope).await;
            let mut asked = 0;
            for (right, answer) in ask_about(&mut browser, &case, &number).await {
                asked += 1;
                let who = format!("{} {name} {} {}", world.engine, right.method, right.path);
                assert_eq!(answer.status, 404, "{who}: {}", answer.words());
                assert!(!answer.text().contains(TITLE), "{who} shows the case");
            }
            assert!(asked >= 25, "{asked}");
            for list in
                ["/queue?tab=all", "/queue?q=%E5%9E%83%E5%9C%BE", "/api/v1/cases", "/brief?span=all", "/grid"]
            {
                let answer = browser.get(list).await.ok();
                assert!(!answer.text().contains(TITLE) && !answer.text().contains(&number), "{list}");
            }
        }
        // The control: who has the place as well is not told 404.
        let mut clerk = world.member("clerk").await;
        let mut found = 0;
        for (_, answer) in ask_about(&mut clerk, &case, &number).await {
            found += usize::from(answer.status != 404 && answer.status != 403);
        }
        assert!(found >= 10, "{found}");
    }
}

/// The case's place and number, as the store has them.
pub async fn place_and_number(world: &World, case: &str) -> (Place, String) {
    let id: Id<case::model::Case> = case.trim_start_matches("/cases/").parse().unwrap();
    let found = world.db.read(move |conn| case::store::case_by_id(conn, id)).await.unwrap().unwrap();
    (found.place, found.number)
}

#[tokio::test]
async fn an_administrator_elsewhere_reaches_no_account_and_no_unit_here() {
    for world in World::all() {
        let case = crate::staff::taken(&world, "楼道堆放杂物堵住消防通道").await;
        let (here, _) = place_and_number(&world, &case).await;
        let (account, unit) = world
            .db
            .read(|conn| Ok(access::account_by_name(conn, "clerk")?.map(|row| (row.id(), row.unit()))))
            .await
            .unwrap()
            .unwrap();
        let county = Place { county: here.county + 1, town: 0, village: 0, grid: 0, ..here };
        let mut browser = stranger(&world, "faradmin", &[Duty::Admin], county).await;
        browser.get("/account").await.ok();
        let token = browser.token();
        let mut asked = 0;
        for right in
            rights().iter().filter(|r| ["/accounts/{", "/units/{"].iter().any(|b| r.path.starts_with(b)))
        {
            asked += 1;
            let id = if right.path.starts_with("/accounts") { account.to_string() } else { unit.to_string() };
            let path = nowhere(&right.path.replace("{id}", &id));
            let answer = ask(&mut browser, right, &path, &token).await;
            let shut = [403, 404].contains(&answer.status.as_u16());
            assert!(shut, "{} {} {path}: {} {}", world.engine, right.method, answer.status, answer.words());
            assert!(!answer.text().contains("李建国"), "{path}");
        }
        assert!(asked >= 15, "{asked}");
        assert!(!browser.get("/accounts").await.ok().text().contains("李建国"));
    }
}

/// Whoever sees a case is offered a note exactly where the deed takes one: not because the unit once had a part in it.
#[tokio::test]
async fn a_note_is_offered_to_whom_it_is_taken_from() {
    for world in World::all() {
        let case = crate::staff::taken(&world, "楼顶的信号箱夜里嗡嗡响").await;
        let mut seen = Vec::new();
        for (name, _) in CAST.iter().filter(|(name, _)| *name != "admin2") {
            let mut browser = world.member(name).await;
            let page = browser.get(&case).await;
            if page.status != 200 {
                continue;
            }
            let offers = page.text().contains(&format!("{case}/notes"));
            let note = [("note", "已与物业约好周三现场查看。"), ("note_reader", "offices")];
            let taken = browser.send(&format!("{case}/notes"), &note).await.status.is_redirection();
            assert_eq!(offers, taken, "{} {name}", world.engine);
            seen.push(offers);
        }
        assert!(seen.contains(&true) && seen.contains(&false), "{seen:?}");
    }
}
