//! What the ways over HTTP share: an agent that follows no redirect and waits no longer than ten seconds, and how answers
//! are read.

use std::{sync::Arc, time::Duration};

use ureq::{
    Agent,
    tls::{Certificate, RootCerts, TlsConfig},
};

use crate::model::{Problem, Trouble};

/// How long a whole call may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// An agent that trusts what the machine trusts: for whatever leaves the house.
pub fn agent() -> Agent {
    let found = rustls_native_certs::load_native_certs();
    let certs: Vec<Certificate<'static>> =
        found.certs.iter().map(|c| Certificate::from_der(c.as_ref()).to_owned()).collect();
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::new_with_certs(&certs))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build();
    Agent::config_builder()
        .tls_config(tls)
        .timeout_global(Some(PATIENCE))
        .max_redirects(0)
        .http_status_as_error(false)
        .proxy(None)
        .build()
        .new_agent()
}

/// Posts JSON with headers.
pub(super) fn post(agent: &Agent, url: &str, headers: &[(&str, &str)], body: &str) -> Result<(), Trouble> {
    let mut request = agent.post(url).header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    match request.send(body) {
        Ok(answer) => judge(answer.status().as_u16()),
        Err(error) => Err(trouble(&error)),
    }
}

/// What a status says.
pub(super) fn judge(status: u16) -> Result<(), Trouble> {
    let (problem, may_pass) = match status {
        200..=299 => return Ok(()),
        401 | 403 | 407 => (Problem::Denied, true),
        408 | 409 | 425 | 429 | 500..=599 => (Problem::Trouble, true),
        _ => (Problem::Refused, false),
    };
    Err(Trouble { problem, n: i64::from(status), may_pass })
}

/// What a call that got no answer says.
pub fn trouble(error: &ureq::Error) -> Trouble {
    let problem = match error {
        ureq::Error::Timeout(_) => Problem::Slow,
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) | ureq::Error::Pem(_) => Problem::Unsafe,
        ureq::Error::Io(io) if io.kind() == std::io::ErrorKind::TimedOut => Problem::Slow,
        _ => Problem::Unreachable,
    };
    Trouble { problem, n: 0, may_pass: true }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_says_whether_trying_again_can_help() {
        let may = |status| judge(status).map_err(|t| (t.problem, t.may_pass));
        assert_eq!(may(204), Ok(()));
        assert_eq!(may(302), Err((Problem::Refused, false)), "a redirect is not followed");
        assert_eq!(may(400), Err((Problem::Refused, false)));
        assert_eq!(may(401), Err((Problem::Denied, true)));
        assert_eq!(may(429), Err((Problem::Trouble, true)));
        assert_eq!(may(503), Err((Problem::Trouble, true)));
    }
}
