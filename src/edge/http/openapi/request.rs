//! Requests of an application about notifications.
//!
//! [`crate::outbound::request::EnqueueRequest`] reads both kinds of request with one struct; this
//! description shows which members belong together. A test compares the two.

use jiff::Timestamp;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A request: the members that every request may have, before its own.
macro_rules! request {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$field_meta:meta])* pub $field:ident: $type:ty,)+ }) => {
        $(#[$meta])*
        #[derive(ToSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// The kind: a name or alias from `kinds.toml` (`postern kinds list`). Its class
            /// decides what the mode means for it.
            #[schema(pattern = "^[A-Za-z0-9_.:#/-]{1,100}$", examples("new_note"))]
            pub kind: String,
            /// The recipients, shown in the message.
            #[schema(required = false)]
            pub to: Vec<Mailbox>,
            /// More recipients, shown in the message.
            #[schema(required = false)]
            pub cc: Vec<Mailbox>,
            /// More recipients, not shown in the message.
            #[schema(required = false)]
            pub bcc: Vec<Mailbox>,
            $($(#[$field_meta])* pub $field: $type,)+
            /// After this time the notification is useless and is not sent.
            #[schema(examples("2099-12-01T04:00:00Z"))]
            pub not_after: Option<Timestamp>,
            /// Any text of the application's own; responses and reports show it.
            #[schema(max_length = 1000, examples("note-42"))]
            pub reference: Option<String>,
            /// A key that makes a repeated request safe, the same as the header `Idempotency-Key`.
            #[schema(min_length = 1, max_length = 255)]
            pub idempotency_key: Option<String>,
        }
    };
}

/// One notification to be delivered, composed by Postern or ready-made.
///
/// It needs at least one recipient and takes at most 100 in all. A kind of class `paging` without
/// recipients goes to `[paging] recipients`. Unknown members are refused.
#[derive(ToSchema)]
#[serde(untagged)]
pub enum EnqueueRequest {
    /// A message that Postern composes.
    Composed(ComposedRequest),
    /// A ready-made message.
    Raw(RawRequest),
}

request! {
    /// A message that Postern composes. It needs `text` or `html`, or both.
    pub struct ComposedRequest {
        /// The subject.
        #[schema(max_length = 2000, examples("Re: Printer on fire (#7)"))]
        pub subject: String,
        /// The plain text body.
        #[schema(examples("Bob commented: have you tried water?"))]
        pub text: Option<String>,
        /// The HTML body.
        #[schema(examples("<p>Bob commented: have you tried water?</p>"))]
        pub html: Option<String>,
        /// The author shown; by default `[relay] from`. The envelope sender is always
        /// `[relay] from`.
        pub from: Option<Mailbox>,
        /// The address for replies.
        pub reply_to: Option<Mailbox>,
        /// More headers. Those that have a member of their own are refused.
        #[schema(required = false)]
        pub headers: BTreeMap<HeaderName, HeaderText>,
        /// The message's own id; generated if absent.
        pub message_id: Option<OwnMessageId>,
        /// The message that this one answers.
        pub in_reply_to: Option<MessageId>,
        /// The earlier messages of the thread.
        #[schema(required = false)]
        pub references: Vec<MessageId>,
    }
}

request! {
    /// A ready-made message, including its attachments. Only `to`, `cc` and `bcc` decide who
    /// receives it.
    pub struct RawRequest {
        /// The message (RFC 5322), in Base64 (RFC 4648 §4).
        #[schema(content_encoding = "base64", content_media_type = "message/rfc822")]
        pub raw: String,
    }
}

/// A mailbox: `Ann <ann@example.com>` or the bare address (exactly one, RFC 5322 §3.4).
#[derive(ToSchema)]
#[schema(value_type = String, format = "mailbox", examples("Ann <ann@example.com>"))]
pub struct Mailbox(pub String);

/// The message's own Message-ID (RFC 5322 §3.6.4), with or without its brackets.
#[derive(ToSchema)]
#[schema(
    value_type = String, max_length = 248, examples("<note_42@forge.example.com>"),
    pattern = "^(<[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*>|[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*)$"
)]
pub struct OwnMessageId(pub String);

/// Another message's Message-ID as it was written, with or without its brackets: some text on both
/// sides of an `@`.
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
