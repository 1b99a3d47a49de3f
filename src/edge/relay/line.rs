//! One persistent connection to the relay. It runs one SMTP transaction per delivery, one after
//! another.
//!
//! A transaction is MAIL, RCPT, DATA, a check of the dot gate, then the message and its dot; each
//! step has its own timeout. The connection is taken out of the line while a transaction runs and
//! put back only when both sides agree on the state of the dialogue. So a timeout, an error or a
//! cancelled caller drops it, and no later delivery can read a reply meant for an earlier one.
//! lettre's own pool does not guarantee this.

use super::body::Body;
use super::timeouts::{Timeouts, within};
use super::trouble::{After, Step, Trouble, judge, masked};
use crate::domain::address::Address;
use crate::domain::failure::{Failure, one_line};
use crate::outbound::port::{DotGate, Line, SendAnswer};
use crate::store::claim::Claim;
use crate::store::notification::Sending;
use async_trait::async_trait;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{Extension, MailBodyParameter, MailParameter, ServerInfo};
use lettre::transport::smtp::response::{Response, Severity};
use std::fmt::Display;
use std::time::Duration;

/// A line to the relay over SMTP.
pub(super) struct SmtpLine {
    /// `None` during a delivery and after any failure.
    connection: Option<AsyncSmtpConnection>,
    timeouts: Timeouts,
}

impl SmtpLine {
    /// A line over an authenticated connection.
    pub(super) fn new(connection: AsyncSmtpConnection, timeouts: Timeouts) -> Self {
        Self { connection: Some(connection), timeouts }
    }
}

#[async_trait]
impl Line for SmtpLine {
    async fn send(&mut self, claim: &Claim<Sending>, gate: &dyn DotGate) -> SendAnswer {
        let Some(mut connection) = self.connection.take() else {
            return SendAnswer::Unreachable(Failure::temporary("the connection to the relay was lost before"));
        };
        let (answer, after) = transact(&mut connection, &claim.item, gate, &self.timeouts).await;
        let is_ready = match after {
            After::Next => true,
            After::Reset => within(self.timeouts.command, connection.command(Rset)).await.is_ok_and(|r| is_done(&r)),
            After::Broken => false,
        };
        if is_ready {
            self.connection = Some(connection);
        }
        answer
    }

    fn is_usable(&self) -> bool {
        self.connection.is_some()
    }

    async fn close(self: Box<Self>) {
        if let Some(mut connection) = self.connection {
            // The connection is closed whatever the relay answers to QUIT.
            let _ = within(self.timeouts.quit, connection.quit()).await;
        }
    }
}

/// Runs one delivery, from MAIL to the reply after the dot.
async fn transact(
    connection: &mut AsyncSmtpConnection,
    item: &Sending,
    gate: &dyn DotGate,
    timeouts: &Timeouts,
) -> (SendAnswer, After) {
    let (body, parameters) = match prepare(item, connection.server_info()) {
        Ok(prepared) => prepared,
        Err(failure) => return (SendAnswer::Refused(failure), After::Next),
    };
    let mail = Mail::new(Some(spelled(&item.sender)), parameters);
    if let Err(trouble) = say(connection, mail, is_done, timeouts.command).await {
        return judge(Step::Mail, &trouble);
    }
    let rcpt = Rcpt::new(spelled(&item.recipient), Vec::new());
    if let Err(trouble) = say(connection, rcpt, is_done, timeouts.command).await {
        return judge(Step::Rcpt, &trouble);
    }
    if let Err(trouble) = say(connection, Data, |reply| reply.has_code(354), timeouts.data).await {
        return judge(Step::Data, &trouble);
    }
    if !gate.may_write().await {
        // A message without its dot is not delivered, and closing is the only way out of DATA (RFC
        // 5321 §4.1.1.4).
        return (SendAnswer::Revoked, After::Broken);
    }
    match within(timeouts.message, connection.message(body.bytes)).await.and_then(|reply| expected(reply, is_done)) {
        Ok(reply) => (SendAnswer::Done(words(&reply)), After::Next),
        Err(trouble) => judge(Step::Message, &trouble),
    }
}

/// The message and its MAIL FROM parameters, or why this relay can never take it.
fn prepare<'a>(item: &'a Sending, server: &ServerInfo) -> Result<(Body<'a>, Vec<MailParameter>), Failure> {
    let body = Body::of(&item.raw)?;
    let mut parameters = Vec::new();
    if body.has_8bit {
        if !server.supports_feature(Extension::EightBitMime) {
            return Err(Failure::permanent(
                "the message holds 8-bit text and the relay does not offer 8BITMIME; enqueue it as quoted-printable or base64",
            ));
        }
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    if !item.sender.as_str().is_ascii() || !item.recipient.as_str().is_ascii() {
        if !server.supports_feature(Extension::SmtpUtfEight) {
            return Err(Failure::permanent(
                "an address has letters outside ASCII and the relay does not offer SMTPUTF8; use an ASCII address or a relay that does",
            ));
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    Ok((body, parameters))
}

/// Sends one command and waits for the `wanted` reply.
async fn say<C: Display>(
    connection: &mut AsyncSmtpConnection,
    command: C,
    wanted: fn(&Response) -> bool,
    limit: Duration,
) -> Result<Response, Trouble> {
    within(limit, connection.command(command)).await.and_then(|reply| expected(reply, wanted))
}

/// Accepts only the `wanted` reply: lettre accepts every 2xx and 3xx for every command.
fn expected(reply: Response, wanted: fn(&Response) -> bool) -> Result<Response, Trouble> {
    if wanted(&reply) {
        Ok(reply)
    } else {
        Err(Trouble::Broke(format!("the relay's answer makes no sense here: {}", words(&reply))))
    }
}

/// Whether the reply is 2xx.
pub(super) fn is_done(reply: &Response) -> bool {
    reply.code().severity == Severity::PositiveCompletion
}

fn words(reply: &Response) -> String {
    let text = reply.message().collect::<Vec<_>>().join(" ");
    one_line(&format!("{} {}", reply.code(), masked(&text)))
}

/// The address in lettre's type. Postern's addresses contain nothing that could change a command,
/// but lettre's own check refuses some valid ones.
fn spelled(address: &Address) -> lettre::Address {
    lettre::Address::new_dangerous(address.local(), address.domain())
}
