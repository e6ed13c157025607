//! Forms (表单): what was posted, kept as it was typed, and read into a typed value.

use std::{marker::PhantomData, sync::Arc};

use axum::extract::FromRequestParts;
use base::{Fault, Outcome, Stop};
use bytes::Bytes;
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::{Answer, Fail, Fields, Site, View, answer, fail, reading};

/// One uploaded file as it came: neither its name nor its declared kind is to be trusted.
#[derive(Debug, Clone)]
pub struct Upload {
    /// The form field.
    pub field: String,
    /// The name that the sender's machine gave it.
    pub name: String,
    /// The kind that the sender's browser claims.
    pub kind: String,
    /// The content.
    pub bytes: Bytes,
}

/// The body of a form, parsed by the gate after its token was checked.
#[derive(Debug, Default)]
pub struct Posted {
    pub(crate) pairs: Vec<(String, String)>,
    pub(crate) files: Vec<Upload>,
    pub(crate) once: String,
    /// Fields that begin with `_`: the kit's own, and `_step`.
    pub(crate) steps: Vec<(String, String)>,
}

/// Extracts a posted form. It never fails for what was typed: [`Form::read`] does, and
/// [`Form::again`] draws the page once more with everything kept.
pub struct Form<T> {
    posted: Arc<Posted>,
    kind: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> Form<T> {
    /// Reads what was typed. `T` is a flat struct of texts, numbers, options, unit-only enums and
    /// lists of them; empty input is `None` for an option. Fields that `T` does not have are
    /// refused, so nobody can set a column that the form does not offer.
    ///
    /// # Errors
    /// Invalid with the field's name.
    pub fn read(&self) -> Outcome<T> {
        reading::read(&self.posted.pairs)
    }

    /// The files of a field, empty file inputs left out.
    pub fn files(&self, field: &str) -> impl Iterator<Item = &Upload> {
        self.posted.files.iter().filter(move |u| u.field == field && !u.bytes.is_empty())
    }

    /// What was typed into a field.
    pub fn typed(&self, field: &str) -> Option<&str> {
        self.posted.pairs.iter().find(|(n, _)| n == field).map(|(_, v)| v.as_str())
    }

    /// The form's own number, the same when the same form is sent twice (防重复提交); empty when a
    /// script sent none. Use with [`crate::once`].
    pub fn once(&self) -> &str {
        &self.posted.once
    }

    /// Which of several buttons sent the form: `<button name="_step" value="place">`. `None` is the
    /// main one.
    pub fn step(&self) -> Option<&str> {
        self.posted.steps.iter().find(|(n, _)| n == "_step").map(|(_, v)| v.as_str())
    }

    /// The page once more without any trouble: after a step that only fills in choices.
    ///
    /// # Errors
    /// A fault when the page does not render.
    pub fn onward<P: askama::Template>(
        &self,
        v: &View,
        prefix: &'static str,
        draw: impl FnOnce(Fields) -> P,
    ) -> Answer {
        answer::page(&draw(Fields::onward(v, prefix, &self.posted)))
    }

    /// The page once more, with everything typed kept and the trouble said at the top and at each
    /// field. A fault is passed on.
    ///
    /// # Errors
    /// The fault.
    pub fn again<P: askama::Template>(
        &self,
        v: &View,
        prefix: &'static str,
        stop: impl Into<Stop>,
        draw: impl FnOnce(Fields) -> P,
    ) -> Answer {
        let stop = stop.into();
        if matches!(stop, Stop::Fault(_)) {
            return Err(Fail(stop));
        }
        let fields = Fields::again(v, prefix, &self.posted, &stop);
        Ok(fail::with_wait(answer::page_as(fail::status(&stop), &draw(fields))?, &stop))
    }
}

impl<T> FromRequestParts<Site> for Form<T> {
    type Rejection = Fail;
    async fn from_request_parts(parts: &mut Parts, _: &Site) -> Result<Self, Fail> {
        let posted = parts.extensions.get::<Arc<Posted>>().cloned();
        let posted = posted.ok_or_else(|| Fault::new("a form was asked for on a route without one"))?;
        Ok(Self { posted, kind: PhantomData })
    }
}
