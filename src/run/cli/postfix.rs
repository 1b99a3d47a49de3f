//! The Postfix side of this configuration: main.cf lines that route Postern's addresses here and
//! touch no other mail.
//!
//! An MTA is often shared: other people have mailboxes in the forge's domain. So these lines never
//! name a whole domain and replace no setting of the MTA. Two tables match single addresses, with
//! their `+` forms, and an operator puts them in front of the existing values of `transport_maps`
//! and `virtual_alias_maps`.

use super::ending::Result;
use crate::run::config::Config;
use crate::run::wiring;

/// The suffix of the stand-in domain for a virtual alias domain; no outside mail system has it (RFC
/// 6761).
const INNER: &str = ".postern.invalid";

/// One of Postern's addresses, or one family of them.
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

    /// The address as an alias of itself, so that Postfix does not treat it as an unknown user in
    /// any class of domain.
    fn alias(&self) -> String {
        format!("{{ /^({}@{})$$/ $$1 }}", self.local, escape(&self.domain))
    }

    fn transport(&self, next_hop: &str) -> String {
        format!("{{ /^{}@{}$$/ smtp:{next_hop} }}", self.local, escape(&self.domain))
    }

    /// The detour out of a virtual alias domain, for which Postfix ignores transports.
    fn inner_alias(&self) -> String {
        format!("{{ /^({})@{}$$/ $$1@{}{INNER} }}", self.local, escape(&self.domain), self.domain)
    }
}

/// Lines for main.cf (Postfix 3.7 or newer, which reads inline tables).
pub fn snippet(config: &Config) -> Result<String> {
    // Validated as the gateway validates it.
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

/// The two templates and the custom addresses, the latter with their `+` forms.
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

/// This gateway's listening address, as Postfix writes it.
fn next_hop(config: &Config) -> String {
    let listen = config.smtp.listen;
    let host = match (listen.ip().is_unspecified(), listen.is_ipv4()) {
        (false, _) => listen.ip().to_string(),
        // A wildcard address includes this machine; for an MTA elsewhere the operator writes the
        // gateway's address.
        (true, true) => "127.0.0.1".to_owned(),
        (true, false) => "::1".to_owned(),
    };
    let host = if host.contains(':') { format!("ipv6:{host}") } else { host };
    format!("[{host}]:{}", listen.port())
}

/// The mapping back from [`INNER`], each domain once.
fn inverse(ours: &[Ours]) -> String {
    let mut domains: Vec<_> = ours.iter().map(|ours| ours.domain.as_str()).collect();
    domains.sort_unstable();
    domains.dedup();
    let lines =
        domains.iter().map(|domain| format!("{{ /^(.+)@{}{}$$/ $$1@{domain} }}", escape(domain), escape(INNER)));
    lines.collect::<Vec<_>>().join(", ")
}

/// Escapes literal text for a regular expression; `$$` is Postfix's own escape for `$`.
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
