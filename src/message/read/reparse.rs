//! For tests: a mail written by Postern, as an independent parser sees it.

use mail_parser::{Address, Message, MessageParser, MimeHeaders};

/// The result of the parse.
#[derive(Debug)]
pub struct Seen {
    /// The header names of the whole mail, in lower case, in order.
    pub names: Vec<String>,
    /// From, To, Cc and Reply-To: display name (empty when there is none) and address.
    pub people: Vec<(String, String)>,
    pub subject: String,
    pub text: Option<String>,
    pub html: Option<String>,
    /// Number of MIME parts, including the outer one.
    pub parts: usize,
    pub content_type: String,
    pub message_id: Option<String>,
    pub references: usize,
}

/// Parses the whole of `raw`, which must be a mail.
pub fn see(raw: &[u8]) -> Seen {
    let message = MessageParser::new().parse(raw).unwrap();
    let content_type = message.content_type().unwrap();
    Seen {
        names: header_names(raw),
        people: [message.from(), message.to(), message.cc(), message.reply_to()]
            .into_iter()
            .flatten()
            .flat_map(people)
            .collect(),
        subject: message.subject().unwrap_or_default().to_owned(),
        text: body(&message, "plain"),
        html: body(&message, "html"),
        parts: message.parts.len(),
        content_type: format!("{}/{}", content_type.ctype(), content_type.subtype().unwrap()),
        message_id: message.message_id().map(str::to_owned),
        references: message.references().as_text_list().map_or(0, <[_]>::len),
    }
}

/// The header names, in lower case, in order.
pub fn header_names(raw: &[u8]) -> Vec<String> {
    let message = MessageParser::new().parse_headers(raw).unwrap();
    message.headers().iter().map(|header| header.name().to_ascii_lowercase()).collect()
}

/// The values of every header called `name`, decoded if textual.
pub fn values(raw: &[u8], name: &str) -> Vec<String> {
    let message = MessageParser::new().header_text(name.to_owned()).parse_headers(raw).unwrap().into_owned();
    let value = |header: &mail_parser::Header<'_>| header.value().as_text().unwrap_or("").to_owned();
    message.headers().iter().filter(|header| header.name().eq_ignore_ascii_case(name)).map(value).collect()
}

fn people(address: &Address<'_>) -> Vec<(String, String)> {
    let text = |text: Option<&str>| text.unwrap_or("").to_owned();
    address.iter().map(|person| (text(person.name()), text(person.address()))).collect()
}

fn body(message: &Message<'_>, subtype: &str) -> Option<String> {
    let is_it = |part: &&mail_parser::MessagePart<'_>| {
        part.content_type().is_some_and(|kind| kind.ctype() == "text" && kind.subtype() == Some(subtype))
    };
    message.parts.iter().find(is_it).and_then(|part| part.text_contents()).map(str::to_owned)
}
