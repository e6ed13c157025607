//! From a pack's text to a sound pack: every reference is followed, everything inherited is filled in.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;

use access::UnitKind;
use jiff::civil::Date;

use super::text::{CategoryText, EvidenceText, PackText, Parsed, Raw, RuleText};
use super::{Pack, PackCategory, PackError, PackRoute, RequestKind, Term, UnitSort};
use crate::model::{Channel, ClockKind, Level, Proof, Question, QuestionKind};

type Errors = Vec<PackError>;

/// Checks all, and gives either the pack or every mistake.
pub(super) fn check(raw: Raw) -> Result<Pack, Errors> {
    let mut errors = Vec::new();
    let valid_from = pack_head(&raw, &mut errors);
    let units = units(&raw, &mut errors);
    let categories = categories(&raw, &units, &mut errors);
    let routes = routes(&raw, &units, &categories, &mut errors);
    errors.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    if !errors.is_empty() {
        return Err(errors);
    }
    let head = raw.pack.body;
    Ok(Pack {
        code: head.code.into_inner(),
        name: head.name,
        region: head.region.into_inner(),
        version: head.version,
        valid_from,
        terms: head.clock.into_inner(),
        whistle: head.whistle.map_or_else(Default::default, toml::Spanned::into_inner),
        urge: head.urge.map_or_else(Default::default, toml::Spanned::into_inner),
        elsewhere: head.elsewhere,
        sources: head.source,
        categories,
        units,
        routes,
    })
}

fn pack_head(raw: &Raw, errors: &mut Errors) -> Date {
    let file = &raw.pack;
    let head = &file.body;
    if !is_code(head.code.get_ref()) {
        errors.push(file.error(
            head.code.span(),
            "pack.error.bad_code",
            vec![("code", head.code.get_ref().clone())],
        ));
    }
    must_be_division(file, head.region.get_ref(), head.region.span(), errors);
    let clock = head.clock.get_ref();
    let optional = [&clock.unit, &clock.level, &clock.arbitrate];
    let extend = clock.extend.term();
    let always = [&clock.accept, &clock.confirm, &clock.reopen, &extend];
    for term in always.into_iter().chain(optional.into_iter().flatten()) {
        must_be_term(file, term, head.clock.span(), errors);
    }
    let kinds =
        clock.escalate.iter().map(|kind| (kind, ClockKind::parse(kind).is_some_and(|k| !k.is_residents())));
    let codes = clock.pause.iter().map(|p| (&p.code, is_code(&p.code) && p.cap > 0));
    for (code, _) in kinds.chain(codes).filter(|(_, fits)| !fits) {
        errors.push(file.error(head.clock.span(), "pack.error.bad_code", vec![("code", code.clone())]));
    }
    calling(file, errors);
    day(file, head.valid_from.get_ref(), head.valid_from.span(), errors).unwrap_or(Date::ZERO)
}

/// The terms of whistles and of urging. Urging is counted in calendar days, which a resident can see.
fn calling(file: &Parsed<PackText>, errors: &mut Errors) {
    if let Some(whistle) = &file.body.whistle {
        let terms = whistle.get_ref();
        for term in [&terms.respond, &terms.shortest, &terms.longest] {
            must_be_term(file, term, whistle.span(), errors);
        }
    }
    if let Some(urge) = &file.body.urge {
        let every = &urge.get_ref().every;
        must_be_term(file, every, urge.span(), errors);
        if every.unit != "d" {
            errors.push(file.error(urge.span(), "pack.error.bad_days", vec![("days", every.unit.clone())]));
        }
    }
}

fn units(raw: &Raw, errors: &mut Errors) -> Vec<UnitSort> {
    let file = &raw.units;
    let mut seen = HashSet::new();
    let mut out = Vec::new();
    for line in &file.body.unit {
        let (unit, at) = (line.get_ref(), line.span());
        let code = || vec![("code", unit.code.clone())];
        if !is_code(&unit.code) || unit.code == "default" {
            errors.push(file.error(at.clone(), "pack.error.bad_code", code()));
        }
        if !seen.insert(unit.code.clone()) {
            errors.push(file.error(at.clone(), "pack.error.twice", code()));
        }
        let form = UnitKind::parse(&unit.form);
        if form.is_none() {
            errors.push(file.error(at.clone(), "pack.error.unknown_form", vec![("form", unit.form.clone())]));
        }
        let mut names = BTreeMap::new();
        for (level, name) in &unit.at {
            match Level::parse(level) {
                Some(l) if name.starts_with("{place}") => drop(names.insert(l, name.clone())),
                Some(_) => errors.push(file.error(at.clone(), "pack.error.name_without_place", code())),
                None => errors.push(file.error(
                    at.clone(),
                    "pack.error.unknown_level",
                    vec![("level", level.clone())],
                )),
            }
        }
        if names.is_empty() {
            errors.push(file.error(at, "pack.error.unit_nowhere", code()));
        }
        if let Some(form) = form {
            out.push(UnitSort { code: unit.code.clone(), form, names, scope: unit.scope.clone() });
        }
    }
    out
}

/// What a category hands down to those below it.
#[derive(Clone, Default)]
struct Inherited {
    unit: Option<String>,
    term: Option<Term>,
    place: bool,
    public: Option<bool>,
    evidence: Option<EvidenceText>,
}

fn categories(raw: &Raw, units: &[UnitSort], errors: &mut Errors) -> Vec<PackCategory> {
    let file = &raw.categories;
    for (key, term) in &file.body.deadline {
        must_be_term(file, term.get_ref(), term.span(), errors);
        if !file.body.category.iter().any(|c| c.get_ref().deadline.as_ref() == Some(key)) {
            errors.push(file.error(term.span(), "pack.error.unused", vec![("code", key.clone())]));
        }
    }
    let since =
        day(file, file.body.valid_from.get_ref(), file.body.valid_from.span(), errors).unwrap_or(Date::ZERO);
    let parents: HashSet<&str> =
        file.body.category.iter().filter_map(|c| c.get_ref().parent.as_deref()).collect();
    let mut known: HashMap<String, Inherited> = HashMap::new();
    let mut out = Vec::new();
    for line in &file.body.category {
        let (text, at) = (line.get_ref(), line.span());
        must_be_new(file, text, at.clone(), &known, errors);
        let above = match &text.parent {
            None => Inherited::default(),
            Some(p) => known.get(p).cloned().unwrap_or_else(|| {
                errors.push(file.error(at.clone(), "pack.error.unknown_parent", vec![("parent", p.clone())]));
                Inherited::default()
            }),
        };
        let own = inherit(file, text, at.clone(), above, units, errors);
        known.insert(text.code.clone(), own.clone());
        let is_leaf = !parents.contains(text.code.as_str());
        if let Some(category) = category(file, text, at, own, is_leaf, since, errors) {
            out.push(category);
        }
    }
    out
}

fn must_be_new<T>(
    file: &Parsed<T>,
    text: &CategoryText,
    at: Range<usize>,
    known: &HashMap<String, Inherited>,
    errors: &mut Errors,
) {
    if !is_code(&text.code) {
        errors.push(file.error(at.clone(), "pack.error.bad_code", vec![("code", text.code.clone())]));
    }
    if known.contains_key(&text.code) {
        errors.push(file.error(at.clone(), "pack.error.twice", vec![("code", text.code.clone())]));
    }
    if text.name.trim().is_empty() || text.name.chars().count() > 40 {
        errors.push(file.error(at, "pack.error.bad_name", vec![("code", text.code.clone())]));
    }
}

fn inherit(
    file: &Parsed<super::text::CategoriesText>,
    text: &CategoryText,
    at: Range<usize>,
    mut own: Inherited,
    units: &[UnitSort],
    errors: &mut Errors,
) -> Inherited {
    if let Some(unit) = &text.unit {
        if !units.iter().any(|u| u.code == *unit) {
            errors.push(file.error(at.clone(), "pack.error.unknown_unit", vec![("unit", unit.clone())]));
        }
        own.unit = Some(unit.clone());
    }
    if let Some(key) = &text.deadline {
        match file.body.deadline.get(key) {
            Some(term) => own.term = Some(term.get_ref().clone()),
            None => {
                errors.push(file.error(at, "pack.error.unknown_deadline", vec![("deadline", key.clone())]))
            }
        }
    }
    own.place = text.place.unwrap_or(own.place);
    own.evidence = text.evidence.clone().or(own.evidence);
    own.public = text.public.or(own.public);
    own
}

fn category(
    file: &Parsed<super::text::CategoriesText>,
    text: &CategoryText,
    at: Range<usize>,
    own: Inherited,
    is_leaf: bool,
    since: Date,
    errors: &mut Errors,
) -> Option<PackCategory> {
    let mut say = |key, words| errors.push(file.error(at.clone(), key, words));
    let code = || vec![("code", text.code.clone())];
    let kind = text.kind.as_deref().and_then(RequestKind::parse);
    match (&text.kind, kind, is_leaf) {
        (Some(k), None, _) => say("pack.error.unknown_kind", vec![("kind", k.clone())]),
        (None, _, true) => say("pack.error.kind_missing", code()),
        (Some(_), Some(_), false) => say("pack.error.kind_on_branch", code()),
        _ => {}
    }
    if own.unit.is_none() {
        say("pack.error.unit_missing", code());
    }
    if own.term.is_none() {
        say("pack.error.deadline_missing", code());
    }
    if text.also.iter().any(|word| word.is_empty() || word.contains(char::is_whitespace)) {
        say("pack.error.also_blank", code());
    }
    let proofs = proofs(file, own.evidence.as_ref(), kind, at.clone(), errors);
    let questions = questions(file, text, at.clone(), errors);
    let mut date = |typed: &Option<String>| typed.as_ref().and_then(|d| day(file, d, at.clone(), errors));
    let (from, to) = (date(&text.valid_from).unwrap_or(since), date(&text.valid_to));
    if to.is_some_and(|to| to <= from) {
        errors.push(file.error(at.clone(), "pack.error.ends_before_start", code()));
    }
    Some(PackCategory {
        code: text.code.clone(),
        name: text.name.clone(),
        parent: text.parent.clone(),
        kind,
        unit: own.unit?,
        owns_unit: text.unit.is_some(),
        term: own.term?,
        needs_place: own.place,
        is_public: own.public.unwrap_or(true),
        needs_evidence: matches!(own.evidence, Some(EvidenceText::Any(true))),
        proofs,
        is_urgent: text.urgent.unwrap_or(false),
        questions,
        also_called: text.also.clone(),
        valid_from: from,
        valid_to: to,
        line: file.line(at),
    })
}

/// What closing needs one by one; unknown words are told with the line on which they stand.
fn proofs(
    file: &Parsed<super::text::CategoriesText>,
    own: Option<&EvidenceText>,
    kind: Option<RequestKind>,
    at: Range<usize>,
    errors: &mut Errors,
) -> Vec<Proof> {
    let by_kind = || file.body.evidence_by_kind.get(kind?.code());
    let (words, at) = match own {
        Some(EvidenceText::Each(words)) => (words.as_slice(), at),
        Some(EvidenceText::Any(_)) => return Vec::new(),
        None => match by_kind() {
            Some(words) => (words.get_ref().as_slice(), words.span()),
            None => return Vec::new(),
        },
    };
    for word in words.iter().filter(|w| Proof::parse(w).is_none()) {
        errors.push(file.error(at.clone(), "pack.error.unknown_proof", vec![("proof", word.clone())]));
    }
    Proof::read(&words.join(" "))
}

fn questions(
    file: &Parsed<super::text::CategoriesText>,
    text: &CategoryText,
    at: Range<usize>,
    errors: &mut Errors,
) -> Vec<Question> {
    let mut out = Vec::new();
    for key in &text.ask {
        let Some(asked) = file.body.question.get(key) else {
            errors.push(file.error(
                at.clone(),
                "pack.error.unknown_question",
                vec![("question", key.clone())],
            ));
            continue;
        };
        let q = asked.get_ref();
        if (q.kind == QuestionKind::Choice) != (q.choices.len() >= 2) {
            errors.push(file.error(asked.span(), "pack.error.choices", vec![("question", key.clone())]));
        }
        out.push(Question {
            code: key.clone(),
            label: q.label.clone(),
            kind: q.kind,
            required: q.required,
            choices: q.choices.clone(),
        });
    }
    out
}

fn routes(raw: &Raw, units: &[UnitSort], categories: &[PackCategory], errors: &mut Errors) -> Vec<PackRoute> {
    let file = &raw.routing;
    let mut seen = HashSet::new();
    let mut out = Vec::new();
    let mut closed = false;
    for line in &file.body.rule {
        let rule = line.get_ref();
        if !seen.insert(rule.code.get_ref()) {
            let words = vec![("code", rule.code.get_ref().clone())];
            errors.push(file.error(rule.code.span(), "pack.error.twice", words));
        }
        if closed {
            errors.push(file.error(
                line.span(),
                "pack.error.never_reached",
                vec![("code", rule.code.get_ref().clone())],
            ));
        }
        closed |= rule.place.is_none() && rule.category.is_none() && rule.channel.is_none();
        out.extend(route(file, rule, units, categories, errors));
    }
    if !closed {
        let end = file.body.rule.last().map_or(0..0, toml::Spanned::span);
        errors.push(file.error(end, "pack.error.no_last_rule", Vec::new()));
    }
    out
}

fn route<T>(
    file: &Parsed<T>,
    rule: &RuleText,
    units: &[UnitSort],
    categories: &[PackCategory],
    errors: &mut Errors,
) -> Vec<PackRoute> {
    let before = errors.len();
    if let Some(place) = &rule.place {
        must_be_division(file, place.get_ref(), place.span(), errors);
    }
    if let Some(c) = rule.category.as_ref().filter(|c| !categories.iter().any(|k| k.code == *c.get_ref())) {
        errors.push(file.error(
            c.span(),
            "pack.error.unknown_category",
            vec![("category", c.get_ref().clone())],
        ));
    }
    let channel = rule.channel.as_ref().map(|c| (c, Channel::parse(c.get_ref())));
    if let Some((c, None)) = channel {
        errors.push(file.error(
            c.span(),
            "pack.error.unknown_channel",
            vec![("channel", c.get_ref().clone())],
        ));
    }
    let level = Level::parse(rule.level.get_ref());
    if level.is_none() {
        let words = vec![("level", rule.level.get_ref().clone())];
        errors.push(file.error(rule.level.span(), "pack.error.unknown_level", words));
    }
    must_be_sentence(file, rule, errors);
    let to = rule.to.get_ref();
    let sort = units.iter().find(|u| u.code == *to);
    if to != "default" && sort.is_none() {
        errors.push(file.error(rule.to.span(), "pack.error.unknown_unit", vec![("unit", to.clone())]));
    }
    if let (Some(sort), Some(level)) = (sort, level)
        && !sort.names.contains_key(&level)
    {
        let words = vec![("unit", to.clone()), ("level", level.code().to_owned())];
        errors.push(file.error(rule.to.span(), "pack.error.unit_not_at_level", words));
    }
    let (Some(level), true) = (level, errors.len() == before) else { return Vec::new() };
    let one = |code: String, category: Option<String>, unit: &str, level: Level| PackRoute {
        code,
        category,
        place: rule.place.as_ref().map(|p| p.get_ref().clone()),
        channel: channel.and_then(|(_, c)| c),
        unit: unit.to_owned(),
        level,
        why: rule.why.get_ref().clone(),
    };
    let code = rule.code.get_ref();
    if to != "default" {
        return vec![one(code.clone(), rule.category.as_ref().map(|c| c.get_ref().clone()), to, level)];
    }
    spread(rule, units, categories)
        .map(|(c, unit)| {
            one(
                format!("{code}.{}", c.code),
                Some(c.code.clone()),
                &c.unit,
                unit.nearest_level(level).unwrap_or(level),
            )
        })
        .collect()
}

/// The categories on which a `default` rule is spread: those under its own category that name a
/// unit themselves, the deepest first, so that the nearest one decides.
fn spread<'a>(
    rule: &'a RuleText,
    units: &'a [UnitSort],
    categories: &'a [PackCategory],
) -> impl Iterator<Item = (&'a PackCategory, &'a UnitSort)> {
    let depth = |c: &PackCategory| lineage(categories, &c.code).count();
    let root = rule.category.as_ref().map(toml::Spanned::get_ref);
    let mut found: Vec<&PackCategory> = categories
        .iter()
        .filter(|c| c.owns_unit || Some(&c.code) == root)
        .filter(|c| root.is_none_or(|r| lineage(categories, &c.code).any(|a| a == r)))
        .collect();
    found.sort_by_key(|c| std::cmp::Reverse(depth(c)));
    found.into_iter().filter_map(|c| units.iter().find(|u| u.code == c.unit).map(|u| (c, u)))
}

fn lineage<'a>(categories: &'a [PackCategory], code: &'a str) -> impl Iterator<Item = &'a str> {
    std::iter::successors(Some(code), |c| {
        categories.iter().find(|k| k.code == **c).and_then(|k| k.parent.as_deref())
    })
}

fn must_be_sentence<T>(file: &Parsed<T>, rule: &RuleText, errors: &mut Errors) {
    let why = rule.why.get_ref();
    let left = why.replace("{category}", "").replace("{unit}", "");
    if why.trim().is_empty() || left.contains(['{', '}']) || why.chars().count() > 100 {
        errors.push(file.error(
            rule.why.span(),
            "pack.error.bad_reason",
            vec![("code", rule.code.get_ref().clone())],
        ));
    }
}

fn must_be_term<T>(file: &Parsed<T>, term: &Term, at: Range<usize>, errors: &mut Errors) {
    let is_known = format!("1{}", term.unit).parse::<deadline::Term>().is_ok();
    if !(1..=3660).contains(&term.days) || !is_known {
        errors.push(file.error(at, "pack.error.bad_days", vec![("days", term.days.to_string())]));
    } else if term.source.trim().is_empty() {
        errors.push(file.error(at, "pack.error.source_missing", Vec::new()));
    }
}

fn must_be_division<T>(file: &Parsed<T>, code: &str, at: Range<usize>, errors: &mut Errors) {
    if code.len() != 12 || !code.bytes().all(|b| b.is_ascii_digit()) {
        errors.push(file.error(at, "pack.error.bad_division", vec![("code", code.to_owned())]));
    }
}

fn day<T>(file: &Parsed<T>, typed: &str, at: Range<usize>, errors: &mut Errors) -> Option<Date> {
    let day = typed.parse().ok();
    if day.is_none() {
        errors.push(file.error(at, "pack.error.bad_day", vec![("day", typed.to_owned())]));
    }
    day
}

fn is_code(code: &str) -> bool {
    (1..=40).contains(&code.len())
        && code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}
