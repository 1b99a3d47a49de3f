//! The Postfix side of this configuration: lines for main.cf, ready to be appended.

use super::ending::Result;
use crate::run::config::Config;
use crate::run::wiring;
use std::fmt::Write;

/// Lines for main.cf (Postfix 3.7 or newer: it reads inline tables).
pub fn snippet(config: &Config) -> Result<String> {
    // Checked as the gateway checks it.
    wiring::grammar(config)?;
    let mut text = String::new();
    let _ = writeln!(
        text,
        "# For /etc/postfix/main.cf (Postfix 3.7 or newer); afterwards: postfix check && postfix reload"
    );
    let _ =
        writeln!(text, "# A later line of the same name replaces an earlier one: merge these with what stands there.");
    let _ = writeln!(text, "# Take the domains out of mydestination and virtual_*_domains if they stand there.");
    let _ = writeln!(text, "relay_domains = {}", domains(config).join(", "));
    let _ = writeln!(text, "transport_maps = inline:{{ {} }}", transports(config).join(", "));
    let _ =
        writeln!(text, "# Only addresses of the forge are taken, so that a wrong one is refused before it is queued.");
    let _ = writeln!(text, "relay_recipient_maps = regexp:{{ {} }}", patterns(config).join(", "));
    let _ = writeln!(
        text,
        "# Probe addresses with the null sender: a probe refused in maintenance would be remembered after it."
    );
    let _ = writeln!(text, "address_verify_sender = <>");
    let _ = writeln!(text, "# Tell senders after an hour that their mail waits ([maintenance] incoming = \"defer\").");
    let _ = writeln!(text, "delay_warning_time = 1h");
    let _ = writeln!(text, "# What Postern would refuse for its size is refused here already.");
    let _ = writeln!(text, "message_size_limit = {}", config.smtp.max_message_bytes);
    Ok(text)
}

/// The domains of the two templates, each once. Custom addresses are single addresses of domains that stay where they are.
fn domains(config: &Config) -> Vec<String> {
    let templates =
        std::iter::once(config.smtp.incoming_address.as_str()).chain(config.smtp.service_desk_address.as_deref());
    let mut domains: Vec<String> =
        templates.filter_map(|template| template.rsplit_once('@')).map(|(_, domain)| domain.to_lowercase()).collect();
    domains.sort();
    domains.dedup();
    domains
}

/// Where Postfix sends what is ours: whole domains, and the custom addresses alone (Postfix finds `user+tag` by `user`).
fn transports(config: &Config) -> Vec<String> {
    let listen = config.smtp.listen;
    let host = match (listen.ip().is_unspecified(), listen.is_ipv4()) {
        (false, _) => listen.ip().to_string(),
        // Everywhere includes this machine; elsewhere the operator writes its address.
        (true, true) => "127.0.0.1".to_owned(),
        (true, false) => "::1".to_owned(),
    };
    let host = if host.contains(':') { format!("ipv6:{host}") } else { host };
    let next_hop = format!("smtp:[{host}]:{}", listen.port());
    let custom = config.smtp.custom_addresses.iter().map(|custom| custom.address.to_string());
    domains(config).into_iter().chain(custom).map(|ours| format!("{{ {ours} = {next_hop} }}")).collect()
}

/// Patterns of our addresses, as Postfix reads them inline.
fn patterns(config: &Config) -> Vec<String> {
    let templates =
        std::iter::once(config.smtp.incoming_address.as_str()).chain(config.smtp.service_desk_address.as_deref());
    let mut patterns: Vec<String> =
        templates.map(|template| template.split("%{key}").map(escape).collect::<Vec<_>>().join(".+")).collect();
    for custom in &config.smtp.custom_addresses {
        let (local, domain) = (custom.address.local(), custom.address.domain());
        patterns.push(format!("{}([+].+)?@{}", escape(local), escape(domain)));
    }
    patterns.push("(postmaster|abuse)@.+".to_owned());
    patterns.iter().map(|pattern| format!("{{ /^{pattern}$$/ OK }}")).collect()
}

/// Literal text in a regular expression; `$$` is Postfix's own escape for `$`.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '+' | '.' | '*' | '?' | '(' | ')' | '[' | ']' | '|' => {
                escaped.push('[');
                escaped.push(c);
                escaped.push(']');
            }
            '^' | '/' | '\\' | '{' | '}' => {
                escaped.push('\\');
                escaped.push(c);
            }
            '$' => escaped.push_str("[$$]"),
            plain => escaped.push(plain),
        }
    }
    escaped
}
