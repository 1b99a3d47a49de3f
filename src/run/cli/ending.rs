//! How an unsuccessful command ends: a sentence for people, an exit code for scripts.

use crate::flag::switch::SwitchError;
use crate::run::config::error::ConfigError;
use crate::run::hint::say;
use crate::run::serve::ServeError;
use crate::run::wiring::WiringError;
use crate::run::wiring::store::OpenError;
use crate::store::error::StoreError;
use std::process::ExitCode;

/// The result of a command.
pub type Result<T> = std::result::Result<T, Ending>;

/// Why a command did not succeed.
#[derive(Debug)]
pub struct Ending {
    code: u8,
    text: String,
}

impl Ending {
    /// It failed (exit code 1).
    pub fn failed(text: impl std::fmt::Display) -> Self {
        Self { code: 1, text: text.to_string() }
    }

    /// It failed (exit code 1), and the reason has already been printed.
    pub fn already_said() -> Self {
        Self { code: 1, text: String::new() }
    }

    /// Wrong usage or configuration (exit code 2).
    pub fn misused(text: impl std::fmt::Display) -> Self {
        Self { code: 2, text: text.to_string() }
    }

    /// The goal was not reached in time (exit code 3); changes already made stay.
    pub fn timed_out(text: impl std::fmt::Display) -> Self {
        Self { code: 3, text: text.to_string() }
    }

    /// Whether the operator has to fix the arguments or the configuration.
    pub fn is_misuse(&self) -> bool {
        self.code == 2
    }

    /// The sentence.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Prints the sentence on standard error and returns the exit code.
    pub fn say(self) -> ExitCode {
        if !self.text.is_empty() {
            say!("postern: {}", self.text);
        }
        ExitCode::from(self.code)
    }
}

impl From<ConfigError> for Ending {
    fn from(error: ConfigError) -> Self {
        Self::misused(error)
    }
}

impl From<OpenError> for Ending {
    fn from(error: OpenError) -> Self {
        if error.is_misuse() { Self::misused(error) } else { Self::failed(error) }
    }
}

impl From<WiringError> for Ending {
    fn from(error: WiringError) -> Self {
        Self::misused(error)
    }
}

impl From<StoreError> for Ending {
    fn from(error: StoreError) -> Self {
        Self::failed(error)
    }
}

impl From<SwitchError> for Ending {
    fn from(error: SwitchError) -> Self {
        match error {
            SwitchError::Store(error) => Self::failed(error),
            SwitchError::MessageTooLong(_) | SwitchError::MessageNotPlain(_) | SwitchError::UntilPast => {
                Self::misused(error)
            }
        }
    }
}

impl From<ServeError> for Ending {
    fn from(error: ServeError) -> Self {
        match error {
            ServeError::Open(error) => error.into(),
            ServeError::Config(error) => error.into(),
            other => Self::failed(other),
        }
    }
}

impl From<std::io::Error> for Ending {
    fn from(error: std::io::Error) -> Self {
        // A reader that closes the pipe early (`| head`) is not worth an error message.
        let is_enough = error.kind() == std::io::ErrorKind::BrokenPipe;
        let text = if is_enough { String::new() } else { format!("the result cannot be written: {error}") };
        Self { code: 1, text }
    }
}
