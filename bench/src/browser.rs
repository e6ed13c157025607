//! A browser: a session, its cookie and form token, and the forms of the pages that it reads.

use anyhow::{Context, ensure};
use linli_loader::http::{Answer, Ask, Line};
use scraper::{ElementRef, Html, Selector};

/// A browser with a session, or without one.
pub struct Browser {
    line: Line,
    address: String,
    cookie: String,
    /// The address that it seems to come from, through the one trusted proxy.
    from: String,
}

/// A form as it stands on a page, filled as a person who changes nothing leaves it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Form {
    /// Where it is sent to.
    pub action: String,
    /// Names and values.
    pub fields: Vec<(String, String)>,
}

impl Browser {
    /// Without a session, as a resident comes.
    pub fn new(address: &str, from: String) -> Self {
        Self { line: Line::to(address), address: address.to_owned(), cookie: String::new(), from }
    }

    /// Signs in as a person does.
    ///
    /// # Errors
    /// When the account is not let in.
    pub async fn enter(address: &str, name: &str, from: String) -> anyhow::Result<Self> {
        let mut new = Self::new(address, from);
        let page = new.get("/sign-in").await?;
        new.cookie = page.cookies.join("; ");
        let forms = forms(&page.text());
        let form = forms.into_iter().find(|f| f.action.starts_with("/sign-in"));
        let form = form.context("no form to sign in with")?;
        let form = form.with("name", name).with("password", access::DEMO_PASSWORD);
        let said = new.send(&form).await?;
        let is_in = said.status == 303 && !said.location.starts_with("/sign-in");
        ensure!(is_in, "{name} is not let in: {} {}", said.status, said.location);
        new.cookie = said.cookies.join("; ");
        Ok(new)
    }

    /// Seems to come from somewhere else from now on.
    pub fn seem(&mut self, from: String) {
        self.from = from;
    }

    /// Its cookies, for whoever asks by other means.
    pub fn cookie(&self) -> &str {
        &self.cookie
    }

    fn dressed(&self, ask: Ask) -> Ask {
        let ask = ask.with("accept-encoding", "gzip").with("x-forwarded-for", &*self.from);
        if self.cookie.is_empty() { ask } else { ask.with("cookie", &*self.cookie) }
    }

    /// Reads a page.
    ///
    /// # Errors
    /// When the house cannot be reached.
    pub async fn get(&mut self, path: &str) -> anyhow::Result<Answer> {
        let ask = self.dressed(Ask::get(path));
        self.line.ask(&ask).await
    }

    /// Sends a form.
    ///
    /// # Errors
    /// When the house cannot be reached.
    pub async fn send(&mut self, form: &Form) -> anyhow::Result<Answer> {
        let pairs: Vec<(&str, &str)> = form.fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let ask = self.dressed(Ask::form(&form.action, &pairs));
        let ask = ask.with("origin", format!("http://{}", self.address));
        self.line.ask(&ask).await
    }
}

impl Form {
    /// With this value in a field, whatever stood there.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(n, _)| n != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }
}

fn selector(text: &str) -> Option<Selector> {
    Selector::parse(text).ok()
}

fn attribute<'a>(element: &ElementRef<'a>, name: &str) -> &'a str {
    element.value().attr(name).unwrap_or_default()
}

/// The forms of a page that are sent with POST.
pub fn forms(page: &str) -> Vec<Form> {
    let (Some(form), Some(field)) =
        (selector("form[method=post]"), selector("input[name], select[name], textarea[name]"))
    else {
        return Vec::new();
    };
    let document = Html::parse_document(page);
    let one = |form: ElementRef<'_>| Form {
        action: attribute(&form, "action").to_owned(),
        fields: form.select(&field).filter_map(|f| filled(&f)).collect(),
    };
    document.select(&form).map(one).collect()
}

/// A field with what it is sent with; `None` for one that is not.
fn filled(field: &ElementRef<'_>) -> Option<(String, String)> {
    let value = match field.value().name() {
        "select" => chosen(field)?,
        "textarea" => field.text().collect(),
        _ => {
            let is_checked = field.value().attr("checked").is_some();
            match attribute(field, "type") {
                "file" | "submit" | "button" => return None,
                "radio" | "checkbox" if !is_checked => return None,
                _ => attribute(field, "value").to_owned(),
            }
        }
    };
    Some((attribute(field, "name").to_owned(), value))
}

fn chosen(select: &ElementRef<'_>) -> Option<String> {
    let option = selector("option")?;
    let mut all = select.select(&option);
    let first = all.clone().next();
    let one = all.find(|o| o.value().attr("selected").is_some()).or(first)?;
    Some(attribute(&one, "value").to_owned())
}

/// What can be chosen in a select of a page, the empty choice left out.
pub fn choices(page: &str, name: &str) -> Vec<String> {
    let Some(option) = selector(&format!("select[name={name}] option")) else { return Vec::new() };
    let document = Html::parse_document(page);
    let values = document.select(&option).map(|o| attribute(&o, "value").to_owned());
    values.filter(|v| !v.is_empty()).collect()
}

/// Last parts of the addresses of a page's links that begin so, in order and each once.
pub fn linked(page: &str, begin: &str) -> Vec<String> {
    let begin = format!("href=\"{begin}");
    let links = page.split(&begin).skip(1);
    let part = |rest: &str| rest.split(['"', '?', '#', '/']).next().map(str::to_owned);
    let mut all: Vec<String> = links.filter_map(part).filter(|id| !id.is_empty()).collect();
    let mut seen = std::collections::HashSet::new();
    all.retain(|id| seen.insert(id.clone()));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<form method=get action=/q><input name=q></form>\
        <form method=post action=/cases/7/taking><input type=hidden name=_token value=t><input type=radio name=r value=1>\
        <input type=radio name=r value=2 checked><input type=file name=photo><textarea name=words>so</textarea>\
        <select name=unit><option value=\"\"></option><option value=5 selected>x</option></select>\
        <select name=grid><option value=8>a</option><option value=9>b</option></select></form>\
        <a href=\"/cases/AB?x\">1</a><a href=\"/cases/AB\">2</a><a href=\"/cases/CD/whistle\">3</a>";

    #[test]
    fn a_form_is_sent_as_a_person_leaves_it() {
        let [form] = <[Form; 1]>::try_from(forms(PAGE)).unwrap();
        let pair = |n: &str, v: &str| (n.to_owned(), v.to_owned());
        let fields = [("_token", "t"), ("r", "2"), ("words", "so"), ("unit", "5"), ("grid", "8")];
        assert_eq!(form.fields, fields.map(|(n, v)| pair(n, v)));
        assert_eq!(form.with("unit", "6").fields.last(), Some(&pair("unit", "6")));
        assert_eq!(choices(PAGE, "grid"), ["8", "9"]);
    }

    #[test]
    fn links_are_found_once() {
        assert_eq!(linked(PAGE, "/cases/"), ["AB", "CD"]);
    }
}
