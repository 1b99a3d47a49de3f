//! Notifications: what an application sends.
//!
//! [`crate::outbound::request::EnqueueRequest`] reads both kinds of request with one struct; readers outside are told which members go
//! together. A test compares the two.

use jiff::Timestamp;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A request, with the members that every one may have before its own.
macro_rules! request {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$field_meta:meta])* pub $field:ident: $type:ty,)+ }) => {
        $(#[$meta])*
        #[derive(ToSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// What it is: a name or alias from `kinds.toml` (`postern kinds list`). Its class decides what the mode means for it.
            #[schema(pattern = "^[A-Za-z0-9_.:#/-]{1,100}$", examples("new_note"))]
            pub kind: String,
            /// To whom, shown.
            #[schema(required = false)]
            pub to: Vec<Mailbox>,
            /// More recipients, shown.
            #[schema(required = false)]
            pub cc: Vec<Mailbox>,
            /// More recipients, not shown to anybody.
            #[schema(required = false)]
            pub bcc: Vec<Mailbox>,
            $($(#[$field_meta])* pub $field: $type,)+
            /// After this it is of no use any more, and is not sent.
            #[schema(examples("2099-12-01T04:00:00Z"))]
            pub not_after: Option<Timestamp>,
            /// Anything of the application's own; it comes back in answers and stands in reports.
            #[schema(max_length = 1000, examples("note-42"))]
            pub reference: Option<String>,
            /// A key against doing it twice, the same as the header `Idempotency-Key`.
            #[schema(min_length = 1, max_length = 255)]
            pub idempotency_key: Option<String>,
        }
    };
}

/// One notification to be delivered, composed here or ready.
///
/// At least one recipient is needed, at most 100 in all; for a kind of class `paging` that names nobody, `[paging] recipients` are
/// taken. Members that are not known are refused.
#[derive(ToSchema)]
#[serde(untagged)]
pub enum EnqueueRequest {
    /// To be composed here.
    Composed(ComposedRequest),
    /// A ready message.
    Raw(RawRequest),
}

request! {
    /// A message to be composed here. It needs `text` or `html`, or both.
    pub struct ComposedRequest {
        /// The subject.
        #[schema(max_length = 2000, examples("Re: Printer on fire (#7)"))]
        pub subject: String,
        /// The plain text.
        #[schema(examples("Bob commented: have you tried water?"))]
        pub text: Option<String>,
        /// The HTML.
        #[schema(examples("<p>Bob commented: have you tried water?</p>"))]
        pub html: Option<String>,
        /// The author shown; `[relay] from` unless given. The envelope's sender is always the latter.
        pub from: Option<Mailbox>,
        /// Where answers go.
        pub reply_to: Option<Mailbox>,
        /// More headers. Those that other members stand for are refused.
        #[schema(required = false)]
        pub headers: BTreeMap<HeaderName, HeaderText>,
        /// The message's own id; one is made when it is not given.
        pub message_id: Option<OwnMessageId>,
        /// The message that this one answers.
        pub in_reply_to: Option<MessageId>,
        /// The thread.
        #[schema(required = false)]
        pub references: Vec<MessageId>,
    }
}

request! {
    /// A ready message, with whatever is attached to it. Who gets it is said by `to`, `cc` and `bcc` alone.
    pub struct RawRequest {
        /// The message (RFC 5322), in Base64 (RFC 4648 §4).
        #[schema(content_encoding = "base64", content_media_type = "message/rfc822")]
        pub raw: String,
    }
}

/// A person: `Ann <ann@example.com>` or the bare address (one mailbox, RFC 5322 §3.4).
#[derive(ToSchema)]
#[schema(value_type = String, format = "mailbox", examples("Ann <ann@example.com>"))]
pub struct Mailbox(pub String);

/// The message's own Message-ID (RFC 5322 §3.6.4), with its brackets or without.
#[derive(ToSchema)]
#[schema(
    value_type = String, max_length = 248, examples("<note_42@forge.example.com>"),
    pattern = "^(<[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*>|[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*)$"
)]
pub struct OwnMessageId(pub String);

/// Another message's Message-ID as it was written, with its brackets or without: something on both sides of an `@`.
#[derive(ToSchema)]
#[schema(
    value_type = String, max_length = 248, examples("<note_42@forge.example.com>"),
    pattern = "^(<[!-;=?-~]+@[!-;=?-~]+>|[!-;=?-~]+@[!-;=?-~]+)$"
)]
pub struct MessageId(pub String);

/// The name of a header.
#[derive(ToSchema)]
#[schema(value_type = String, pattern = "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,76}$", examples("X-GitLab-Project"))]
pub struct HeaderName(pub String);

/// The value of a header, on one line.
#[derive(ToSchema)]
#[schema(value_type = String, max_length = 2000, examples("group/project"))]
pub struct HeaderText(pub String);
