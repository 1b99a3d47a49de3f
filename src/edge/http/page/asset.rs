//! The files that pages refer to, compiled into the program. Each name changes with its content, so
//! browsers may cache a file for ever.

use crate::edge::http::problem::Problem;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// One file.
struct Asset {
    path: String,
    tag: String,
    media_type: &'static str,
    bytes: &'static [u8],
}

impl Asset {
    fn new(name: &str, extension: &str, media_type: &'static str, bytes: &'static [u8]) -> Self {
        let hash: String = Sha256::digest(bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Self { path: format!("/assets/{name}-{hash}.{extension}"), tag: format!("\"{hash}\""), media_type, bytes }
    }
}

static STYLE: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("style", "css", "text/css; charset=utf-8", include_bytes!("assets/style.css")));
static HTMX: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("htmx", "js", "text/javascript; charset=utf-8", include_bytes!("assets/htmx.min.js")));
static LIVE: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("live", "js", "text/javascript; charset=utf-8", include_bytes!("assets/live.js")));
static TIMES: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("times", "js", "text/javascript; charset=utf-8", include_bytes!("assets/times.js")));
static ICON: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("icon", "svg", "image/svg+xml", include_bytes!("assets/icon.svg")));

/// The path of the stylesheet.
#[must_use]
pub fn style() -> &'static str {
    &STYLE.path
}

/// The path of htmx (<https://htmx.org>, licence beside it), which updates parts of a page.
#[must_use]
pub fn htmx() -> &'static str {
    &HTMX.path
}

/// The path of Postern's own script, which waits for changes of the mode.
#[must_use]
pub fn live() -> &'static str {
    &LIVE.path
}

/// The path of the script that shows times in the viewer's zone.
#[must_use]
pub fn times() -> &'static str {
    &TIMES.path
}

/// The path of the icon.
#[must_use]
pub fn icon() -> &'static str {
    &ICON.path
}

/// `GET /assets/{name}`.
pub async fn serve(Path(name): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let path = format!("/assets/{name}");
    let asset = [&*STYLE, &*HTMX, &*LIVE, &*TIMES, &*ICON].into_iter().find(|asset| asset.path == path);
    let asset = asset.ok_or_else(|| Problem::missing("file"))?;
    let tag = HeaderValue::try_from(&asset.tag).map_err(|_| Problem::defect())?;
    let known = headers.get_all(header::IF_NONE_MATCH).iter().any(|line| {
        line.to_str().is_ok_and(|line| line.split(',').any(|one| one.trim().trim_start_matches("W/") == asset.tag))
    });
    let kept = [
        (header::ETAG, tag),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
        (header::CONTENT_TYPE, HeaderValue::from_static(asset.media_type)),
    ];
    if known {
        return Ok((StatusCode::NOT_MODIFIED, kept).into_response());
    }
    Ok((kept, asset.bytes).into_response())
}
