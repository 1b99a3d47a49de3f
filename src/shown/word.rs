//! API schemas for ids, and for every enumeration with the meaning of its words.

use crate::concern::Severity;
use crate::domain::id::{Id, Kind};
use crate::domain::job::Job;
use crate::domain::mail::{Intent, MailState, Verdict};
use crate::domain::mode::{How, SeenMode, State as ModeState, Version};
use crate::domain::notification::{AttemptOutcome, Class, DeliveryState};
use crate::domain::window::WindowState;
use crate::store::desk::{Cause, Flow, QueueKind, Resend};
use crate::store::job::{JobResult, JobState};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

impl<K: Kind> PartialSchema for Id<K> {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::Custom("uuid".into())))
            .description(Some("A UUID of version 7 (RFC 9562)."))
            .examples(["019ad6c5-4e00-7b5a-9d3e-6f1c2a8b4d70"])
            .into()
    }
}

impl<K: Kind> ToSchema for Id<K> {}

impl PartialSchema for Version {
    fn schema() -> RefOr<Schema> {
        i64::schema()
    }
}

impl ToSchema for Version {}

/// Describes enumerations. The words come from the enumeration itself.
macro_rules! words {
    ($($type:ident as $name:literal: $text:literal),+ $(,)?) => {$(
        impl utoipa::PartialSchema for $type {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::Type::String)
                    .enum_values(Some($type::ALL.iter().map(|word| word.as_str())))
                    .description(Some($text))
                    .into()
            }
        }

        impl utoipa::ToSchema for $type {
            fn name() -> std::borrow::Cow<'static, str> {
                std::borrow::Cow::Borrowed($name)
            }
        }
    )+};
}

pub(crate) use words;

words! {
    ModeState as "ModeState": "`off`: everything passes. `on`: what would write is refused or suppressed.",
    SeenMode as "SeenMode": "What a process makes of the mode. `unknown`: the store cannot say, or says less than the process has seen.",
    How as "How": "By which way the mode was changed: `ui` is a page, `schedule` a planned window.",
    Class as "Class": "What the mode means for a kind of notification. `ordinary` and `system` go out all the same; `write_dependent` (its \
        whole use is a link or code that writes) and `paging` (it wakes somebody up) are suppressed; `unclassified` (a kind \
        that is not declared) waits until the mode is off, unless the gateway is configured otherwise.",
    DeliveryState as "DeliveryState": "Where one delivery stands. `queued`: to be sent when due. `sending`: a worker is at it. `delivered`: the \
        relay has it. `suppressed`: the mode kept it back. `failed`: the relay refused it for good. `expired`: its time ran out. \
        `cancelled`: an operator took it out.",
    AttemptOutcome as "AttemptOutcome": "What an attempt came to. `temporary` is tried again, `permanent` is not; `unknown`: the connection was lost \
        after the message and before the answer, so the other side may have it.",
    Intent as "Intent": "What an address asks the application to do. `unknown` is nobody we know, `automatic` was written by a machine.",
    Verdict as "Verdict": "What was decided at the mail door. `hold` is taken and kept until the mode is off, `discard` is taken, recorded \
        and not handed over.",
    MailState as "MailState": "Where one recipient's mail stands. `waiting`: to be handed over. `held`: kept until the mode is off. `failed`: the \
        application cannot take it. `refused` and `deferred` were never taken.",
    Resend as "Resend": "What can be done about a suppressed delivery. `possible`: its message is kept. `must_be_requested_anew`: it held a \
        token and is gone, so the person asks again. `resent`: it was sent again.",
    QueueKind as "QueueKind": "`delivery`: of a notification. `recipient`: of an incoming mail.",
    Severity as "Severity": "`error`: act now. `warning`: everything still works, or goes on by itself.",
    Flow as "Flow": "`hand_over`: mail to the application. `relay`: notifications to the relay.",
    Cause as "Cause": "Why a flow stands still. `trouble`: the other side cannot be reached or says no. `read_only`: it says that it takes no writes.",
    WindowState as "WindowState": "Where a window stands. `scheduled`: its start is to come. `open`: the mode is on. `ended`: it is over. `cancelled`: \
        somebody took it back. `missed`: no process ran from its start to its end.",
    Job as "Job": "`retention` wipes and deletes what was kept long enough, `dedup_expiry` forgets what duplicates are recognised by, \
        `window_keeper` opens and ends windows, `summary_upkeep` keeps the counts behind the reports.",
    JobState as "JobState": "Where a job stands. `waiting`: until its next turn. `running`: a turn is under way. `pausing`: paused, but a turn still is \
        under way. `paused`: no turn begins.",
    JobResult as "JobResult": "What came of a turn. `failed`: it is tried again, ever less often.",
}
