//! The plan of the source tree: the floor of each room, and the room of each crate.

/// The floors. A room imports only from strictly lower floors; rooms on one floor do not import
/// each other.
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
    ("shown", 5),
    ("edge", 6),
    ("run", 7),
    ("main", 8),
];

/// Rooms whose children do not import each other either.
const DIVIDED: &[&str] = &["edge"];

/// Crates that only one room may use, so that replacing the crate changes that room only.
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
    ("utoipa", &["edge/http", "shown"]),
    ("utoipa_axum", &["edge/http"]),
    ("metrics_exporter_prometheus", &["run/telemetry"]),
    ("tracing_subscriber", &["run/telemetry"]),
    ("argon2", &["domain/password"]),
    ("askama", &["edge/http/page"]),
    ("cookie", &["edge/http"]),
];

/// The kinds of store, and the only places that may distinguish them (besides `store/mod.rs`, which
/// declares them).
pub const STORE_KINDS: &[&str] = &["sqlite", "postgres"];
/// See [`STORE_KINDS`].
pub const STORE_CHOOSERS: &[&str] =
    &["store/sqlite", "store/postgres", "run/wiring", "run/serve", "run/cli/console", "run/config"];

/// Names that say nothing about the contents.
pub const EMPTY_NAMES: &[&str] =
    &["util", "utils", "helper", "helpers", "common", "manager", "service", "services", "types", "misc"];

/// Most lines in a file, not counting its tests.
pub const LONGEST_FILE: usize = 300;

/// The room of a module path, as the floors define it: `edge/smtp` or `policy`.
pub fn room_of(path: &[String]) -> Vec<String> {
    let depth = if path.first().is_some_and(|top| DIVIDED.contains(&top.as_str())) { 2 } else { 1 };
    path.iter().take(depth).cloned().collect()
}

/// Whether this path is the whole crate, or a divided room with all its children.
pub fn is_everything(path: &[String]) -> bool {
    path.is_empty() || matches!(path, [only] if DIVIDED.contains(&only.as_str()))
}

/// The floor of a module path; `None` if the plan does not contain it.
pub fn floor_of(path: &[String]) -> Option<u8> {
    let top = path.first()?;
    FLOORS.iter().find(|(room, _)| room == top).map(|(_, floor)| *floor)
}

/// Whether the module is inside one of these rooms.
pub fn is_inside(path: &[String], rooms: &[&str]) -> bool {
    let path = path.join("/");
    rooms.iter().any(|room| path == *room || path.starts_with(&format!("{room}/")))
}
