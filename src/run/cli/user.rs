//! `postern user`: manages the people who may sign in to the pages.
//!
//! A password is never an argument on the command line, where every process of the machine could
//! read it.

use super::args;
use super::console::Console;
use super::ending::{Ending, Result};
use super::present::{Style, rows};
use crate::domain::id::Id;
use crate::domain::password;
use crate::domain::person::read_name;
use crate::run::config::secret::{read_secret, read_secret_from};
use crate::run::hint::say;
use crate::shown;
use crate::store::person::{Account, Last, NewPassword, Removal};
use console::Term;
use secrecy::ExposeSecret;
use serde_json::json;
use std::io::{IsTerminal, Write, stdin, stdout};
use std::path::Path;

pub async fn run(console: &Console, command: args::User) -> Result<()> {
    match command {
        args::User::Add { name, role, source } => {
            let name = read_name(&name).map_err(Ending::misused)?;
            let chosen = choose(&name, &source)?;
            let now = console.clock.now();
            let must_change = chosen.is_made;
            let id = Id::mint(now);
            let account = Account { id, name: name.clone(), role, must_change, created_at: now, signed_in_at: None };
            if !console.store.create_account(account, chosen.hash()?).await? {
                return Err(Ending::failed(format!("there is a user called {name}: see `postern user list`")));
            }
            say_mode(console).await?;
            say!("{name} may sign in now, as {role}.");
            chosen.show(&name)?;
        }
        args::User::List { output } => {
            let accounts = console.store.list_accounts().await?;
            let style = Style::choose(output.format);
            let nothing = "Nobody may sign in: `postern user add NAME` adds somebody.";
            let accounts = accounts.into_iter().map(|account| json!(shown::Account::from(account)));
            rows(shown::Account::TABLE, accounts, nothing, style, &mut stdout())?;
        }
        args::User::Password { name, source } => {
            let name = read_name(&name).map_err(Ending::misused)?;
            // Checked before the user types a password in vain.
            console.store.find_account(name.clone()).await?.ok_or_else(|| nobody(&name))?;
            let chosen = choose(&name, &source)?;
            let password = NewPassword { hash: chosen.hash()?, must_change: chosen.is_made };
            console.store.set_password(name.clone(), password).await?.ok_or_else(|| nobody(&name))?;
            say_mode(console).await?;
            say!("{name} has another password, and is signed out everywhere.");
            chosen.show(&name)?;
        }
        args::User::Remove { name, last_administrator } => remove(console, &name, last_administrator).await?,
    }
    console.close().await;
    Ok(())
}

async fn remove(console: &Console, name: &str, says_last: bool) -> Result<()> {
    let name = read_name(name).map_err(Ending::misused)?;
    let last = if says_last { Last::Remove } else { Last::Keep };
    match console.store.remove_account(name.clone(), last).await? {
        Removal::Done => {
            say_mode(console).await?;
            say!("{name} is removed, and signed out everywhere.");
            Ok(())
        }
        Removal::Missing => Err(nobody(&name)),
        Removal::LastAdministrator => Err(Ending::failed(format!(
            "{name} is the last administrator: make another one first, or say --last-administrator"
        ))),
    }
}

fn nobody(name: &str) -> Ending {
    Ending::failed(format!("there is no user called {name}: see `postern user list`"))
}

/// Over HTTP this change is refused while the mode is on.
async fn say_mode(console: &Console) -> Result<()> {
    if console.store.mode().await?.state == crate::domain::mode::State::On {
        say!("Maintenance mode is on; the console may change users all the same.");
    }
    Ok(())
}

/// A password, and whether Postern generated it.
struct Chosen {
    password: String,
    is_made: bool,
}

impl Chosen {
    fn hash(&self) -> Result<String> {
        password::hash(&self.password).map_err(Ending::failed)
    }

    /// Prints a generated password alone on one line, once.
    fn show(&self, name: &str) -> Result<()> {
        if !self.is_made {
            return Ok(());
        }
        say!("The password is shown only now; at the first sign-in it must be changed:");
        writeln!(stdout(), "{}", self.password).map_err(|error| {
            Ending::failed(format!(
                "the password could not be written to standard output ({error}): \
                 give {name} another with `postern user password {name}`"
            ))
        })
    }
}

/// From the file, from standard input, from the terminal, or generated.
fn choose(name: &str, source: &args::PasswordSource) -> Result<Chosen> {
    let made = || Ok(Chosen { password: password::mint().map_err(Ending::failed)?, is_made: true });
    let password = match &source.password_file {
        Some(file) => read_secret(file)?.expose_secret().to_owned(),
        None if source.password_stdin && stdin().is_terminal() => {
            return Err(Ending::misused("standard input is a terminal: leave --password-stdin out, and you are asked"));
        }
        None if source.password_stdin => {
            read_secret_from(stdin(), Path::new("standard input"))?.expose_secret().to_owned()
        }
        None if !stdin().is_terminal() || !Term::stderr().is_term() => return made(),
        None => match ask(name)? {
            Some(typed) => typed,
            None => return made(),
        },
    };
    password::judge(&password, name).map_err(Ending::misused)?;
    Ok(Chosen { password, is_made: false })
}

/// Asks twice, without echoing the input; `None` when the input is empty.
fn ask(name: &str) -> Result<Option<String>> {
    let terminal = Term::stderr();
    let read = |prompt: &str| -> Result<String> {
        terminal.write_str(prompt)?;
        Ok(terminal.read_secure_line()?)
    };
    let typed = read(&format!("Password for {name} (nothing: one is made): "))?;
    if typed.is_empty() {
        return Ok(None);
    }
    password::judge(&typed, name).map_err(Ending::misused)?;
    if read("The same again: ")? == typed {
        Ok(Some(typed))
    } else {
        Err(Ending::misused("the two are not the same: nothing was changed"))
    }
}
