//! Lists: one page as JSON, or all rows as CSV or NDJSON.
//!
//! A full export reads page by page, by key, while it is written, so memory stays bounded and no
//! long read holds the store. If the store fails midway, the connection is cut, so that no client
//! takes a partial list for the full one.

use super::Parts;
use super::cursor;
use super::param::Params;
use super::problem::Problem;
use crate::domain::cell::cell;
use crate::domain::spelling::spelled;
use crate::shown::Row;
use crate::shown::word::words;
use crate::store::desk::Page;
use crate::store::error::Result as StoreResult;
use crate::store::listed::Listed;
use axum::Json;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::Value;
use std::future::Future;

/// Rows read at a time for a full export.
const TURN: i64 = 500;

spelled! {
    /// The formats of a list.
    pub enum Format {
        /// One page.
        Json = "json",
        /// All rows, for spreadsheets.
        Csv = "csv",
        /// All rows, one object per line.
        Ndjson = "ndjson",
    }
}

words! { Format as "Format": "`json`: one page. `csv`, `ndjson`: the whole list." }

/// Answers a request for the list called `name`; `fetch` reads its rows and `show` shows them.
///
/// # Errors
/// 422 for malformed parameters, 503 when the store is unavailable.
pub async fn answer<L, F, T, S, R>(
    parts: &Parts,
    params: &Params,
    headers: &HeaderMap,
    name: &str,
    fetch: F,
    show: S,
) -> Result<Response, Problem>
where
    L: Listed,
    F: Fn(Page) -> T + Send + 'static,
    T: Future<Output = StoreResult<Vec<L>>> + Send + 'static,
    S: Fn(L) -> R + Send + 'static,
    R: Row + 'static,
{
    let (shown, page) = cursor::asked(params)?;
    let format = format(params, headers)?;
    if format == Format::Json {
        let mut rows = fetch(page).await?;
        let more = rows.len() > shown;
        rows.truncate(shown);
        let next = rows.last().filter(|_| more).map(|last| cursor::write_key(last.key()));
        let link = next.and_then(|after| cursor::link(&parts.settings.external_url, params, &after));
        let rows: Vec<R> = rows.into_iter().map(show).collect();
        return Ok((link.map(|link| [(header::LINK, link)]), Json(rows)).into_response());
    }
    let first = fetch(Page { limit: TURN, after: page.after }).await?;
    let mut response = Body::from_stream(whole(first, fetch, show, format)).into_response();
    let kind = if format == Format::Csv { "text/csv; charset=utf-8; header=present" } else { "application/x-ndjson" };
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(file) = HeaderValue::from_str(&format!("attachment; filename=\"{name}.{format}\"")) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, file);
    }
    Ok(response)
}

/// The format of `?format=`, else the one that `Accept` prefers, else JSON.
fn format(params: &Params, headers: &HeaderMap) -> Result<Format, Problem> {
    if let Some(format) = params.word("format", Format::ALL)? {
        return Ok(format);
    }
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|accept| accept.to_str().ok());
    // Among equal weights the first format wins.
    let best = accepted
        .flat_map(|accept| accept.split(','))
        .filter_map(range)
        .reduce(|best, next| if next.0 > best.0 { next } else { best });
    Ok(best.filter(|(weight, _)| *weight > 0.0).map_or(Format::Json, |(_, format)| format))
}

/// One format that `Accept` names, with its weight (RFC 9110, section 12.5.1). A wildcard counts as
/// no format, so the default applies.
fn range(text: &str) -> Option<(f32, Format)> {
    let mut parts = text.split(';').map(str::trim);
    let format = match parts.next()?.to_ascii_lowercase().as_str() {
        "text/csv" => Format::Csv,
        "application/x-ndjson" => Format::Ndjson,
        "application/json" => Format::Json,
        _ => return None,
    };
    let weight = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
    Some((weight.map_or(Some(1.0), |weight| weight.parse().ok())?, format))
}

/// The rows last read, which are written next.
struct Turn<L, F, S> {
    rows: Vec<L>,
    is_first: bool,
    fetch: F,
    show: S,
}

fn whole<L, F, T, S, R>(
    first: Vec<L>,
    fetch: F,
    show: S,
    format: Format,
) -> impl futures_util::Stream<Item = Result<Bytes, Cut>>
where
    L: Listed,
    F: Fn(Page) -> T,
    T: Future<Output = StoreResult<Vec<L>>>,
    S: Fn(L) -> R,
    R: Row,
{
    let turn = Turn { rows: first, is_first: true, fetch, show };
    futures_util::stream::try_unfold(Some(turn), move |turn| async move {
        let Some(Turn { rows, is_first, fetch, show }) = turn else { return Ok(None) };
        let is_last = i64::try_from(rows.len()).is_ok_and(|count| count < TURN);
        let after = rows.last().filter(|_| !is_last).map(Listed::key);
        let bytes = write(rows.into_iter().map(&show), is_first, format)?;
        let next = match after {
            None => None,
            after => {
                let rows = fetch(Page { limit: TURN, after }).await.inspect_err(|error| {
                    tracing::error!(%error, "A list is cut off half-way: {error}");
                });
                Some(Turn { rows: rows.map_err(|_| Cut)?, is_first: false, fetch, show })
            }
        };
        Ok(Some((Bytes::from(bytes), next)))
    })
}

/// The list could not be written completely.
#[derive(Debug, thiserror::Error)]
#[error("the list could not be read to its end")]
struct Cut;

fn write<R: Row>(rows: impl Iterator<Item = R>, is_first: bool, format: Format) -> Result<Vec<u8>, Cut> {
    match format {
        Format::Csv => write_csv(rows, is_first),
        Format::Json | Format::Ndjson => {
            let mut bytes = Vec::new();
            for row in rows {
                serde_json::to_writer(&mut bytes, &row).map_err(|_| Cut)?;
                bytes.push(b'\n');
            }
            Ok(bytes)
        }
    }
}

/// Quotes every cell and defuses formulas: a cell may contain a stranger's text and be opened in a
/// spreadsheet.
fn write_csv<R: Row>(rows: impl Iterator<Item = R>, is_first: bool) -> Result<Vec<u8>, Cut> {
    let mut bytes = if is_first { format!("{}\r\n", R::SHEET.join(",")).into_bytes() } else { Vec::new() };
    let terminator = csv::Terminator::CRLF;
    let mut writer =
        csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).terminator(terminator).from_writer(&mut bytes);
    for row in rows {
        let Ok(Value::Object(members)) = serde_json::to_value(row) else { return Err(Cut) };
        let cells = R::SHEET.iter().map(|column| members.get(*column).map(cell).unwrap_or_default());
        writer.write_record(cells).map_err(|_| Cut)?;
    }
    writer.flush().map_err(|_| Cut)?;
    drop(writer);
    Ok(bytes)
}
