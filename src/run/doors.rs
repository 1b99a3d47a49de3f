//! Selects which parts of the gateway a process runs.

use std::str::FromStr;

/// The parts of the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Doors {
    /// Incoming mail over SMTP.
    pub smtp: bool,
    /// Hand-overs, deliveries and background jobs.
    pub deliver: bool,
    /// The HTTP interface.
    pub http: bool,
}

impl Doors {
    /// All parts.
    #[must_use]
    pub const fn all() -> Self {
        Self { smtp: true, deliver: true, http: true }
    }
}

impl FromStr for Doors {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut doors = Self { smtp: false, deliver: false, http: false };
        for name in text.split(',') {
            match name.trim() {
                "smtp" => doors.smtp = true,
                "deliver" => doors.deliver = true,
                "http" => doors.http = true,
                other => {
                    return Err(format!(
                        "`{other}` is no part of the gateway: name smtp, deliver, http, or several by comma"
                    ));
                }
            }
        }
        Ok(doors)
    }
}
