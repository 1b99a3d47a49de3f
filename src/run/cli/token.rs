//! `postern token`: manages access tokens for applications.

use super::args;
use super::console::Console;
use super::ending::{Ending, Result};
use super::present::{Style, rows};
use crate::domain::id::TokenId;
use crate::domain::secret;
use crate::run::hint::say;
use crate::shown;
use crate::store::access::Token;
use serde_json::json;
use std::io::{Write, stdout};

pub async fn run(console: &Console, command: args::Token) -> Result<()> {
    match command {
        args::Token::Create { name, scope } => {
            let name = secret::read_label(&name).map_err(Ending::misused)?;
            let now = console.clock.now();
            let minted = secret::mint().map_err(Ending::failed)?;
            let token = Token { id: TokenId::mint(now), name: name.clone(), scope, created_at: now, revoked_at: None };
            if !console.store.create_token(token, secret::hash(&minted)).await? {
                return Err(Ending::failed(format!(
                    "there is a token called {name}: revoke it first, or choose another name"
                )));
            }
            if console.store.mode().await.is_ok_and(|mode| mode.state == crate::domain::mode::State::On) {
                say!("Maintenance mode is on; the console may make tokens all the same.");
            }
            say!("The token {name} may do: {scope}. It is shown only now:");
            if let Err(error) = writeln!(stdout(), "{minted}") {
                return Err(unseen(console, name, &error).await?);
            }
        }
        args::Token::List { output } => {
            let tokens = console.store.list_tokens().await?;
            let shown = tokens.into_iter().map(|token| json!(shown::Token::from(token)));
            let nothing = "There is no token: `postern token create NAME --scope SCOPE` makes one.";
            rows(shown::Token::TABLE, shown, nothing, Style::choose(output.format), &mut stdout())?;
        }
        args::Token::Revoke { name } => {
            if !console.store.revoke_token(name.clone(), console.clock.now()).await? {
                return Err(Ending::failed(format!(
                    "there is no unrevoked token called {name}: see `postern token list`"
                )));
            }
            say!("The token {name} opens nothing any more.");
        }
    }
    console.close().await;
    Ok(())
}

/// Revokes a token that could not be printed: it would be useless, and its name would be taken.
async fn unseen(console: &Console, name: String, error: &std::io::Error) -> Result<Ending> {
    let sentence = format!("the token {name} could not be written to standard output ({error}), so it was revoked");
    console.store.revoke_token(name, console.clock.now()).await?;
    console.close().await;
    Ok(Ending::failed(format!("{sentence}: mend that, and create it again")))
}
