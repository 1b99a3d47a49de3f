//! Findings that work but should be fixed: secrets that others can read, a password left on the
//! disk, a gateway whose configuration differs from the files.

use crate::domain::report::Content;
use crate::flag::node::LiveNode;
use crate::policy::rules::Treatment;
use crate::run::config::Config;
use crate::run::config::kinds::kinds_file;
use crate::run::config::maintenance::Maintenance;
use crate::run::config::secret::{self, loose_mode};
use crate::run::loaded::loaded;
use crate::run::sight::hostname;
use crate::store::position::Position;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

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

/// The running gateways whose configuration or table of kinds differs from the files that this command has read.
pub fn outdated(config: &Config, nodes: &[LiveNode]) -> Vec<Value> {
    let kinds = std::fs::read(kinds_file(config)).ok().map(|text| Sha256::digest(text).into());
    let Some(now) = loaded(config, kinds) else { return Vec::new() };
    let host = hostname();
    let told = |live: &LiveNode| live.node.report.loaded.clone().map(|then| (live.node.name.clone(), then));
    let differences = nodes.iter().filter_map(told).flat_map(|(node, then)| {
        let is_here = node.rsplit_once(':').is_some_and(|(machine, _)| machine == host);
        // Another configuration file has another table of kinds beside it; one finding is enough.
        let has_same_place = then.configuration.file == now.configuration.file;
        let configuration = difference(&node, is_here, &then.configuration, &now.configuration);
        let kinds = difference(&node, is_here, &then.kinds, &now.kinds).filter(|_| has_same_place);
        [("configuration", configuration), ("kinds", kinds)]
    });
    differences.filter_map(|(what, text)| Some(warning(what, &text?))).collect()
}

fn difference(node: &str, is_here: bool, then: &Content, now: &Content) -> Option<String> {
    let remedy = "send it SIGHUP and read in its log what needs a restart, or restart it";
    let file = &now.file;
    if !is_here {
        return (then.digest != now.digest).then(|| {
            format!("the gateway {node} runs by another {} than this machine's {file}: if they should be the same, copy the file, then {remedy}", then.file)
        });
    }
    if then.file != now.file {
        let used = &then.file;
        return Some(format!(
            "the gateway {node} runs by {used}, and this command has read {file}: name the same file with --config"
        ));
    }
    match (&then.digest, &now.digest) {
        (then, now) if then == now => None,
        (None, _) => Some(format!("the gateway {node} was started without {file}, which is there now: {remedy}")),
        (Some(_), None) => Some(format!("the gateway {node} runs by {file}, which is gone: put it back, or {remedy}")),
        (Some(_), Some(_)) => {
            Some(format!("the gateway {node} runs by an older {file} than the one there is now: {remedy}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::rules::AcceptedBefore;

    #[test]
    fn a_difference_names_the_gateway_the_file_and_what_to_do_and_equal_contents_are_none() {
        let content = |file: &str, digest: Option<&str>| Content { file: file.into(), digest: digest.map(Into::into) };
        let (old, new) = (content("/etc/a.toml", Some("1")), content("/etc/a.toml", Some("2")));
        let (none, elsewhere) = (content("/etc/a.toml", None), content("/srv/a.toml", Some("1")));
        let said = |is_here, then, now| difference("gw-1:7", is_here, then, now);
        for (is_here, then, now) in
            [(true, &old, &old), (true, &none, &none), (false, &old, &old), (false, &elsewhere, &old)]
        {
            assert_eq!(said(is_here, then, now), None);
        }
        for (is_here, then, now, words) in [
            (true, &old, &new, "runs by an older /etc/a.toml"),
            (true, &none, &new, "was started without /etc/a.toml"),
            (true, &old, &none, "runs by /etc/a.toml, which is gone"),
            (true, &elsewhere, &old, "runs by /srv/a.toml, and this command has read /etc/a.toml"),
            (false, &old, &new, "runs by another /etc/a.toml than this machine's"),
        ] {
            let text = said(is_here, then, now).unwrap();
            assert!(text.contains("gw-1:7") && text.contains(words), "{text}");
        }
    }

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
