//! Draws the fields of a form (表单控件): label, hint, trouble, control. Labels come from the
//! catalogue by convention: `<prefix>.<field>`, hints from `<prefix>.<field>.hint`.

use askama::Template;
use base::{Stop, limits};

use crate::{Html, View, fail::Told, form::Posted, html::shows_as_html};

/// A form as it is drawn: blank, filled, or once more with its troubles.
#[derive(Clone)]
pub struct Fields {
    v: View,
    prefix: &'static str,
    values: Vec<(String, String)>,
    /// Field, label, sentence.
    troubles: Vec<Trouble>,
    told: Option<Told>,
    once: String,
    bare: bool,
    /// Whether files came with the form: a browser cannot be given them back.
    had_files: bool,
}

#[derive(Clone)]
struct Trouble {
    field: String,
    sentence: String,
}

/// One choice of a select, of radio cards or of boxes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opt {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub label: String,
    /// A second line on a radio card.
    pub hint: String,
}

impl Opt {
    /// A choice.
    pub fn new(value: impl ToString, label: impl Into<String>) -> Self {
        Self { value: value.to_string(), label: label.into(), hint: String::new() }
    }

    /// The same with a second line.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }
}

impl Fields {
    /// A blank form.
    pub fn blank(v: &View, prefix: &'static str) -> Self {
        let once = v.fresh_code();
        let v = v.clone();
        Self {
            v,
            prefix,
            values: Vec::new(),
            troubles: Vec::new(),
            told: None,
            once,
            bare: false,
            had_files: false,
        }
    }

    /// The fields of a filter row: no marks for optional fields, no form number.
    pub(crate) fn filter(v: &View, prefix: &'static str, values: Vec<(String, String)>) -> Self {
        Self { values, bare: true, ..Self::blank(v, prefix) }
    }

    /// The form once more, with nothing wrong.
    pub(crate) fn onward(v: &View, prefix: &'static str, posted: &Posted) -> Self {
        let mut fields = Self::blank(v, prefix);
        fields.values = posted.pairs.clone();
        fields.once = posted.once.clone();
        fields
    }

    /// The form once more, with its troubles.
    pub(crate) fn again(v: &View, prefix: &'static str, posted: &Posted, stop: &Stop) -> Self {
        let mut fields = Self::blank(v, prefix);
        fields.values = posted.pairs.clone();
        fields.had_files = posted.files.iter().any(|f| !f.bytes.is_empty());
        match stop {
            // The same number, so that the corrected form is still the same form.
            Stop::Invalid(invalid) => {
                fields.once = posted.once.clone();
                let each = invalid
                    .fields
                    .iter()
                    .map(|f| Trouble { field: f.field.to_string(), sentence: v.said(f.key, &f.words) });
                fields.troubles = each.collect();
            }
            Stop::Refused(refusal) => fields.told = Some(Told::of(v, refusal)),
            Stop::Fault(_) => {}
        }
        fields
    }

    /// Fills a field, e.g. with the record's present value.
    #[must_use]
    pub fn fill(mut self, field: &str, value: impl ToString) -> Self {
        self.values.push((field.to_owned(), value.to_string()));
        self
    }

    /// Fills a field anew, whatever was typed into it: for the number of what the page shows now.
    #[must_use]
    pub fn instead(mut self, field: &str, value: impl ToString) -> Self {
        self.values.retain(|(name, _)| name != field);
        self.fill(field, value)
    }

    /// The room has kept the files that came, so nobody is asked to choose them again.
    #[must_use]
    pub fn files_kept(mut self) -> Self {
        self.had_files = false;
        self
    }

    /// What stands in a field.
    pub fn value(&self, field: &str) -> &str {
        self.values.iter().find(|(n, _)| n == field).map_or("", |(_, v)| v.as_str())
    }

    fn chosen(&self, field: &str, value: &str) -> bool {
        self.values.iter().any(|(n, v)| n == field && v == value)
    }

    fn label(&self, field: &str) -> String {
        self.v.t(&format!("{}.{field}", self.prefix)).into_owned()
    }

    /// The top of every form: the summary of troubles, the token, the form's number. Stands right
    /// inside `<form>`.
    pub fn start(&self) -> Html {
        let troubles = self.troubles.iter().map(|t| {
            let known = self.v.maybe(&format!("{}.{}", self.prefix, t.field)).is_some();
            let label = if known { self.label(&t.field) } else { String::new() };
            (t.field.as_str(), label, t.sentence.as_str())
        });
        let troubles = troubles.collect();
        Html::of(&Start {
            v: &self.v,
            told: self.told.as_ref(),
            troubles,
            once: &self.once,
            files: self.had_files,
        })
    }

    /// A one-line text field.
    pub fn line<'a>(&'a self, name: &'a str) -> Field<'a> {
        self.field(name, Kind::Line("text")).max(limits::LINE_CHARS)
    }

    /// A one-line field of another HTML type: `tel`, `email`, `number`, `password`, `search`.
    pub fn typed<'a>(&'a self, name: &'a str, kind: &'static str) -> Field<'a> {
        self.field(name, Kind::Line(kind)).max(limits::LINE_CHARS)
    }

    /// A text field of several lines with a counter.
    pub fn text<'a>(&'a self, name: &'a str) -> Field<'a> {
        self.field(name, Kind::Text).max(limits::TEXT_CHARS)
    }

    /// A day.
    pub fn date<'a>(&'a self, name: &'a str) -> Field<'a> {
        self.field(name, Kind::Line("date"))
    }

    /// A select.
    pub fn select<'a>(&'a self, name: &'a str, options: &[Opt]) -> Field<'a> {
        self.field(name, Kind::Select(options.to_vec()))
    }

    /// Radio cards: one of a few, each with room for a hint.
    pub fn radios<'a>(&'a self, name: &'a str, options: &[Opt]) -> Field<'a> {
        self.field(name, Kind::Radios(options.to_vec()))
    }

    /// Boxes: any of a few.
    pub fn boxes<'a>(&'a self, name: &'a str, options: &[Opt]) -> Field<'a> {
        self.field(name, Kind::Boxes(options.to_vec()))
    }

    /// One box: yes or no. The label stands beside it.
    pub fn tick<'a>(&'a self, name: &'a str) -> Field<'a> {
        self.field(name, Kind::Tick)
    }

    /// Photos; the browser makes them smaller before it sends them, where it can.
    pub fn photos<'a>(&'a self, name: &'a str) -> Field<'a> {
        self.field(name, Kind::Files("image/jpeg,image/png,image/webp"))
    }

    /// Files of the kinds in `accept`, e.g. `.xlsx`.
    pub fn files<'a>(&'a self, name: &'a str, accept: &'static str) -> Field<'a> {
        self.field(name, Kind::Files(accept))
    }

    /// A hidden value.
    pub fn hidden<'a>(&'a self, name: &'a str) -> Field<'a> {
        self.field(name, Kind::Hidden)
    }

    /// A button that fills `lat`, `lon`, `accuracy_m` and `datum` from the device, with those four
    /// hidden fields.
    pub fn position(&self) -> Html {
        let four = ["lat", "lon", "accuracy_m", "datum"].map(|n| (n, self.value(n)));
        Html::of(&Position { v: &self.v, four: &four })
    }

    /// The button that sends the form, named by the key `<prefix>.<name>`.
    pub fn submit(&self, name: &str) -> Html {
        Html::of(&Submit { label: &self.label(name) })
    }

    fn field<'a>(&'a self, name: &'a str, kind: Kind) -> Field<'a> {
        Field {
            fields: self,
            name,
            kind,
            required: false,
            max: None,
            label: None,
            hint: None,
            auto: "",
            feeds: None,
        }
    }
}

enum Kind {
    Line(&'static str),
    Text,
    Select(Vec<Opt>),
    Radios(Vec<Opt>),
    Boxes(Vec<Opt>),
    Tick,
    Files(&'static str),
    Hidden,
}

/// One field; write it as it is: `{{ f.line("title").required() }}`.
pub struct Field<'a> {
    fields: &'a Fields,
    name: &'a str,
    kind: Kind,
    required: bool,
    max: Option<usize>,
    label: Option<String>,
    hint: Option<String>,
    auto: &'static str,
    feeds: Option<(&'static str, &'static str)>,
}

impl Field<'_> {
    /// Must be filled. The browser is not asked to enforce it: its bubbles speak its own language
    /// and vanish; the server says it at the field.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// At most so many characters.
    #[must_use]
    pub fn max(mut self, chars: usize) -> Self {
        self.max = Some(chars);
        self
    }

    /// A label that the catalogue does not know, e.g. a question that is data.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// A hint that the catalogue does not know.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The browser's autofill token, e.g. `tel`, `current-password`, `one-time-code`.
    #[must_use]
    pub fn auto(mut self, token: &'static str) -> Self {
        self.auto = token;
        self
    }

    /// A choice here fetches the options of the select `target`: the value is put at the end of
    /// `address`, which answers through [`crate::options`].
    #[must_use]
    pub fn feeds(mut self, target: &'static str, address: &'static str) -> Self {
        self.feeds = Some((target, address));
        self
    }

    /// The field's name.
    pub(crate) fn name(&self) -> &str {
        self.name
    }

    /// The finished field, for pages that collect their fields in a list.
    pub fn html(&self) -> Html {
        let f = self.fields;
        let hint_key = format!("{}.{}.hint", f.prefix, self.name);
        let hint = self.hint.clone().or_else(|| f.v.maybe(&hint_key).map(str::to_owned));
        let trouble = f.troubles.iter().find(|t| t.field == self.name).map(|t| t.sentence.as_str());
        Html::of(&FieldPiece {
            v: &f.v,
            f,
            name: self.name,
            label: self.label.clone().unwrap_or_else(|| match self.kind {
                Kind::Hidden => String::new(),
                _ => f.label(self.name),
            }),
            hint: hint.unwrap_or_default(),
            trouble: trouble.unwrap_or_default(),
            value: if self.kind.secret() { "" } else { f.value(self.name) },
            optional: !self.required && !f.bare && !matches!(self.kind, Kind::Tick),
            required: self.required,
            max: self.max.unwrap_or_default(),
            auto: self.auto,
            feeds: self.feeds.unwrap_or_default(),
            kind: &self.kind,
        })
    }
}

shows_as_html!(Field<'_>);

impl Kind {
    /// A password is never written back into a page.
    fn secret(&self) -> bool {
        matches!(self, Kind::Line("password"))
    }
}

#[derive(Template)]
#[template(path = "web/field.html")]
struct FieldPiece<'a> {
    v: &'a View,
    f: &'a Fields,
    name: &'a str,
    label: String,
    hint: String,
    trouble: &'a str,
    value: &'a str,
    optional: bool,
    required: bool,
    max: usize,
    auto: &'static str,
    feeds: (&'static str, &'static str),
    kind: &'a Kind,
}

impl FieldPiece<'_> {
    /// The ids of hint and trouble, for `aria-describedby`.
    fn described(&self) -> String {
        let mut ids = Vec::new();
        if !self.hint.is_empty() {
            ids.push(format!("f-{}-hint", self.name));
        }
        if !self.trouble.is_empty() {
            ids.push(format!("f-{}-bad", self.name));
        }
        ids.join(" ")
    }

    /// Id of the n-th choice; the first carries the field's own id, so that the summary's link
    /// lands on it.
    fn nth(&self, n: &usize) -> String {
        if *n == 0 { format!("f-{}", self.name) } else { format!("f-{}-{n}", self.name) }
    }
}

#[derive(Template)]
#[template(path = "web/start.html")]
struct Start<'a> {
    v: &'a View,
    told: Option<&'a Told>,
    troubles: Vec<(&'a str, String, &'a str)>,
    once: &'a str,
    files: bool,
}

#[derive(Template)]
#[template(path = "web/position.html")]
struct Position<'a> {
    v: &'a View,
    four: &'a [(&'a str, &'a str)],
}

#[derive(Template)]
#[template(source = "<button class=\"main\" data-send>{{ label }}</button>", ext = "html")]
struct Submit<'a> {
    label: &'a str,
}

/// The answer of an address that feeds a select ([`Field::feeds`]): `[["value", "label"], …]`.
///
/// # Errors
/// Never in practice: pairs of texts serialise.
pub fn options(options: &[Opt]) -> crate::Answer {
    let pairs: Vec<_> = options.iter().map(|o| (&o.value, &o.label)).collect();
    Ok(axum::response::IntoResponse::into_response(axum::Json(pairs)))
}
