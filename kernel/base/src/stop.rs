//! The three ways in which a deed can stop, and nothing else: refused, invalid, at fault.

use std::{borrow::Cow, error::Error, fmt};

/// What every deed returns.
pub type Outcome<T> = Result<T, Stop>;

/// A decision told to the person, always with the way out (谢绝并告知出路).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The key of the sentence in the catalogue, e.g. `case.refuse.already_accepted`. The
    /// catalogue's sentence under `<key>.way` says what the person can do next.
    pub key: &'static str,
    /// The words that the sentence has places for, as `{name}`.
    pub words: Vec<(&'static str, String)>,
    /// The HTTP status that fits: 403, 404, 409, 410, 422, 429.
    pub status: u16,
}

impl Refusal {
    /// A refusal because of the state of things (409), e.g. too late or done already.
    pub fn new(key: &'static str) -> Self {
        Self { key, words: Vec::new(), status: 409 }
    }

    /// Nothing here for this person (404): used both for what is missing and for what is out of
    /// scope, so that an outsider cannot tell one from the other.
    pub fn not_found() -> Self {
        Self { status: 404, ..Self::new("stop.not_found") }
    }

    /// The person is known but has no duty for this act (403).
    pub fn forbidden() -> Self {
        Self { status: 403, ..Self::new("stop.forbidden") }
    }

    /// Puts a word into the sentence's `{name}`.
    #[must_use]
    pub fn with(mut self, name: &'static str, word: impl fmt::Display) -> Self {
        self.words.push((name, word.to_string()));
        self
    }

    /// Sets the status.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }
}

/// One field's trouble (字段错误).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The field's name as the form or the JSON body spells it.
    pub field: Cow<'static, str>,
    /// The catalogue's key of the sentence.
    pub key: &'static str,
    /// Words for the sentence's places.
    pub words: Vec<(&'static str, String)>,
}

/// What was typed cannot be taken as it is (422); said by field, with everything typed kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Invalid {
    /// In the order of the form.
    pub fields: Vec<FieldError>,
}

impl Invalid {
    /// One field's trouble.
    pub fn field(field: impl Into<Cow<'static, str>>, key: &'static str) -> Self {
        let mut all = Self::default();
        all.push(field, key);
        all
    }

    /// Adds a field's trouble.
    pub fn push(&mut self, field: impl Into<Cow<'static, str>>, key: &'static str) {
        self.fields.push(FieldError { field: field.into(), key, words: Vec::new() });
    }

    /// Adds a field's trouble with words for its sentence.
    pub fn push_with(
        &mut self,
        field: impl Into<Cow<'static, str>>,
        key: &'static str,
        words: Vec<(&'static str, String)>,
    ) {
        self.fields.push(FieldError { field: field.into(), key, words });
    }

    /// `Ok(value)` if no field has trouble.
    pub fn or<T>(self, value: T) -> Outcome<T> {
        if self.fields.is_empty() { Ok(value) } else { Err(Stop::Invalid(self)) }
    }
}

/// Our own trouble (500): logged with its chain, never shown.
pub struct Fault(Box<dyn Error + Send + Sync>);

impl Fault {
    /// A fault that is only a sentence for the log. It must hold no personal data.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into().into())
    }

    /// The error inside.
    pub fn source(&self) -> &(dyn Error + Send + Sync + 'static) {
        self.0.as_ref()
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut next = self.0.source();
        while let Some(cause) = next {
            write!(f, ": {cause}")?;
            next = cause.source();
        }
        Ok(())
    }
}

/// Why a deed did not happen. It does not implement `Error` on purpose, so that `?` can turn
/// every other error into a fault and nothing turns a refusal into one.
#[derive(Debug)]
pub enum Stop {
    /// Told to the person.
    Refused(Refusal),
    /// Told by field.
    Invalid(Invalid),
    /// Logged.
    Fault(Fault),
}

impl Stop {
    /// The refusal, if it is one: for tests and for callers that have another way.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Stop::Refused(r) => Some(r),
            _ => None,
        }
    }
}

impl From<Refusal> for Stop {
    fn from(r: Refusal) -> Self {
        Stop::Refused(r)
    }
}
impl From<Invalid> for Stop {
    fn from(i: Invalid) -> Self {
        Stop::Invalid(i)
    }
}
impl From<Fault> for Stop {
    fn from(f: Fault) -> Self {
        Stop::Fault(f)
    }
}
impl<E: Error + Send + Sync + 'static> From<E> for Stop {
    fn from(e: E) -> Self {
        Stop::Fault(Fault(Box::new(e)))
    }
}
