//! `/api/v4/suppressed_mails/summary` and `/api/v4/incoming_mails/summary`: counts, under the
//! filters of the lists.
//!
//! Every count is the number of rows that the list would show at that moment. Groups and hours
//! without rows are omitted.

use super::incoming::{self, IncomingParams};
use super::suppressed::{self, SuppressedParams};
use crate::domain::mode::Version;
use crate::edge::http::Parts;
use crate::edge::http::auth::{Caller, ReadApi};
use crate::edge::http::openapi::param::TimeParams;
use crate::edge::http::openapi::refusal::{Away, TooNarrow, Unidentified, Unprocessable};
use crate::edge::http::param::Params;
use crate::edge::http::problem::Problem;
use crate::shown::summary::{
    ClassCount, HourCount, IncomingSummary, IntentCount, KindCount, StateCount, SuppressedSummary, VerdictCount,
    VersionCount,
};
use crate::store::facet::Choice;
use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use std::sync::Arc;

/// Count what the mode kept back.
///
/// By kind, class, version of the mode and hour, under the filters of the list.
#[utoipa::path(
    get, path = "/api/v4/suppressed_mails/summary", operation_id = "count_suppressed_mails", tag = "reports",
    security(("private_token" = ["read_api"]), ("bearer" = ["read_api"])),
    params(SuppressedParams, TimeParams),
    responses((status = 200, description = "The counts.", body = SuppressedSummary), Unidentified, TooNarrow, Unprocessable, Away),
)]
pub async fn suppressed(
    State(parts): State<Arc<Parts>>,
    _: Caller<ReadApi>,
    params: Params,
) -> Result<Json<SuppressedSummary>, Problem> {
    let filter = suppressed::filter(&parts, &params)?;
    let tally = parts.store.suppressed_tally(filter.clone()).await?;
    let facets = tally.facets(&filter, Choice::Made);
    let title = |kind: &str| parts.kinds.find(kind).map_or_else(|| kind.to_owned(), |kind| kind.title.clone());
    let by_kind = facets.kinds.into_iter().map(|(kind, count)| KindCount { title: title(&kind), kind, count });
    Ok(Json(SuppressedSummary {
        total: tally.total(|key| filter.takes(key)),
        complete: tally.is_complete,
        by_kind: by_kind.collect(),
        by_class: facets.classes.into_iter().map(|(class, count)| ClassCount { class, count }).collect(),
        by_mode_version: versions(&parts, facets.mode_versions).await?,
        by_hour: hours(tally.hours),
    }))
}

/// Count incoming mail.
///
/// By intent, verdict, state, version of the mode and hour, under the filters of the list.
#[utoipa::path(
    get, path = "/api/v4/incoming_mails/summary", operation_id = "count_incoming_mails", tag = "reports",
    security(("private_token" = ["read_api"]), ("bearer" = ["read_api"])),
    params(IncomingParams, TimeParams),
    responses((status = 200, description = "The counts.", body = IncomingSummary), Unidentified, TooNarrow, Unprocessable, Away),
)]
pub async fn incoming(
    State(parts): State<Arc<Parts>>,
    _: Caller<ReadApi>,
    params: Params,
) -> Result<Json<IncomingSummary>, Problem> {
    let filter = incoming::filter(&params)?;
    let tally = parts.store.incoming_tally(filter.clone()).await?;
    let facets = tally.facets(&filter, Choice::Made);
    Ok(Json(IncomingSummary {
        total: tally.total(|key| filter.takes(key)),
        complete: tally.is_complete,
        by_intent: facets.intents.into_iter().map(|(intent, count)| IntentCount { intent, count }).collect(),
        by_verdict: facets.verdicts.into_iter().map(|(verdict, count)| VerdictCount { verdict, count }).collect(),
        by_state: facets.states.into_iter().map(|(state, count)| StateCount { state, count }).collect(),
        by_mode_version: versions(&parts, facets.mode_versions).await?,
        by_hour: hours(tally.hours),
    }))
}

/// Adds the change behind each version to the counts.
async fn versions(parts: &Parts, counts: Vec<(Version, i64)>) -> Result<Vec<VersionCount>, Problem> {
    let changes = parts.store.version_changes(counts.iter().map(|(version, _)| *version).collect()).await?;
    let count = |(mode_version, count): (Version, i64)| {
        let change = changes.iter().find(|change| change.version == mode_version);
        VersionCount {
            mode_version,
            state: change.map(|change| change.state),
            message: change.and_then(|change| change.message.clone()),
            changed_at: change.map(|change| change.changed_at),
            count,
        }
    };
    Ok(counts.into_iter().map(count).collect())
}

fn hours(counts: Vec<(Timestamp, i64)>) -> Vec<HourCount> {
    counts.into_iter().map(|(hour, count)| HourCount { hour, count }).collect()
}
