//! The Postfix side of this configuration: lines for main.cf that send our addresses here and touch no other mail.
//!
//! An MTA is often shared: colleagues have mailboxes in the forge's domain. So nothing here names a domain as a whole and
//! no setting of the MTA is replaced. Two tables of our own match single addresses, with their `+` forms, and an operator puts
//! them in front of what `transport_maps` and `virtual_alias_maps` hold already.

use super::ending::Result;
use crate::run::config::Config;
use crate::run::wiring;

/// The end of the domain that stands in for a virtual alias domain; no mail system outside has it (RFC 6761).
const INNER: &str = ".postern.invalid";

/// One address, or one family of addresses, of ours.
struct Ours {
    /// A regular expression for its local part.
    local: String,
    domain: String,
}

impl Ours {
    fn new(local: String, domain: &str) -> Self {
        Self { local, domain: domain.to_lowercase() }
    }

    fn template(template: &str) -> Option<Self> {
        let (local, domain) = template.rsplit_once('@')?;
        Some(Self::new(local.split("%{key}").map(escape).collect::<Vec<_>>().join(".+"), domain))
    }

    /// Its address as Postfix knows it: an alias of itself, so that it is no unknown user in any class of domain.
    fn alias(&self) -> String {
        format!("{{ /^({}@{})$$/ $$1 }}", self.local, escape(&self.domain))
    }

    fn transport(&self, next_hop: &str) -> String {
        format!("{{ /^{}@{}$$/ smtp:{next_hop} }}", self.local, escape(&self.domain))
    }

    /// Its way out of a virtual alias domain, for which Postfix ignores transports.
    fn inner_alias(&self) -> String {
        format!("{{ /^({})@{}$$/ $$1@{}{INNER} }}", self.local, escape(&self.domain), self.domain)
    }
}

/// Lines for main.cf (Postfix 3.7 or newer: it reads inline tables).
pub fn snippet(config: &Config) -> Result<String> {
    // Checked as the gateway checks it.
    wiring::grammar(config)?;
    let ours = addresses(config);
    let next_hop = next_hop(config);
    let each = |line: &dyn Fn(&Ours) -> String| ours.iter().map(line).collect::<Vec<_>>().join(", ");
    let (transports, aliases) = (each(&|ours| ours.transport(&next_hop)), each(&Ours::alias));
    let (inner, inverse) = (each(&Ours::inner_alias), inverse(&ours));
    Ok(format!(
        "\
# For Postfix 3.7 or newer. Append these lines to /etc/postfix/main.cf. By themselves they change nothing.
postern_transports = regexp:{{ {transports} }}
postern_addresses = regexp:{{ {aliases} }}
# Then run once; it keeps what stands there:
#   postconf -e \"transport_maps = \\$postern_transports $(postconf -h transport_maps)\"
#   postconf -e \"virtual_alias_maps = \\$postern_addresses $(postconf -h virtual_alias_maps)\"
#   postfix check && postfix reload
# All other addresses of these domains stay where they are. A domain that this MTA does not receive mail for yet: add it to mydestination.
#
# Is one of the domains in virtual_alias_domains? Then use these two lines instead of those above, and the third:
# postern_addresses = regexp:{{ {inner} }}
# postern_transports = regexp:{{ {{ /@.+{inner_pattern}$$/ postern:{next_hop} }} }}
# postern_outer = regexp:{{ {inverse} }}
# and run once, too:
#   postconf -M postern/unix=\"postern unix - - n - - smtp\"
#   postconf -P 'postern/unix/smtp_generic_maps=$postern_outer'
#
# With reject_unverified_recipient set address_verify_sender = <>: a probe that is refused in maintenance is remembered after it.
",
        inner_pattern = escape(INNER),
    ))
}

/// The two templates and the custom addresses, these with their `+` forms.
fn addresses(config: &Config) -> Vec<Ours> {
    let templates =
        std::iter::once(config.smtp.incoming_address.as_str()).chain(config.smtp.service_desk_address.as_deref());
    let custom = config
        .smtp
        .custom_addresses
        .iter()
        .map(|custom| Ours::new(format!("{}([+].+)?", escape(custom.address.local())), custom.address.domain()));
    templates.filter_map(Ours::template).chain(custom).collect()
}

/// Where this gateway listens, as Postfix writes it.
fn next_hop(config: &Config) -> String {
    let listen = config.smtp.listen;
    let host = match (listen.ip().is_unspecified(), listen.is_ipv4()) {
        (false, _) => listen.ip().to_string(),
        // Everywhere includes this machine; elsewhere the operator writes its address.
        (true, true) => "127.0.0.1".to_owned(),
        (true, false) => "::1".to_owned(),
    };
    let host = if host.contains(':') { format!("ipv6:{host}") } else { host };
    format!("[{host}]:{}", listen.port())
}

/// The way back from [`INNER`], each domain once.
fn inverse(ours: &[Ours]) -> String {
    let mut domains: Vec<_> = ours.iter().map(|ours| ours.domain.as_str()).collect();
    domains.sort_unstable();
    domains.dedup();
    let lines =
        domains.iter().map(|domain| format!("{{ /^(.+)@{}{}$$/ $$1@{domain} }}", escape(domain), escape(INNER)));
    lines.collect::<Vec<_>>().join(", ")
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
