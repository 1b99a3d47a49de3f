//! What works and should be mended all the same: secrets that others can read, a password left on the disk, a gateway that
//! runs by an older configuration file.

use crate::flag::node::LiveNode;
use crate::run::config::Config;
use crate::run::config::secret::{self, loose_mode};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::path::Path;

/// A finding that needs no mending at once; it does not fail the check.
fn warning(what: &str, text: &str) -> Value {
    json!({ "what": what, "ok": Value::Null, "finding": format!("warning: {text}") })
}

/// Whether a finding is a warning.
pub fn is_one(finding: &Value) -> bool {
    finding["finding"].as_str().is_some_and(|text| text.starts_with("warning: "))
}

/// Where the secrets are, and which of them others can read.
pub fn secrets(config: &Config) -> Vec<Value> {
    let files = secret::files(config);
    if files.is_empty() {
        return vec![super::finding("secrets", Ok("none is configured".to_owned()))];
    }
    let places: Vec<String> = files.iter().map(|(key, file)| format!("{key} in {}", super::whole(file))).collect();
    let mut findings = vec![super::finding("secrets", Ok(places.join(", ")))];
    findings.extend(files.iter().filter_map(|(_, file)| loose_mode(file)).map(|text| warning("secrets", &text)));
    findings
}

/// The first start's password and token, once it is read, should not stay on the disk.
pub fn credentials(config: &Config) -> Option<Value> {
    let file = &config.store.credentials;
    let is_there = file.try_exists().unwrap_or(false);
    let text = format!(
        "{} still holds the first administrator's password and token: sign in, keep the token safe, and delete the file",
        super::whole(file)
    );
    is_there.then(|| warning("credentials", &text))
}

/// Which running gateways were started before the configuration file, or the table of kinds, was changed last.
pub fn outdated(file: &Path, nodes: &[LiveNode]) -> Vec<Value> {
    let changed = std::fs::metadata(file).and_then(|metadata| metadata.modified()).ok();
    let Some(changed) = changed.and_then(|time| Timestamp::try_from(time).ok()) else { return Vec::new() };
    let older = nodes.iter().filter_map(|live| Some((live, live.node.id.minted_at()?))).filter(|(_, at)| *at < changed);
    older
        .map(|(live, started)| warning("configuration", &older_than(&live.node.name, started, file, changed)))
        .collect()
}

fn older_than(node: &str, started: Timestamp, file: &Path, changed: Timestamp) -> String {
    format!(
        "the gateway {node} was started at {started:.0}, before {} was changed at {changed:.0}: restart it, or send it SIGHUP \
         and read in its log what needs a restart",
        super::whole(file)
    )
}
