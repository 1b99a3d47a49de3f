//! `/admin`: the state of the gateway. The changing part (mode, progress, queues, nodes, problems)
//! is a separate fragment that a script requests every few seconds. Without a script the page shows
//! the same after a reload.

pub mod concern;
mod standing;

use super::answer;
use super::chart::{Chart, Series};
use super::frame::Frame;
use super::general;
use super::person::Person;
use crate::domain::mode::ModeView;
use crate::edge::http::Parts;
use crate::edge::http::param::Params;
use crate::edge::http::problem::Problem;
use crate::store::summary::Traffic;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use standing::Standing;
use std::sync::Arc;

/// The hours that the charts show.
const HOURS: i64 = 24;

#[derive(Template)]
#[template(path = "overview.html")]
struct Overview {
    frame: Frame,
    live: String,
    incoming: Drawn,
    outgoing: Drawn,
}

#[derive(Template)]
#[template(path = "live.html")]
struct Live {
    /// A hash of the fragment's content, so that an unchanged fragment is not sent again.
    seen: String,
    standing: String,
}

/// One of the two charts.
#[derive(Template)]
#[template(path = "drawn.html")]
struct Drawn {
    chart: Option<Chart>,
}

/// `GET`.
pub async fn show(State(parts): State<Arc<Parts>>, person: Person) -> Result<Response, Problem> {
    if parts.watch.look().await == ModeView::Unknown && parts.watch.has_gone_back() {
        // A store that went back is shown on the page where an administrator can set the mode
        // again.
        return Ok(answer::lead(&person.visit, general::HERE));
    }
    let live = written(&live(&parts, &person).await?)?;
    let hours = parts.store.traffic(parts.clock.now(), HOURS).await?;
    let frame = Frame::of(&parts, &person, "/admin").await;
    let page = Overview {
        frame,
        live,
        incoming: Drawn { chart: incoming(&hours) },
        outgoing: Drawn { chart: outgoing(&hours) },
    };
    answer::show(&person.visit, &page)
}

/// `GET …/standing`: the changing part; 204 if it is still the one with the hash `seen`.
pub async fn standing(State(parts): State<Arc<Parts>>, person: Person, params: Params) -> Result<Response, Problem> {
    let live = live(&parts, &person).await?;
    if params.text("seen")? == Some(live.seen.as_str()) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    answer::show(&person.visit, &live)
}

async fn live(parts: &Parts, person: &Person) -> Result<Live, Problem> {
    let standing = written(&Standing::read(parts, person).await?)?;
    let seen = Sha256::digest(standing.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    Ok(Live { seen, standing })
}

fn written(part: &impl Template) -> Result<String, Problem> {
    part.render().map_err(|error| {
        tracing::error!(%error, "A part of a page cannot be written: {error}");
        Problem::defect()
    })
}

fn incoming(hours: &[Traffic]) -> Option<Chart> {
    let mut series = vec![
        Series { name: "accepted", class: "s1" },
        Series { name: "refused", class: "s2" },
        Series { name: "deferred", class: "s3" },
    ];
    let holds = hours.iter().any(|hour| hour.held > 0);
    if holds {
        series.push(Series { name: "held", class: "s4" });
    }
    let hours: Vec<_> =
        hours.iter().map(|hour| (hour.hour, vec![hour.accepted, hour.refused, hour.deferred, hour.held])).collect();
    Chart::of("Mail in over the last 24 hours", &series, &hours)
}

fn outgoing(hours: &[Traffic]) -> Option<Chart> {
    let series = [
        Series { name: "delivered", class: "s1" },
        Series { name: "suppressed", class: "s2" },
        Series { name: "failed", class: "s3" },
    ];
    let hours: Vec<_> =
        hours.iter().map(|hour| (hour.hour, vec![hour.delivered, hour.suppressed, hour.failed])).collect();
    Chart::of("Mail out over the last 24 hours", &series, &hours)
}
