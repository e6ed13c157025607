//! The style sheet, the script and the mark, under names that carry their content's hash: such a
//! name never changes its content, so browsers may keep it for a year.

use std::{
    io::Write,
    sync::{LazyLock, OnceLock},
};

use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use brotli::enc::BrotliEncoderParams;
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
    /// A fifth smaller, but it takes long to make: when the first browser asks.
    brotli: OnceLock<Vec<u8>>,
}

impl Asset {
    /// As small as brotli makes it; empty where it failed, which an asset in memory cannot.
    fn brotli(&self) -> &[u8] {
        self.brotli.get_or_init(|| {
            let mut out = Vec::new();
            let params =
                BrotliEncoderParams { size_hint: self.plain.len(), ..BrotliEncoderParams::default() };
            let done = brotli::BrotliCompress(&mut &*self.plain, &mut out, &params);
            if done.is_ok() { out } else { Vec::new() }
        })
    }

    /// The smallest form that a browser takes, with its name.
    fn packed(&self, accepts: &str) -> Option<(&'static str, &[u8])> {
        let names = |coding: &str| accepts.split(',').any(|one| takes(one, coding));
        let mut forms =
            [("br", names("br").then(|| self.brotli())), ("gzip", names("gzip").then_some(&*self.gzip))]
                .into_iter();
        forms.find_map(|(name, bytes)| Some((name, bytes.filter(|b| !b.is_empty())?)))
    }
}

/// Whether one part of `Accept-Encoding` names this coding, and not only to refuse it (`br;q=0`).
fn takes(part: &str, coding: &str) -> bool {
    let (name, weight) = part.split_once(';').unwrap_or((part, ""));
    let is_refused =
        weight.trim().strip_prefix("q=").is_some_and(|q| q.trim().trim_matches(['0', '.']).is_empty());
    name.trim() == coding && !is_refused
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
    Asset { name, file, kind, plain, gzip, brotli: OnceLock::new() }
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

/// What tells a browser to fetch the style sheet before it has the page: on a slow line nothing is seen without both.
pub(crate) fn style_first() -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("<{}>; rel=preload; as=style", address("app.css"))).ok()
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
    let mut response: Response = match asset.packed(accepts) {
        Some((coding, bytes)) => ([(header::CONTENT_ENCODING, coding)], bytes).into_response(),
        None => asset.plain.into_response(),
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

    #[test]
    fn a_browser_is_given_the_smallest_form_that_it_takes() {
        for asset in ASSETS.iter() {
            let (coding, small) = asset.packed("gzip, deflate, br, zstd").unwrap();
            let mut plain = Vec::new();
            brotli::BrotliDecompress(&mut &*small, &mut plain).unwrap();
            assert_eq!((coding, plain.as_slice()), ("br", asset.plain));
            assert!(small.len() < asset.gzip.len(), "{}: {} {}", asset.name, small.len(), asset.gzip.len());
            assert_eq!(asset.packed("gzip;q=1.0, *;q=0.5").map(|p| p.0), Some("gzip"));
            assert_eq!(asset.packed("br;q=0, gzip;q=0.5").map(|p| p.0), Some("gzip"));
            assert!(asset.packed("identity, gzip; q=0.0").is_none());
        }
    }
}
