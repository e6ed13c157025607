//! Signing in, step by step, and out (登录页).

use askama::Template;
use axum::extract::{Query, State};
use base::{Outcome, Refusal};
use web::{Answer, Fields, Form, Site, View, go, go_saying, page, session};

use super::own::{CodesPage, SecondSetup};
use crate::deeds::{self, Entered, Step};

#[derive(Template)]
#[template(path = "access/sign_in.html")]
pub(crate) struct SignInPage {
    pub v: View,
    pub f: Fields,
}

/// Where somebody was going when they were asked to sign in.
#[derive(serde::Deserialize)]
pub struct Going {
    #[serde(default)]
    next: String,
}

/// The address to go on to: a path of this house that was asked for, or the front page. Anything that a
/// browser could read as another host is the front page.
fn safe_next(next: &str) -> &str {
    let path = next.starts_with('/') && !next.starts_with("//") && !next.starts_with("/sign-");
    let plain = next.len() <= 500 && next.bytes().all(|b| (0x21..=0x7e).contains(&b) && b != b'\\');
    if path && plain { next } else { "/" }
}

/// What the sign-in form sends.
#[derive(serde::Deserialize)]
pub struct SignIn {
    /// Taken from the form as it was typed; here so that the form may have it.
    #[serde(default, rename = "next")]
    _next: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
}

/// GET /sign-in
pub async fn sign_in_show(v: View, Query(going): Query<Going>) -> Answer {
    if v.person.is_some() {
        return go(safe_next(&going.next));
    }
    page(&SignInPage { f: Fields::blank(&v, "access.sign_in").fill("next", going.next), v })
}

/// POST /sign-in
pub async fn sign_in_send(State(site): State<Site>, v: View, form: Form<SignIn>) -> Answer {
    let done = async {
        let typed = form.read()?;
        deeds::sign_in(&site.db, &site.config, &typed.name, typed.password, v.now).await
    };
    match done.await {
        Ok(entered) => onward(&site, &entered, form.typed("next")),
        Err(stop) => form.again(&v, "access.sign_in", stop, |f| SignInPage { f, v: v.clone() }),
    }
}

/// Hands the session to the browser and leads to its next step.
fn onward(site: &Site, entered: &Entered, next: Option<&str>) -> Answer {
    let next = safe_next(next.unwrap_or_default());
    let step = match entered.step {
        Step::NewPassword => Some("/sign-in/password"),
        Step::Code => Some("/sign-in/code"),
        Step::Enrol => Some("/sign-in/second"),
        Step::In => None,
    };
    let mut response = match step {
        Some(step) if next == "/" => go(step),
        Some(step) => go(format!("{step}?next={}", web::encode(next))),
        None => go(next),
    }?;
    session::give(site, &mut response, &entered.token);
    Ok(response)
}

/// The session that is on its way in.
fn half(v: &View) -> Outcome<session::Session> {
    let session = v.session().filter(|s| !s.complete);
    Ok(session.cloned().ok_or_else(|| Refusal::new("access.refuse.step"))?)
}

#[derive(Template)]
#[template(path = "access/code.html")]
pub(crate) struct CodePage {
    pub v: View,
    pub f: Fields,
}

/// What the code form sends.
#[derive(serde::Deserialize)]
pub struct Code {
    #[serde(default)]
    code: String,
    /// Taken from the form as it was typed; here so that the form may have it.
    #[serde(default, rename = "next")]
    _next: String,
}

impl Code {
    /// The code as it was typed.
    pub(super) fn code(&self) -> &str {
        &self.code
    }
}

/// GET /sign-in/code
pub async fn code_show(v: View, Query(going): Query<Going>) -> Answer {
    half(&v)?;
    page(&CodePage { f: Fields::blank(&v, "access.code").fill("next", going.next), v })
}

/// POST /sign-in/code
pub async fn code_send(State(site): State<Site>, v: View, form: Form<Code>) -> Answer {
    let done = async {
        let (session, typed) = (half(&v)?, form.read()?);
        deeds::prove_code(&site.db, &site.config, &session, &typed.code, v.now).await
    };
    match done.await {
        Ok(entered) => onward(&site, &entered, form.typed("next")),
        Err(stop) => form.again(&v, "access.code", stop, |f| CodePage { f, v: v.clone() }),
    }
}

#[derive(Template)]
#[template(path = "access/password.html")]
pub(crate) struct PasswordPage {
    pub v: View,
    pub f: Fields,
    /// Where the form goes.
    pub to: &'static str,
    /// Whether somebody else set the present password.
    pub first: bool,
}

/// What the password form sends.
#[derive(serde::Deserialize)]
pub struct NewPassword {
    #[serde(default)]
    pub(super) current: String,
    #[serde(default)]
    pub(super) password: String,
    #[serde(default)]
    pub(super) again: String,
    /// Taken from the form as it was typed; here so that the form may have it.
    #[serde(default, rename = "next")]
    _next: String,
}

/// GET /sign-in/password
pub async fn password_show(v: View, Query(going): Query<Going>) -> Answer {
    half(&v)?;
    let f = Fields::blank(&v, "access.password").fill("next", going.next);
    page(&PasswordPage { f, v, to: "/sign-in/password", first: true })
}

/// POST /sign-in/password
pub async fn password_send(State(site): State<Site>, v: View, form: Form<NewPassword>) -> Answer {
    let done = async {
        let (session, wish) = (half(&v)?, form.read()?);
        let account = base::Id::of(session.account_id);
        let (old, digest) =
            deeds::wished_digest(&site.db, account, &wish.current, &wish.password, &wish.again).await?;
        let (config, now) = (site.config.clone(), v.now);
        site.db.write(move |tx| deeds::renew_password(tx, &config, &session, &old, &digest, now)).await
    };
    match done.await {
        Ok(entered) => onward(&site, &entered, form.typed("next")),
        Err(stop) => form.again(&v, "access.password", stop, |f| PasswordPage {
            f,
            v: v.clone(),
            to: "/sign-in/password",
            first: true,
        }),
    }
}

/// GET /sign-in/second
pub async fn second_show(State(site): State<Site>, v: View) -> Answer {
    let session = half(&v)?;
    let setup = SecondSetup::load(&site, &v, session.account_id, "/sign-in/second").await?;
    page(&setup.page(&v, Fields::blank(&v, "access.second")))
}

/// POST /sign-in/second
pub async fn second_send(State(site): State<Site>, v: View, form: Form<Code>) -> Answer {
    let session = half(&v)?;
    let setup = SecondSetup::load(&site, &v, session.account_id, "/sign-in/second").await?;
    let done = async {
        let typed = form.read()?;
        let (config, now) = (site.config.clone(), v.now);
        site.db.write(move |tx| deeds::finish_enrolment(tx, &config, &session, &typed.code, now)).await
    };
    match done.await {
        Ok((entered, codes)) => {
            let mut response = page(&CodesPage { v, codes })?;
            session::give(&site, &mut response, &entered.token);
            Ok(response)
        }
        Err(stop) => form.again(&v, "access.second", stop, |f| setup.page(&v, f)),
    }
}

/// POST /sign-out
pub async fn sign_out(State(site): State<Site>, v: View) -> Answer {
    if let Some(session) = v.session().cloned() {
        let now = v.now;
        site.db.write(move |tx| deeds::sign_out(tx, &session, now)).await?;
    }
    let mut response = go_saying("/sign-in", "access.signed_out")?;
    session::take(&site, &mut response);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::safe_next;

    #[test]
    fn the_way_on_stays_in_the_house() {
        assert_eq!(safe_next("/cases?tab=open&q=%E6%B0%B4"), "/cases?tab=open&q=%E6%B0%B4");
        for bad in [
            "",
            "cases",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a b",
            "/\r\nX: y",
            "/sign-out",
            "/水",
        ] {
            assert_eq!(safe_next(bad), "/", "{bad:?}");
        }
    }
}
