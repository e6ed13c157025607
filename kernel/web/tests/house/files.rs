//! Lists as files.

use axum::body::Body;
use http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use tower::ServiceExt;

use crate::{
    browser::{Browser, houses},
    note,
};

/// Rows of a file: its cells as text.
fn rows_of_excel(bytes: &[u8]) -> Vec<Vec<String>> {
    use calamine::Reader;
    let mut book = calamine::Xlsx::new(std::io::Cursor::new(bytes.to_vec())).unwrap();
    let sheet = book.worksheet_range_at(0).unwrap().unwrap();
    sheet.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect()
}

async fn file(b: &Browser, path: &str) -> (http::response::Parts, Body) {
    let jar: Vec<String> = b.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
    let request = Request::get(path).header(header::COOKIE, jar.join("; ")).body(Body::empty()).unwrap();
    b.router.clone().oneshot(request).await.unwrap().into_parts()
}

#[tokio::test]
async fn a_long_list_is_a_file_in_parts_with_every_row_once() {
    for (test, mut b) in houses() {
        note::fill(&test.db, 2_400).await;
        b.sign_in("clerk").await;
        let (head, body) = file(&b, "/notes/file.xlsx?as=csv").await;
        assert_eq!(head.headers["content-type"], "text/csv; charset=utf-8; header=present");
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        let lines: Vec<&str> = text.strip_suffix("\r\n").unwrap().split("\r\n").collect();
        assert_eq!(lines.len(), 2_401);
        assert!(lines[0].starts_with('\u{feff}'));
        // No formula, quotes doubled, the wall clock of the house.
        assert_eq!(lines[1], "\"'=第1条,\"\"引\"\"\",1970-01-01 08:01");
        let numbered = |n: usize| format!("\"'=第{n}条,");
        assert!((1..=2_400).all(|n| lines[n].starts_with(&numbered(n))));
        let (head, body) = file(&b, "/notes/file.xlsx").await;
        assert!(!head.headers.contains_key("content-encoding"), "it is packed already");
        let rows = rows_of_excel(&body.collect().await.unwrap().to_bytes());
        assert_eq!((rows.len(), rows[2_403][0].as_str()), (2_404, "'=第2400条,\"引\""));
        // Beyond what a file holds it says so, in both kinds.
        note::fill_more(&test.db, 2_400, 2_600).await;
        let (_, body) = file(&b, "/notes/file.xlsx?as=csv").await;
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        assert_eq!(text.lines().count(), 2_502);
        assert!(text.lines().last().unwrap().contains("以上为前 2500 行"));
        let (_, body) = file(&b, "/notes/file.xlsx").await;
        let rows = rows_of_excel(&body.collect().await.unwrap().to_bytes());
        assert!(rows.len() == 2_505 && rows[2_504][0].contains("2500"), "{:?}", rows.last());
    }
}

#[tokio::test]
async fn an_export_stops_when_its_reader_leaves_and_one_account_has_two_at_once() {
    for (test, mut b) in houses() {
        note::fill(&test.db, 2_400).await;
        b.sign_in("clerk").await;
        let first = file(&b, "/notes/file.xlsx?as=csv").await;
        let second = file(&b, "/notes/file.xlsx").await;
        // The first waits for its reader; the second may have come to its end by itself, and is read to keep it.
        let third = file(&b, "/notes/file.xlsx?as=csv").await;
        let fourth = b.get("/notes/file.xlsx?as=csv").await;
        assert!(
            [third.0.status, fourth.status].contains(&StatusCode::TOO_MANY_REQUESTS),
            "{} {}",
            third.0.status,
            fourth.status
        );
        drop((first, second, third));
        // Each gives its place back when it sees that nobody reads it.
        for n in 0.. {
            let (head, body) = file(&b, "/notes/file.xlsx?as=csv").await;
            if head.status == StatusCode::OK {
                assert!(body.collect().await.is_ok());
                break;
            }
            assert!(n < 100_000, "{}", head.status);
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn what_fails_after_the_first_part_breaks_the_download_off() {
    for (test, mut b) in houses() {
        note::fill(&test.db, 2_400).await;
        b.sign_in("clerk").await;
        let (head, body) = file(&b, "/notes/file.xlsx?as=csv&fails=1").await;
        assert_eq!(head.status, StatusCode::OK);
        assert!(body.collect().await.is_err(), "half a file is not passed off as a whole one");
    }
}
