//! What is compressed on its way, and what its length could tell (decision 11).

use axum::body::Body;
use http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use tower::ServiceExt;

use crate::browser::{Browser, Seen, houses};

/// One request with these headers: how it came, and its text.
async fn packed(b: &Browser, path: &str, more: &[(&'static str, &str)]) -> (http::HeaderMap, Vec<u8>) {
    let jar: Vec<String> = b.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
    let mut request = Request::get(path).header("accept-encoding", "gzip").body(Body::empty()).unwrap();
    request.headers_mut().insert(header::COOKIE, jar.join("; ").parse().unwrap());
    for (name, value) in more {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    let (head, body) = b.router.clone().oneshot(request).await.unwrap().into_parts();
    (head.headers, body.collect().await.unwrap().to_bytes().to_vec())
}

fn unpacked(bytes: &[u8]) -> String {
    let mut text = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(bytes), &mut text).unwrap();
    text
}

/// Decision 11: a guess in the address has nothing to agree with.
#[tokio::test]
async fn a_page_never_holds_the_same_token_twice() {
    for (_test, mut b) in houses() {
        b.sign_in("clerk").await;
        let (mut tokens, mut lengths) =
            (std::collections::BTreeSet::new(), std::collections::BTreeSet::new());
        for _ in 0..20 {
            let (head, bytes) = packed(&b, "/notes/new", &[]).await;
            assert_eq!(head["content-encoding"], "gzip");
            let seen = Seen { status: StatusCode::OK, head, text: unpacked(&bytes) };
            lengths.insert(bytes.len());
            for name in ["_token", "_once"] {
                assert!(tokens.insert(seen.hidden(name)), "{name} came again");
            }
        }
        // What stays the same from answer to answer is no part of a token: not eight letters of any is in another.
        let parts = |t: &str| t.as_bytes().windows(8).map(<[u8]>::to_vec).collect::<Vec<_>>();
        let all: Vec<Vec<u8>> = tokens.iter().flat_map(|t| parts(t)).collect();
        assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), all.len());
        assert!(lengths.len() > 1, "the same length each time: {lengths:?}");
    }
}

#[tokio::test]
async fn what_another_site_asks_for_in_a_persons_name_is_not_packed() {
    for (_test, mut b) in houses() {
        let is_packed = async |b: &Browser, path: &str, more: &[(&'static str, &str)]| {
            packed(b, path, more).await.0.contains_key("content-encoding")
        };
        let far = [("sec-fetch-site", "cross-site")];
        assert!(
            is_packed(&b, "/sign-in?x=138", &far).await,
            "nobody's page has no secret but the masked token"
        );
        b.sign_in("clerk").await;
        for from in ["cross-site", "same-site"] {
            assert!(!is_packed(&b, "/notes?kind=138", &[("sec-fetch-site", from)]).await, "{from}");
        }
        assert!(!is_packed(&b, "/notes?kind=138", &[]).await, "an old browser, and something to guess with");
        assert!(is_packed(&b, "/notes", &[]).await);
        for from in ["same-origin", "none"] {
            assert!(is_packed(&b, "/notes?kind=138", &[("sec-fetch-site", from)]).await, "{from}");
        }
    }
}
