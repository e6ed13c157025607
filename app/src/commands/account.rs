//! `linli account`: accounts and posts from the machine's own command line.

use std::io::Read;

use access::{
    Account, AccountFilter, AccountOrder, Clause, Cut, Doer, FirstAdministrator, Holding, NewAccount, Post,
    ScopeFilter, Touch, Unit,
};
use base::{Id, Refusal};
use serde_json::json;
use store::{Conn, Db};

use super::answer;
use crate::{
    cli::AccountWhat,
    config::Settings,
    house::{self, Told},
};

/// Does what was asked.
pub fn account(settings: &Settings, what: &AccountWhat, json: bool) -> anyhow::Result<()> {
    let db = house::open_now(settings, false)?;
    match what {
        AccountWhat::First { name, display, unit, title } => first(&db, [name, display, unit, title], json),
        AccountWhat::Create { name, display, unit } => create(&db, name, display, unit, json),
        AccountWhat::List => list(&db, json),
        AccountWhat::Grant { name, post } => grant(&db, name, post, json),
        AccountWhat::End { name, post } => end(&db, name, post, json),
        AccountWhat::Password { name } => password(&db, name, json),
        AccountWhat::Totp { name } => totp(&db, name, json),
        AccountWhat::Disable { name } => disable(&db, name, json),
    }?;
    db.sign_now().told()
}

fn typed_password() -> anyhow::Result<String> {
    let mut text = String::new();
    std::io::stdin().take(1_000).read_to_string(&mut text)?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn of_name(conn: &mut Conn, name: &str) -> base::Outcome<Id<Account>> {
    let row = access::account_by_name(conn, &name.to_ascii_lowercase())?.ok_or_else(Refusal::not_found)?;
    Ok(row.id())
}

fn first(db: &Db, [name, display, unit, title]: [&String; 4], json: bool) -> anyhow::Result<()> {
    let new = FirstAdministrator {
        name: name.clone(),
        display: display.clone(),
        unit: unit.clone(),
        title: title.clone(),
        digest: access::fresh_digest(db.chance(), name, &typed_password()?).told()?,
    };
    let doer = Doer::house(db.clock().now());
    let id = db.write_now(move |tx| access::make_first_administrator(tx, &doer, &new)).told()?;
    answer(json, &json!({"account": id}), &format!("已新建首位系统管理员 {name}；首次登录须修改口令。"))
}

fn create(db: &Db, name: &str, display: &str, unit: &str, json: bool) -> anyhow::Result<()> {
    let unit: Id<Unit> = unit.parse()?;
    let digest = access::fresh_digest(db.chance(), name, &typed_password()?).told()?;
    let new = NewAccount {
        name: name.to_owned(),
        display: display.to_owned(),
        unit,
        digest: Some(digest),
        must_change: true,
    };
    let doer = Doer::house(db.clock().now());
    let id = db.write_now(move |tx| access::create_account(tx, &doer, &new)).told()?;
    answer(json, &json!({"account": id}), &format!("已新建账号 {name}；首次登录须修改口令。"))
}

fn list(db: &Db, json: bool) -> anyhow::Result<()> {
    let scope = ScopeFilter { clauses: vec![Clause { touch: Touch::Anything, unit: 0 }] };
    let now = db.clock().now();
    let (mut after, mut out, mut lines) = (None, Vec::new(), Vec::new());
    loop {
        let (scope, cut) = (scope.clone(), Cut { after, size: 500, descending: false });
        let page = db
            .read_now(move |conn| {
                access::accounts_page(conn, &scope, &AccountFilter::default(), AccountOrder::Made, cut, now)
            })
            .told()?;
        for row in page.rows {
            let posts = row.posts.join("；");
            lines.push(format!(
                "{}\t{}\t{}\t{}\t{posts}",
                row.name,
                row.display,
                row.state.code(),
                row.unit_name
            ));
            out.push(json!({"account": row.id, "name": row.name, "display": row.display,
                "state": row.state.code(), "unit": row.unit_name, "posts": row.posts}));
        }
        after = page.next;
        if after.is_none() {
            return answer(json, &out, &lines.join("\n"));
        }
    }
}

fn grant(db: &Db, name: &str, post: &str, json: bool) -> anyhow::Result<()> {
    let (post, name): (Id<Post>, String) = (post.parse()?, name.to_owned());
    let doer = Doer::house(db.clock().now());
    let id = db
        .write_now(move |tx| {
            let account = of_name(tx.conn, &name)?;
            access::grant_post(tx, &doer, account, post, None)
        })
        .told()?;
    answer(json, &json!({"holding": id}), "已授予岗位。")
}

fn end(db: &Db, name: &str, post: &str, json: bool) -> anyhow::Result<()> {
    let (post, name): (Id<Post>, String) = (post.parse()?, name.to_owned());
    let doer = Doer::house(db.clock().now());
    let ended: Id<Holding> = db
        .write_now(move |tx| {
            let account = of_name(tx.conn, &name)?;
            let held = access::holdings_of(tx.conn, account)?;
            let open = held.iter().find(|h| h.post.id == post && h.holding.period.until.is_none());
            let id = open.ok_or_else(Refusal::not_found)?.holding.id;
            access::end_post(tx, &doer, id)?;
            Ok(id)
        })
        .told()?;
    answer(json, &json!({"holding": ended}), "岗位已结束，对方的下一次请求即失去权限。")
}

fn password(db: &Db, name: &str, json: bool) -> anyhow::Result<()> {
    let digest = access::fresh_digest(db.chance(), name, &typed_password()?).told()?;
    let (name, doer) = (name.to_owned(), Doer::house(db.clock().now()));
    db.write_now(move |tx| {
        let id = of_name(tx.conn, &name)?;
        access::replace_password(tx, &doer, id, &digest, true)
    })
    .told()?;
    answer(json, &json!({"done": true}), "口令已重设；下次登录须修改。")
}

fn totp(db: &Db, name: &str, json: bool) -> anyhow::Result<()> {
    let (name, doer) = (name.to_owned(), Doer::house(db.clock().now()));
    db.write_now(move |tx| {
        let id = of_name(tx.conn, &name)?;
        access::remove_totp(tx, &doer, id)
    })
    .told()?;
    answer(json, &json!({"done": true}), "动态口令已清除；下次登录重新绑定。")
}

fn disable(db: &Db, name: &str, json: bool) -> anyhow::Result<()> {
    let (name, doer) = (name.to_owned(), Doer::house(db.clock().now()));
    db.write_now(move |tx| {
        let id = of_name(tx.conn, &name)?;
        access::disable_account(tx, &doer, id)
    })
    .told()?;
    answer(json, &json!({"done": true}), "账号已停用。")
}
