//! The first lines that a person sees: the listening addresses, and three commands to try.

use super::config::Config;
use super::doors::Doors;
use super::hint;
use crate::domain::mode::ModeView;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

/// Prints on standard output what this process runs.
pub fn greet(config: &Config, doors: Doors, mode: &ModeView, credentials: Option<&Path>) {
    let text = lines(config, doors, mode, credentials);
    // Standard output may be closed; the gateway runs anyway.
    let _ = std::io::stdout().write_all(text.as_bytes());
}

fn lines(config: &Config, doors: Doors, mode: &ModeView, credentials: Option<&Path>) -> String {
    let mut text =
        format!("Postern {} is running; maintenance mode is {}.\n", env!("CARGO_PKG_VERSION"), mode.as_str());
    let mut line = |name: &str, value: String| {
        let _ = writeln!(text, "  {name:<9} {value}");
    };
    if doors.smtp {
        line("mail in", format!("smtp://{} for {}", config.smtp.listen, config.smtp.incoming_address));
    }
    if doors.deliver {
        line("mail to", config.app.url.to_string());
        line("mail out", config.relay.url.to_string());
    }
    if doors.http {
        line("HTTP", config.http.external_url.to_string());
    }
    line("store", config.store.url.to_string());
    if let Some(path) = credentials {
        let sign_in = config.http.external_url.join("users/sign_in").map_or_else(|_| String::new(), String::from);
        let file = path.display();
        line("new", format!("administrator and token in {file} (sign in at {sign_in}, then delete the file)"));
    }
    if doors == Doors::all() {
        text.push_str(&things_to_try(config));
    }
    text
}

fn things_to_try(config: &Config) -> String {
    let address = config.smtp.incoming_address.replace("%{key}", "group-project-1-TOKEN-issue");
    let url = config.http.external_url.as_str().trim_end_matches('/');
    // The program as it was called, so that the line can be copied and run.
    let program = std::env::args().next().unwrap_or_else(|| "postern".to_owned());
    let options = hint::options();
    format!(
        "Three things to try, in another terminal:\n  \
         a mail comes in:     swaks --server {} --to '{address}'\n  \
         refuse what writes:  {program} {options}maintenance on --message 'Back soon'   (send the mail again; then `maintenance off`)\n  \
         what all may know:   curl {url}/api/v4/maintenance\n\
         Stop with Ctrl-C.\n",
        config.smtp.listen
    )
}
