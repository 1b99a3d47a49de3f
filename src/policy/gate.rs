//! The write gate of Postern's own HTTP interface: which requests pass while the mode is on.
//!
//! One table, modelled on the reference. A rule is an exact method and an anchored path, segment by
//! segment. A path that is not canonical matches no rule, so that no alternative spelling opens a
//! closed path.

use super::rules::{Look, look};
use crate::domain::mode::ModeView;

/// The reference's own text for a refused write.
pub const REFUSAL: &str = "You cannot perform write operations on a read-only instance";

/// The verdict on a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GateVerdict {
    /// It passes; the rule that allows it.
    Pass(&'static str),
    /// It is a write while the mode is on; the rule that blocks it.
    Block(&'static str),
    /// It is a write, and the mode is unknown.
    Unavailable,
}

/// One segment of a rule's path.
#[derive(Debug, Clone, Copy)]
enum Segment {
    /// Exactly this text.
    Is(&'static str),
    /// Exactly one segment, with any text.
    Any,
    /// One or more segments, to the end.
    Rest,
}
use Segment::{Any, Is, Rest};

/// The allow-list: rule name, method, path.
const ALLOWED: &[(&str, &str, &[Segment])] = &[
    ("settings_api", "PUT", &[Is("api"), Is("v4"), Is("application"), Is("settings")]),
    ("settings_page", "POST", &[Is("admin"), Is("application_settings"), Is("general")]),
    ("windows", "POST", &[Is("api"), Is("v4"), Is("maintenance"), Is("windows")]),
    ("windows", "DELETE", &[Is("api"), Is("v4"), Is("maintenance"), Is("windows"), Any]),
    ("sign_in", "POST", &[Is("users"), Is("sign_in")]),
    ("sign_out", "POST", &[Is("users"), Is("sign_out")]),
    ("internal_api", "POST", &[Is("api"), Is("v4"), Is("internal"), Rest]),
    ("background_jobs", "PUT", &[Is("api"), Is("v4"), Is("background_jobs"), Any]),
    ("queue", "POST", &[Is("api"), Is("v4"), Is("queue"), Any, Any]),
    ("background_jobs_page", "POST", &[Is("admin"), Is("background_jobs"), Rest]),
    ("queues_page", "POST", &[Is("admin"), Is("queues"), Rest]),
];

/// The verdict on a request; `path` is the raw path from the request line, without the query.
#[must_use]
pub fn judge_request(method: &str, path: &str, mode: &ModeView) -> GateVerdict {
    if matches!(method, "GET" | "HEAD" | "OPTIONS") {
        return GateVerdict::Pass("reading");
    }
    if let Some(rule) = allowed_by(method, path) {
        return GateVerdict::Pass(rule);
    }
    match look(mode) {
        Look::Unknown => GateVerdict::Unavailable,
        Look::Off => GateVerdict::Pass("mode_off"),
        Look::On(_) => GateVerdict::Block("read_only"),
    }
}

fn allowed_by(method: &str, path: &str) -> Option<&'static str> {
    let segments = canonical_segments(path)?;
    ALLOWED.iter().find(|(_, wanted, rule)| *wanted == method && matches(rule, &segments)).map(|(name, ..)| *name)
}

/// The segments of a canonical path, with one trailing slash tolerated; `None` for any other
/// spelling.
fn canonical_segments(path: &str) -> Option<Vec<&str>> {
    let inner = path.strip_prefix('/')?;
    let inner = inner.strip_suffix('/').unwrap_or(inner);
    let segments: Vec<&str> = inner.split('/').collect();
    let plain = |segment: &&str| {
        !segment.is_empty()
            && !matches!(*segment, "." | "..")
            && segment.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.~".contains(&b))
    };
    segments.iter().all(plain).then_some(segments)
}

fn matches(rule: &[Segment], segments: &[&str]) -> bool {
    match (rule.split_first(), segments.split_first()) {
        (None, None) => true,
        (Some((Rest, _)), Some(_)) => true,
        (Some((Any, rule)), Some((_, segments))) => matches(rule, segments),
        (Some((Is(wanted), rule)), Some((segment, segments))) => wanted == segment && matches(rule, segments),
        (None, Some(_)) | (Some(_), None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::mode::Version;
    use crate::domain::mode::{Mode, State};
    use jiff::Timestamp;
    use proptest::prelude::*;

    fn on() -> ModeView {
        ModeView::Known(Mode {
            state: State::On,
            version: Version(1),
            message: None,
            since: Timestamp::UNIX_EPOCH,
            until: None,
        })
    }

    #[test]
    fn an_administrator_can_always_turn_the_mode_off() {
        for mode in [on(), ModeView::Unknown] {
            assert_eq!(judge_request("PUT", "/api/v4/application/settings", &mode), GateVerdict::Pass("settings_api"));
            assert_eq!(judge_request("PUT", "/api/v4/application/settings/", &mode), GateVerdict::Pass("settings_api"));
        }
    }

    #[test]
    fn no_other_spelling_of_an_open_path_is_open() {
        for path in [
            "//api/v4/application/settings",
            "/api/v4/./application/settings",
            "/api/v4/x/../application/settings",
            "/api/v4/application%2fsettings",
            "/api/v4/application/settings;x",
            "/api/v4/application/settings//",
            "/API/v4/application/settings",
            "/api\\v4/application/settings",
            "/api/v4/application/settings/x",
            "/x/api/v4/application/settings",
            "/api/v4/internal",
            "/api/v4/internal/",
            "/api/v4/queue/x",
        ] {
            assert_eq!(judge_request("PUT", path, &on()), GateVerdict::Block("read_only"), "PUT {path}");
            assert_eq!(judge_request("POST", path, &on()), GateVerdict::Block("read_only"), "POST {path}");
        }
    }

    #[test]
    fn unknown_methods_do_not_pass() {
        for method in ["PURGE", "get", "TRACE", "CONNECT", "", "PROPFIND"] {
            assert_eq!(judge_request(method, "/admin", &on()), GateVerdict::Block("read_only"), "{method}");
        }
    }

    proptest! {
        #[test]
        fn nothing_outside_the_table_passes_however_it_is_written(method in "POST|PUT|PATCH|DELETE|[A-Z]{1,8}", path in "/?([a-z0-9%./;\\\\_-]{0,12}/?){0,6}") {
            let verdict = judge_request(&method, &path, &on());
            let reading = matches!(method.as_str(), "GET" | "HEAD" | "OPTIONS");
            let open = ["/api/v4/", "/admin/", "/users/sign_"].iter().any(|start| path.starts_with(start));
            prop_assert!(reading || open || verdict == GateVerdict::Block("read_only"));
        }
    }
}
