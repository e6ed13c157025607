//! Text that is HTML already, so that templates write it as it is.

use std::fmt;

use askama::{Template, filters::HtmlSafe};

/// A piece of finished HTML. Only templates make it, so everything inside is escaped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Html(String);

impl Html {
    /// Renders a template. A template that fails leaves a visible mark and a line in the log; the
    /// kit's own templates only fail when a formatter inside them does.
    pub fn of(template: &impl Template) -> Self {
        match template.render() {
            Ok(html) => Self(html),
            Err(error) => {
                tracing::error!(%error, "a piece of a page did not render");
                Self("<!-- piece missing -->".to_owned())
            }
        }
    }

    /// Nothing.
    pub fn none() -> Self {
        Self::default()
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Html {}

/// Makes a type that renders itself usable in a template without a filter: `{{ field }}`.
macro_rules! shows_as_html {
    ($($kind:ty),*) => {$(
        impl std::fmt::Display for $kind {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.html().as_str())
            }
        }
        impl askama::filters::HtmlSafe for $kind {}
    )*};
}
pub(crate) use shows_as_html;
