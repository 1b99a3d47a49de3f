//! The parts of a key and their two spellings: complete for the application, masked for all other
//! readers.

use crate::domain::mail::Intent;

/// The parts of a key, borrowed from its address.
///
/// Slugs, paths, tokens and numbers are kept as text; a project number may exceed any integer type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyParts<'a> {
    /// Reply to a notification.
    Reply(ReplyKey<'a>),
    /// A reply key, then `-unsubscribe` or the older `+unsubscribe`.
    Unsubscribe {
        /// The key of the notification.
        reply: ReplyKey<'a>,
        /// `-`, or the older `+`.
        sign: char,
    },
    /// Open an issue.
    CreateIssue {
        /// The project of the new issue.
        project: Project<'a>,
        /// The author's secret.
        token: &'a str,
    },
    /// Comment on an issue.
    Comment {
        /// The project's path with `-` for `/`.
        slug: &'a str,
        /// The project's number.
        project_id: &'a str,
        /// The author's secret.
        token: &'a str,
        /// The issue's number in its project.
        iid: &'a str,
    },
    /// Open a merge request.
    CreateMergeRequest {
        /// The target project.
        project: Project<'a>,
        /// The author's secret.
        token: &'a str,
    },
    /// Mail to a project's Service Desk.
    ServiceDesk(Project<'a>),
    /// Mail to a Service Desk by the suffix that its project chose; only at the Service Desk
    /// address.
    ServiceDeskSuffix {
        /// The project's path with `-` for `/`.
        slug: &'a str,
        /// Lower-case letters, digits and `_`.
        suffix: &'a str,
    },
}

/// A project, in the current or the older notation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Project<'a> {
    /// `slug-20`.
    Numbered {
        /// The project's path with `-` for `/`.
        slug: &'a str,
        /// The project's number.
        id: &'a str,
    },
    /// `group/project`.
    Path(&'a str),
}

/// The secret that identifies one sent notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplyKey<'a> {
    /// 32 lower-case hexadecimal digits.
    Random(&'a str),
    /// `partition-secret` or `partition-secret-namespace`, all in base 36.
    Partitioned {
        /// 1 to 4 characters.
        partition: &'a str,
        /// 25 characters.
        secret: &'a str,
        /// 1 to 13 characters.
        namespace: Option<&'a str>,
    },
}

impl ReplyKey<'_> {
    /// The key as it appears in an address.
    #[must_use]
    pub fn to_key(&self) -> String {
        match self {
            Self::Random(digits) => (*digits).to_owned(),
            Self::Partitioned { partition, secret, namespace: None } => format!("{partition}-{secret}"),
            Self::Partitioned { partition, secret, namespace: Some(namespace) } => {
                format!("{partition}-{secret}-{namespace}")
            }
        }
    }

    /// Its first 4 characters, then `…`.
    #[must_use]
    pub fn mask(&self) -> String {
        self.to_key().chars().take(4).chain(['…']).collect()
    }
}

impl KeyParts<'_> {
    /// The intent of an address with this key.
    #[must_use]
    pub fn intent(&self) -> Intent {
        match self {
            Self::Reply(_) => Intent::Reply,
            Self::Unsubscribe { .. } => Intent::Unsubscribe,
            Self::CreateIssue { .. } => Intent::CreateIssue,
            Self::Comment { .. } => Intent::Comment,
            Self::CreateMergeRequest { .. } => Intent::CreateMergeRequest,
            Self::ServiceDesk(_) | Self::ServiceDeskSuffix { .. } => Intent::ServiceDesk,
        }
    }

    /// The key as it appears in an address.
    #[must_use]
    pub fn to_key(&self) -> String {
        self.spell(|reply| reply.to_key(), str::to_owned)
    }

    /// The key with its secret replaced by `…`: the token, or all but 4 characters of a reply key.
    #[must_use]
    pub fn mask(&self) -> String {
        let masked = self.spell(|reply| reply.mask(), |_| "…".to_owned());
        match self {
            Self::ServiceDesk(Project::Path(_)) | Self::ServiceDeskSuffix { .. } => hide_what_looks_secret(&masked),
            _ => masked,
        }
    }

    fn spell(&self, reply_key: fn(&ReplyKey<'_>) -> String, secret: fn(&str) -> String) -> String {
        match self {
            Self::Reply(reply) => reply_key(reply),
            Self::Unsubscribe { reply, sign } => format!("{}{sign}unsubscribe", reply_key(reply)),
            Self::CreateIssue { project: Project::Numbered { slug, id }, token } => {
                format!("{slug}-{id}-{}-issue", secret(token))
            }
            Self::CreateIssue { project: Project::Path(path), token } => format!("{path}+{}", secret(token)),
            Self::Comment { slug, project_id, token, iid } => {
                format!("{slug}-{project_id}-{}-issue-{iid}", secret(token))
            }
            Self::CreateMergeRequest { project: Project::Numbered { slug, id }, token } => {
                format!("{slug}-{id}-{}-merge-request", secret(token))
            }
            Self::CreateMergeRequest { project: Project::Path(path), token } => {
                format!("{path}+merge-request+{}", secret(token))
            }
            Self::ServiceDesk(Project::Numbered { slug, id }) => format!("{slug}-{id}-issue-"),
            Self::ServiceDesk(Project::Path(path)) => (*path).to_owned(),
            Self::ServiceDeskSuffix { slug, suffix } => format!("{slug}-{suffix}"),
        }
    }
}

/// Masks a suspected secret in a Service Desk key. A mistyped key can match one of the two loose
/// Service Desk forms; its secret, 25 characters or more, shows as a piece longer than any name.
fn hide_what_looks_secret(key: &str) -> String {
    let hide = |piece: &str| if piece.len() < 25 { piece.to_owned() } else { "…".to_owned() };
    let step = |step: &str| step.split('-').map(hide).collect::<Vec<_>>().join("-");
    key.split('/').map(step).collect::<Vec<_>>().join("/")
}
