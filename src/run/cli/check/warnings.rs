//! Findings that work but should be fixed: secrets that others can read, a password left on the
//! disk, a gateway that runs with an older configuration file.

use crate::flag::node::LiveNode;
use crate::policy::rules::Treatment;
use crate::run::config::Config;
use crate::run::config::maintenance::Maintenance;
use crate::run::config::secret::{self, loose_mode};
use crate::store::position::Position;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::path::Path;

/// A finding that is not urgent; it does not fail the check.
fn warning(what: &str, text: &str) -> Value {
    json!({ "what": what, "ok": Value::Null, "finding": format!("warning: {text}") })
}

/// Whether a finding is a warning.
pub fn is_one(finding: &Value) -> bool {
    finding["finding"].as_str().is_some_and(|text| text.starts_with("warning: "))
}

/// The secret files, and which of them others can read.
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

/// The password and token of the first start should not stay on the disk once they have been read.
pub fn credentials(config: &Config) -> Option<Value> {
    let file = &config.store.credentials;
    let is_there = file.try_exists().unwrap_or(false);
    let text = format!(
        "{} still holds the first administrator's password and token: sign in, keep the token safe, and delete the file",
        super::whole(file)
    );
    is_there.then(|| warning("credentials", &text))
}

/// Held mail was answered 250, so it must not depend on one machine where the store could be on
/// two.
pub fn hold_without_standby(maintenance: &Maintenance, position: Option<&Position>) -> Option<Value> {
    let holds =
        maintenance.incoming == Treatment::Hold || maintenance.intents.values().any(|own| *own == Treatment::Hold);
    let is_alone = position.is_some_and(|position| !position.waits_for_standby);
    let text = "[maintenance] holds mail that was answered 250, and no standby is synchronous: what the primary did not ship is \
                lost with it. Set synchronous_standby_names, or use \"defer\", so that the MTA keeps the mail";
    (holds && is_alone).then(|| warning("standby", text))
}

/// Which running gateways were started before the last change of the configuration file or the
/// table of kinds.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::rules::AcceptedBefore;

    #[test]
    fn held_mail_on_a_store_without_a_synchronous_standby_is_warned_of() {
        let mut maintenance = Maintenance {
            incoming: Treatment::Refuse,
            intents: Default::default(),
            accepted_before: AcceptedBefore::Finish,
            write_block_status: 403,
        };
        let at = |waits_for_standby| Position { lsn: "0/3019548".into(), waits_for_standby };
        assert_eq!(hold_without_standby(&maintenance, Some(&at(false))), None, "nothing is held");
        maintenance.incoming = Treatment::Hold;
        assert!(hold_without_standby(&maintenance, Some(&at(false))).is_some_and(|finding| is_one(&finding)));
        assert_eq!(hold_without_standby(&maintenance, Some(&at(true))), None);
        assert_eq!(hold_without_standby(&maintenance, None), None, "one file has no standby");
    }
}
