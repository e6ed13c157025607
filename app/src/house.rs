//! Puts the house together: which rooms there are, in which order, and what a command needs of them.

use std::{path::Path, sync::Arc};

use anyhow::Context;
use base::{Act, Chance, Clock, Outcome, Stop, SystemClock};
use calendar::{Almanac, CALENDAR_CHANGED, Moves};
use case::{pages::staff::PackShelf, rules::pack::PACK_FILES};
use jobs::Handler;
use store::{Conn, Db, DbConfig, Keys, Migration, Tx};
use supervision::rules::{Rulebook, read_rulebook};
use web::{Lang, Room, Site, Words};

use crate::config::Settings;

/// Units that one transaction makes.
const UNITS_AT_ONCE: usize = 400;

/// All rooms, lower ones first.
pub fn rooms() -> Vec<Room> {
    vec![
        web::room(),
        territory::room(),
        access::room(),
        calendar::room(),
        notice::room(),
        case::room(),
        supervision::room(),
        callback::room(),
        figure::room(),
        upward::room(),
    ]
}

/// The handlers of all rooms' timers, which look things up at the site's desk.
///
/// # Errors
/// When the site has no desk.
pub fn timers(site: &Site) -> anyhow::Result<Vec<(&'static str, Handler)>> {
    let desk = site.get::<case::store::Desk>().told()?;
    Ok(timers_over(move || desk.now()))
}

/// The same over a ground. Where the work calendar has changed, every room that keeps deadlines looks at its own.
pub fn timers_over(
    ground: impl Fn() -> case::store::Ground + Clone + Send + Sync + 'static,
) -> Vec<(&'static str, Handler)> {
    let supervised = supervision::deeds::timers(ground.clone());
    let (changed, mut all): (Vec<_>, Vec<_>) =
        case::deeds::timers(ground).into_iter().partition(|(kind, _)| *kind == CALENDAR_CHANGED);
    let cases = changed.into_iter().map(|(_, handler)| handler).next();
    let every = move |tx: &mut Tx<'_>, act: Act, last: i64| {
        // The first look of each change; the later ones go on with the cases.
        if last == 0 {
            supervision::deeds::start_retiming(tx, act.at)?;
        }
        cases.as_ref().map_or(Ok(()), |handler| handler(tx, act, last))
    };
    all.push((CALENDAR_CHANGED, jobs::handler(every)));
    all.extend(supervised);
    all.extend(callback::timers());
    all.extend(upward::timers());
    all
}

/// All migrations: the kernel's, then the rooms' from below.
pub fn migrations() -> Vec<Migration> {
    let kernel = store::KERNEL_MIGRATIONS.iter().chain(jobs::MIGRATIONS).chain(parts::MIGRATIONS).copied();
    kernel.chain(web::migrations_of(&rooms())).collect()
}

/// What a change of the work calendar would move, in all rooms that keep deadlines.
fn calendar_moves(
    conn: &mut Conn,
    ground: &case::store::Ground,
    almanacs: [&Arc<Almanac>; 2],
    at: base::Millis,
) -> Outcome<Moves> {
    let mut all = case::deeds::calendar_moves(conn, ground, almanacs, at)?;
    let listed = supervision::deeds::calendar_moves(conn, almanacs[0], almanacs[1])?;
    all.open += listed.open;
    all.later += listed.later;
    all.earlier += listed.earlier;
    all.standing += listed.standing;
    all.some.extend(listed.some);
    Ok(all)
}

/// The catalogue of all rooms.
///
/// # Errors
/// Names the file and the key that is wrong.
pub fn words() -> anyhow::Result<Words> {
    Ok(web::words_of(&rooms())?)
}

/// What a stop says to the person at the command line: the sentence and the way out, in Chinese.
pub fn told(stop: &Stop) -> anyhow::Error {
    let Ok(words) = words() else { return anyhow::anyhow!("{stop:?}") };
    match stop {
        Stop::Refused(r) => {
            let sentence = words.fill(Lang::Zh, r.key, &r.words);
            let way = words.fill(Lang::Zh, &format!("{}.way", r.key), &r.words);
            anyhow::anyhow!("{sentence}{way}")
        }
        Stop::Invalid(all) => {
            let lines =
                all.fields.iter().map(|f| format!("{}：{}", f.field, words.fill(Lang::Zh, f.key, &f.words)));
            anyhow::anyhow!("{}", lines.collect::<Vec<_>>().join("\n"))
        }
        Stop::Fault(fault) => anyhow::anyhow!("{fault}"),
    }
}

/// Turns a deed's answer into the command line's.
pub trait Told<T> {
    /// The value, or the sentence.
    ///
    /// # Errors
    /// The stop, said in words.
    fn told(self) -> anyhow::Result<T>;
}

impl<T> Told<T> for Outcome<T> {
    fn told(self) -> anyhow::Result<T> {
        self.map_err(|stop| told(&stop))
    }
}

/// Runs blocking work on a thread of its own: a PostgreSQL connection makes its own small runtime.
pub fn apart<T: Send>(work: impl FnOnce() -> anyhow::Result<T> + Send) -> anyhow::Result<T> {
    std::thread::scope(|scope| scope.spawn(work).join())
        .unwrap_or_else(|_| Err(anyhow::anyhow!("the command panicked")))
}

/// Brings the database up to date; returns the steps that were done.
///
/// # Errors
/// When it cannot be opened or a step fails.
pub fn bring_up(settings: &Settings) -> anyhow::Result<Vec<String>> {
    let url = settings.database();
    if let Some(folder) = url.strip_prefix("sqlite:").and_then(|p| Path::new(p).parent())
        && !folder.as_os_str().is_empty()
    {
        std::fs::create_dir_all(folder).with_context(|| format!("{}", folder.display()))?;
    }
    apart(move || {
        let mut conn = store::open(&url, false).told()?;
        store::migrate(&mut conn, &migrations(), SystemClock.now()).told()
    })
}

/// Opens the database for a command or for serving.
///
/// # Errors
/// When the keys or the database cannot be opened.
pub fn open(
    settings: &Settings,
    signs: bool,
    clock: Arc<dyn Clock>,
    chance: Arc<Chance>,
) -> anyhow::Result<Db> {
    let keys = Keys::load_or_make(&settings.keys(), &settings.origin())?;
    let config = DbConfig { url: settings.database(), readers: settings.readers(), signs };
    let db = Db::open(&config, keys, chance, clock).told()?;
    db.stirred_by(stirs());
    Ok(db)
}

/// The facts after which every process reads again what it keeps in memory: places, units, categories, rules, calendars.
pub fn stirs() -> Vec<&'static str> {
    rooms().iter().flat_map(|room| room.stirs).copied().collect()
}

/// Opens the database with the machine's clock and chance.
///
/// # Errors
/// As for [`open`].
pub fn open_now(settings: &Settings, signs: bool) -> anyhow::Result<Db> {
    open(settings, signs, Arc::new(SystemClock), Arc::new(Chance::from_system()))
}

/// The site over an open database, with every room's shared object.
///
/// # Errors
/// When a room's object cannot be loaded or the catalogue is wrong.
pub fn site(db: &Db, config: web::Config) -> anyhow::Result<Site> {
    db.stirred_by(stirs());
    let atlas = Arc::new(territory::LiveAtlas::open(db).told()?);
    let desk = Arc::new(case::store::Desk::open(db, atlas.clone(), base::Zone::default()).told()?);
    let asked = desk.clone();
    let preview: calendar::Preview =
        Arc::new(move |conn, almanacs, at| calendar_moves(conn, &asked.now(), almanacs, at));
    let site = Site::new(db.clone(), Arc::new(words()?), config)
        .identified_by(access::Identity)
        .rung_by(notice::InboxBell)
        .with(atlas)
        .with(desk.almanac())
        .with(Arc::new(calendar::Dependants { preview }))
        .with(Arc::new(notice::FeedSources(vec![
            Box::new(case::deeds::Deadlines { desk: desk.clone() }),
            Box::new(supervision::deeds::Diary { desk: desk.clone() }),
        ])))
        .with(Arc::new(notice::Doors(vec![
            Box::new(case::deeds::CaseDoor),
            Box::new(supervision::deeds::SupervisionDoor),
        ])))
        .with(Arc::new(rulebook(None)?))
        .with(Arc::new(thresholds(FIGURES)?))
        .with(desk);
    Ok(site)
}

/// The shipped pack's files, by name.
pub const SHIPPED: [(&str, &str); 4] = [
    ("pack.toml", include_str!("../../packs/wuwei/pack.toml")),
    ("categories.toml", include_str!("../../packs/wuwei/categories.toml")),
    ("units.toml", include_str!("../../packs/wuwei/units.toml")),
    ("routing.toml", include_str!("../../packs/wuwei/routing.toml")),
];
/// What the shipped pack sets of supervision.
const SHIPPED_RULES: (&str, &str) = ("supervision.toml", include_str!("../../packs/wuwei/supervision.toml"));
/// The shipped pack's thresholds and parameters of figures.
const FIGURES: &str = include_str!("../../packs/wuwei/figure.toml");

fn thresholds(text: &str) -> anyhow::Result<figure::Thresholds> {
    figure::Thresholds::read(text).map_err(|bad| anyhow::anyhow!("figure.toml: {}", bad.0))
}

/// The thresholds of figures: the configured pack's where it has some, or the shipped ones.
///
/// # Errors
/// The file's mistakes, with the line.
pub fn figure_thresholds(settings: &Settings) -> anyhow::Result<figure::Thresholds> {
    let own = settings.pack.as_ref().map(|folder| folder.join("figure.toml")).filter(|f| f.exists());
    match own {
        Some(file) => {
            thresholds(&std::fs::read_to_string(&file).with_context(|| file.display().to_string())?)
        }
        None => thresholds(FIGURES),
    }
}

/// The shipped pack's rule of call-backs.
pub const CALLBACKS: &str = include_str!("../../packs/wuwei/callback.toml");

/// The rule of call-backs: the configured pack's where it has one, or the shipped one.
///
/// # Errors
/// The file's mistakes.
pub fn callback_rule(settings: &Settings) -> anyhow::Result<callback::Rule> {
    let own = settings.pack.as_ref().map(|folder| folder.join("callback.toml")).filter(|f| f.exists());
    let text = match own {
        Some(file) => std::fs::read_to_string(&file).with_context(|| file.display().to_string())?,
        None => CALLBACKS.to_owned(),
    };
    callback::Rule::read(&text).map_err(|fault| anyhow::anyhow!("{fault}"))
}

/// Loads the rule of call-backs where another one is in use; the first one begins the weekly draws.
///
/// # Errors
/// The file's mistakes, and faults of the store.
pub fn keep_callback_rule(settings: &Settings, db: &Db) -> anyhow::Result<()> {
    let rule = callback_rule(settings)?;
    let have = db.read_now(callback::latest_rule).told()?;
    if have.is_none_or(|(_, have)| have != rule) {
        let at = db.clock().now();
        db.write_now(move |tx| callback::load_rule(tx, at, &rule, None)).told()?;
    }
    Ok(())
}

/// What stands for the shipped pack where a folder would.
const SHIPPED_LABEL: &str = "packs/wuwei";

/// What the configured pack sets of supervision: its own `supervision.toml`, or the shipped one where it has none.
///
/// # Errors
/// The mistake, with file and line.
pub fn rulebook(folder: Option<&Path>) -> anyhow::Result<Rulebook> {
    let file = folder.map(|f| f.join(SHIPPED_RULES.0)).filter(|f| f.exists());
    let (name, text) = match file {
        Some(file) => (file.display().to_string(), std::fs::read_to_string(&file)?),
        None => (SHIPPED_RULES.0.to_owned(), SHIPPED_RULES.1.to_owned()),
    };
    read_rulebook(&name, &text).map_err(|e| anyhow::anyhow!("{e}"))
}

/// The pack's files as the administrator's page reads them: the configured folder's, or the shipped ones.
pub fn shelf(settings: &Settings) -> PackShelf {
    match &settings.pack {
        Some(folder) => PackShelf { label: folder.display().to_string(), read: read_folder },
        None => PackShelf {
            label: SHIPPED_LABEL.to_owned(),
            read: |_| Ok(SHIPPED.map(|(name, text)| (name.to_owned(), text.to_owned())).to_vec()),
        },
    }
}

/// Loads the configured pack where none has been loaded and makes the units that it wants, so that an
/// installation takes matters in as soon as it has its divisions; later packs are loaded on the administrator's page. Without the pack's region
/// there is nothing to load it for.
///
/// # Errors
/// The pack's mistakes, with file and line.
pub fn first_pack(settings: &Settings, db: &Db, desk: &case::store::Desk) -> anyhow::Result<()> {
    let ground = desk.now();
    if ground.categories().next().is_some() {
        return Ok(());
    }
    let pack = shelf(settings).pack()?.map_err(|all| {
        let lines: Vec<String> = all.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("{}", lines.join("\n"))
    })?;
    if ground.atlas.by_code("nbs12", &pack.region).is_empty() {
        return Ok(());
    }
    let at = db.clock().now();
    let missing = case::deeds::units_missing(&ground, &pack).told()?;
    for part in missing.chunks(UNITS_AT_ONCE) {
        let part = part.to_vec();
        db.write_now(move |tx| case::deeds::found_units(tx, case::deeds::Hand::House, at, &part)).told()?;
    }
    db.write_now(move |tx| case::deeds::load_pack(tx, &ground, case::deeds::Hand::House, at, &pack))
        .told()?;
    desk.refresh_now(db).told()
}

fn read_folder(folder: &str) -> std::io::Result<Vec<(String, String)>> {
    let one = |name: &str| {
        let path = Path::new(folder).join(name);
        Ok((path.display().to_string(), std::fs::read_to_string(path)?))
    };
    PACK_FILES.iter().map(|name| one(name)).collect()
}
