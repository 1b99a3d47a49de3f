//! The plan of the house: which room is on which floor, and which crate lives where.

/// The floors; a room imports only from strictly lower ones. Rooms on one floor are strangers.
const FLOORS: &[(&str, u8)] = &[
    ("clock", 0),
    ("disk", 0),
    ("domain", 0),
    ("listen", 0),
    ("tls", 0),
    ("policy", 1),
    ("message", 1),
    ("store", 2),
    ("flag", 3),
    ("pace", 3),
    ("concern", 4),
    ("inbound", 4),
    ("outbound", 4),
    ("edge", 5),
    ("run", 6),
    ("main", 7),
];

/// Rooms whose children are strangers to each other too.
const DIVIDED: &[&str] = &["edge"];

/// Crates that one room hides from all others: swapping one must touch that room only.
pub const CRATES: &[(&str, &[&str])] = &[
    ("sqlx", &["store/sqlite", "store/postgres"]),
    ("axum", &["edge/http"]),
    ("hyper", &["edge/http"]),
    ("hyper_util", &["edge/http"]),
    ("http_body_util", &["edge/http"]),
    ("tower", &["edge/http"]),
    ("tower_http", &["edge/http"]),
    ("mail_parser", &["message/read"]),
    ("lettre", &["message/write", "edge/relay"]),
    ("smtp_proto", &["edge/smtp"]),
    ("reqwest", &["edge/app"]),
    ("clap", &["run/cli"]),
    ("clap_complete", &["run/cli"]),
    ("comfy_table", &["run/cli"]),
    ("console", &["run/cli"]),
    ("indicatif", &["run/cli"]),
    ("csv", &["run/cli", "edge/http"]),
    ("utoipa", &["edge/http"]),
    ("utoipa_axum", &["edge/http"]),
    ("metrics_exporter_prometheus", &["run/telemetry"]),
    ("tracing_subscriber", &["run/telemetry"]),
    ("argon2", &["domain/password"]),
    ("askama", &["edge/http/page"]),
    ("cookie", &["edge/http"]),
];

/// The kinds of store, and the only places that may tell them apart (besides `store/mod.rs`, which declares them).
pub const STORE_KINDS: &[&str] = &["sqlite", "postgres"];
/// See [`STORE_KINDS`].
pub const STORE_CHOOSERS: &[&str] =
    &["store/sqlite", "store/postgres", "run/wiring", "run/serve", "run/cli/console", "run/config"];

/// Names that say nothing about what is inside.
pub const EMPTY_NAMES: &[&str] =
    &["util", "utils", "helper", "helpers", "common", "manager", "service", "services", "types", "misc"];

/// How many lines a file may have, not counting its tests.
pub const LONGEST_FILE: usize = 300;

/// The room a path of modules lies in, as far as floors see it: `edge/smtp` or `policy`.
pub fn room_of(path: &[String]) -> Vec<String> {
    let depth = if path.first().is_some_and(|top| DIVIDED.contains(&top.as_str())) { 2 } else { 1 };
    path.iter().take(depth).cloned().collect()
}

/// Does this path end at the whole crate, or at a divided room with all its strangers?
pub fn is_everything(path: &[String]) -> bool {
    path.is_empty() || matches!(path, [only] if DIVIDED.contains(&only.as_str()))
}

/// The floor a path of modules is on; `None` when the plan does not have it.
pub fn floor_of(path: &[String]) -> Option<u8> {
    let top = path.first()?;
    FLOORS.iter().find(|(room, _)| room == top).map(|(_, floor)| *floor)
}

/// Is the module inside one of these rooms?
pub fn is_inside(path: &[String], rooms: &[&str]) -> bool {
    let path = path.join("/");
    rooms.iter().any(|room| path == *room || path.starts_with(&format!("{room}/")))
}
