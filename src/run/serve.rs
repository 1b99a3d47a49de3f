//! `postern serve`: binds the ports, runs all parts, and stops cleanly.
//!
//! Ports are bound before the store is touched, so that a second gateway in the same folder fails
//! at binding. A part that ends on its own, for any reason, stops the whole process: half a gateway
//! is worse than none.

use super::config::Config;
use super::config::error::ConfigError;
use super::core_dump;
use super::doors::Doors;
use super::reload::{Reload, Running};
use super::reporter::Reporter;
use super::secrets::Secrets;
use super::sight::{Sight, hostname};
use super::stopping::{self, Parts};
use super::telemetry::{self, Metrics};
use super::wiring::store::{OpenError, OpenStore};
use super::wiring::{self, WiringError};
use super::{first_start, greeting, jobs, limits};
use crate::clock::Clock;
use crate::domain::notification::KindTable;
use crate::domain::report::Report;
use crate::edge::{http, smtp};
use crate::flag::follow::Follower;
use crate::flag::steadiness::SteadyClock;
use crate::flag::switch::Switch;
use crate::flag::tell::Teller;
use crate::flag::watch::Watch;
use crate::inbound::accept::Reception;
use crate::inbound::handover::HandOvers;
use crate::outbound::classify::SeenNames;
use crate::outbound::crew::{Crew, SLOW};
use crate::outbound::enqueue::Enqueuer;
use crate::outbound::worker::Deliveries;
use crate::store::Store;
use crate::store::error::StoreError;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use tokio::sync::Notify;

/// Why the gateway does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The store cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The parts do not fit together.
    #[error("{0}")]
    Part(String),
    /// A port is in use or not permitted.
    #[error("cannot listen on {0} for {1} ({2}): stop what uses it, or choose another with [{1}] listen or POSTERN_{upper}__LISTEN", upper = .1.to_uppercase())]
    Listen(SocketAddr, &'static str, std::io::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The logs or metrics cannot be set up.
    #[error(transparent)]
    Telemetry(#[from] telemetry::TelemetryError),
    /// The first administrator cannot be created.
    #[error(transparent)]
    FirstStart(#[from] first_start::FirstStartError),
    /// A part ended on its own.
    #[error("the part `{0}` ended unexpectedly, so the gateway stopped: see the log, and start it again")]
    Ended(&'static str),
}

impl From<WiringError> for ServeError {
    fn from(error: WiringError) -> Self {
        match error {
            WiringError::Config(error) => Self::Config(error),
            WiringError::Part(text) => Self::Part(text),
        }
    }
}

/// The bound ports.
struct Ports {
    smtp: Option<smtp::Listener>,
    http: Option<tokio::net::TcpListener>,
}

/// The objects that all parts share.
struct Shared {
    config: Config,
    kinds: KindTable,
    secrets: Secrets,
    names: Arc<SeenNames>,
    reports: tokio::sync::watch::Receiver<Report>,
    store: Arc<dyn Store>,
    watch: Arc<Watch>,
    clock: Arc<dyn Clock>,
    deliveries: Arc<Notify>,
    hand_overs: Arc<Notify>,
    metrics: Metrics,
    /// This process's node name.
    node: String,
}

/// Runs the gateway until it is told to stop.
///
/// # Errors
/// When it cannot start, or a part ended on its own.
pub async fn serve(config: Config, doors: Doors, clock: Arc<dyn Clock>) -> Result<(), ServeError> {
    let metrics = telemetry::install_metrics()?;
    let log = telemetry::start_log(&config.log)?;
    core_dump::forbid();
    limits::raise(&config, doors);
    let ports = bind(&config, doors).await?;
    let opened = Arc::new(OpenStore::open_or_make(&config).await?);
    let store = Arc::clone(&opened.store);
    let credentials = first_start::make_administrator(&store, &clock, &config.store.credentials).await?;
    let watch = Arc::new(Watch::new(Arc::clone(&store), Arc::clone(&clock)));
    // Versions that the history or another process has seen count from the first look on.
    store.recall().await?;
    watch.look().await;
    let (deliveries, hand_overs) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let node = format!("{}:{}", hostname(), std::process::id());
    let running = Running::read(&config, doors, log.level(), &opened)?;
    let (kinds, secrets) = (running.kinds.clone(), running.secrets.clone());
    let reload = Reload::new(running);
    let names = Arc::<SeenNames>::default();
    let sight = Sight::new(&config, node.clone(), Arc::clone(&names), kinds.clone());
    let reporter = Reporter::new(sight, reload.loaded());
    let reports = reporter.reports();
    let shared =
        Shared { kinds, secrets, names, reports, config, store, watch, clock, deliveries, hand_overs, metrics, node };
    let mut parts = Parts::new();
    let (writing, stop) = (opened.ended(), parts.token());
    parts.run("store", async move { _ = stop.run_until_cancelled(writing).await });
    start(&shared, doors, ports, &mut parts).await?;
    parts.run("configuration", reload.run(parts.token()));
    parts.run("reports", reporter.run(parts.token()));
    parts.run("log", telemetry::RunningLog::keep(log.repetition(), parts.token()));
    greeting::greet(&shared.config, doors, &shared.watch.seen(), credentials.as_deref());
    let ended = stopping::wait(&mut parts).await;
    parts.stop().await;
    opened.close().await;
    tracing::info!("The gateway has stopped");
    ended.map_or(Ok(()), |part| Err(ServeError::Ended(part)))
}

async fn bind(config: &Config, doors: Doors) -> Result<Ports, ServeError> {
    let mut ports = Ports { smtp: None, http: None };
    if doors.smtp {
        let address = config.smtp.listen;
        ports.smtp = Some(smtp::bind(address).await.map_err(|error| ServeError::Listen(address, "smtp", error))?);
    }
    if doors.http {
        let address = config.http.listen;
        let bound = tokio::net::TcpListener::bind(address).await;
        ports.http = Some(bound.map_err(|error| ServeError::Listen(address, "http", error))?);
    }
    Ok(ports)
}

async fn start(shared: &Shared, doors: Doors, ports: Ports, parts: &mut Parts) -> Result<(), ServeError> {
    let name = shared.node.clone();
    let follower = Follower::new(Arc::clone(&shared.store), Arc::clone(&shared.watch), Arc::clone(&shared.clock), name);
    let follower = follower.reporting(shared.reports.clone());
    let stop = parts.token();
    parts.run("mode", follower.run(stop));
    let transactions = ports.smtp.as_ref().map_or_else(|| Arc::new(AtomicUsize::new(0)), smtp::Listener::transactions);
    if let Some(listener) = ports.smtp {
        start_smtp(shared, listener, parts)?;
    }
    if doors.deliver {
        start_flows(shared, parts).await?;
    }
    if let Some(listener) = ports.http {
        start_http(shared, listener, transactions, parts)?;
    }
    let (metrics, stop) = (shared.metrics.clone(), parts.token());
    parts.run("metrics", async move { metrics.keep(stop).await });
    Ok(())
}

fn start_smtp(shared: &Shared, listener: smtp::Listener, parts: &mut Parts) -> Result<(), ServeError> {
    let reception = Reception::new(
        Arc::clone(&shared.store),
        Arc::clone(&shared.watch),
        Arc::new(shared.config.rules()),
        shared.config.smtp.hostname.clone(),
        Arc::clone(&shared.hand_overs),
    );
    let settings = Arc::new(wiring::smtp_settings(&shared.config));
    let book = Arc::new(wiring::grammar(&shared.config)?);
    let (clock, stop) = (Arc::clone(&shared.clock), parts.token());
    parts.run("smtp", smtp::run(listener, settings, Arc::new(reception), book, clock, stop));
    Ok(())
}

async fn start_flows(shared: &Shared, parts: &mut Parts) -> Result<(), ServeError> {
    let (store, clock) = (&shared.store, &shared.clock);
    let inbox = wiring::inbox(&shared.config, shared.secrets.signing.clone(), Arc::clone(clock))?;
    let rules = Arc::new(shared.config.rules());
    let hand_overs = HandOvers::new(Arc::clone(store), inbox, rules, Arc::clone(clock), Arc::clone(&shared.hand_overs));
    let stop = parts.token();
    parts.run("hand-over", async move { hand_overs.run(stop).await });
    let relay = wiring::relay(&shared.config, shared.secrets.password.clone())?;
    let first_retry = shared.config.relay.first_retry;
    let wake = Arc::clone(&shared.deliveries);
    let crew = Crew::new(shared.config.relay.connections, SLOW);
    // One clock for everything that judges age, so that a jump is logged once.
    let steady = Arc::new(SteadyClock::new(Arc::clone(clock)));
    let (queue, time, watched) = (Arc::clone(store), Arc::clone(clock), Arc::clone(&steady));
    let deliveries = Arc::new(Deliveries::new(queue, relay, time, watched, wake, first_retry, crew));
    deliveries.begin().await;
    for _ in 0..deliveries.workers() {
        let (deliveries, stop) = (Arc::clone(&deliveries), parts.token());
        parts.run("delivery", async move { deliveries.run(stop).await });
    }
    let stop = parts.token();
    parts.run("delivery watch", async move { deliveries.watch(stop).await });
    if let Some(herald) = wiring::herald(&shared.config, shared.secrets.signing.clone(), Arc::clone(clock))? {
        let teller = Teller::new(Arc::clone(store), Arc::clone(&shared.watch), Arc::clone(clock), herald);
        parts.run("mode webhook", teller.run(parts.token()));
    }
    let (watch, stop) = (Arc::clone(&shared.watch), parts.token());
    let wakes = vec![Arc::clone(&shared.deliveries), Arc::clone(&shared.hand_overs)];
    let desk = jobs::Desk { store: Arc::clone(store), watch, clock: Arc::clone(clock), steady, wakes, stop };
    parts.run("jobs", jobs::run(desk, shared.config.retention.clone()));
    Ok(())
}

fn start_http(
    shared: &Shared,
    listener: tokio::net::TcpListener,
    smtp_transactions: Arc<AtomicUsize>,
    parts: &mut Parts,
) -> Result<(), ServeError> {
    let outgoing = Arc::new(wiring::outgoing(&shared.config, shared.kinds.clone()));
    let (store, clock, watch) = (Arc::clone(&shared.store), Arc::clone(&shared.clock), Arc::clone(&shared.watch));
    let metrics = shared.metrics.clone();
    let sight = Sight::new(&shared.config, shared.node.clone(), Arc::clone(&shared.names), shared.kinds.clone());
    let enqueuer =
        Enqueuer::new(Arc::clone(&store), Arc::clone(&outgoing), Arc::clone(&clock), Arc::clone(&shared.deliveries));
    let http_parts = http::Parts {
        switch: Switch::new(Arc::clone(&store), Arc::clone(&watch), Arc::clone(&clock)),
        kinds: outgoing.kinds.clone(),
        enqueuer: enqueuer.noting(Arc::clone(&shared.names)),
        rules: Arc::new(shared.config.rules()),
        store,
        watch,
        clock,
        wake_deliveries: Arc::clone(&shared.deliveries),
        wake_hand_overs: Arc::clone(&shared.hand_overs),
        smtp_transactions,
        metrics: Arc::new(move || metrics.render()),
        room: http::room::Room::default(),
        seen: Arc::new(move || sight.look()),
        settings: http::Settings {
            external_url: shared.config.http.external_url.clone(),
            trusted_proxies: shared.config.http.trusted_proxies.clone(),
            monitoring_clients: shared.config.http.monitoring_clients.clone(),
            write_block_status: shared.config.maintenance.write_block_status,
        },
    };
    let places = http::place::Places::new(http::place::Limits::default(), shared.config.http.trusted_proxies.clone());
    parts.run("http", http::serve(listener, http::router(http_parts), places, parts.token()));
    Ok(())
}
