//! The style sheet, the script and the mark, under names that carry their content's hash: such a
//! name never changes its content, so browsers may keep it for a year.

use std::{io::Write, sync::LazyLock};

use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use flate2::{Compression, write::GzEncoder};
use http::{HeaderMap, HeaderValue, header};
use sha2::{Digest, Sha256};

use crate::{Answer, Fail};

struct Asset {
    name: &'static str,
    file: String,
    kind: &'static str,
    plain: &'static [u8],
    gzip: Vec<u8>,
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    vec![
        asset("app.css", "text/css; charset=utf-8", include_bytes!("../assets/app.css")),
        asset("app.js", "text/javascript; charset=utf-8", include_bytes!("../assets/app.js")),
        asset("mark.svg", "image/svg+xml", include_bytes!("../assets/mark.svg")),
    ]
});

fn asset(name: &'static str, kind: &'static str, plain: &'static [u8]) -> Asset {
    let hash = Sha256::digest(plain);
    let (stem, ending) = name.split_once('.').unwrap_or((name, ""));
    let file = format!("{stem}-{:02x}{:02x}{:02x}{:02x}.{ending}", hash[0], hash[1], hash[2], hash[3]);
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let gzip = encoder.write_all(plain).and_then(|()| encoder.finish()).unwrap_or_default();
    Asset { name, file, kind, plain, gzip }
}

/// The address of an asset; an unknown name leads nowhere and is logged.
pub(crate) fn address(name: &str) -> String {
    match ASSETS.iter().find(|a| a.name == name) {
        Some(asset) => format!("/assets/{}", asset.file),
        None => {
            tracing::error!(name, "no such asset");
            format!("/assets/{name}")
        }
    }
}

/// The plain text of an asset, for sample pages that stand alone.
pub fn asset_text(name: &str) -> &'static str {
    let found = ASSETS.iter().find(|a| a.name == name);
    found.and_then(|a| std::str::from_utf8(a.plain).ok()).unwrap_or_default()
}

pub(crate) async fn asset_show(Path(file): Path<String>, headers: HeaderMap) -> Answer {
    let asset =
        ASSETS.iter().find(|a| a.file == file).ok_or_else(|| Fail::from(base::Refusal::not_found()))?;
    let accepts = headers.get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let mut response: Response = if accepts.contains("gzip") && !asset.gzip.is_empty() {
        ([(header::CONTENT_ENCODING, "gzip")], asset.gzip.clone()).into_response()
    } else {
        asset.plain.into_response()
    };
    let head = response.headers_mut();
    head.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    head.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    head.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_costs_little() {
        let sum: usize = ASSETS.iter().map(|a| a.gzip.len()).sum();
        assert!(sum <= 12 * 1024, "{sum} bytes");
        assert!(ASSETS.iter().all(|a| !a.gzip.is_empty()));
    }
}
