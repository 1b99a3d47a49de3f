//! What every store must do, written once: each sentence runs on each kind of store.
//!
//! A kind of store names itself to [`on_every_store`](crate::store::conformance::on_every_store)
//! with a function that opens an empty one.

#![expect(missing_docs, reason = "a sentence needs no other description")]

use super::Store;
use super::claim::{Claim, Settled, Settlement};
use super::mail::{AnswerFor, HandOver, Offer};
use super::mode::{Author, Changed, Node};
use super::notification::{Idempotency, NewNotification};
use crate::domain::address::Address;
use crate::domain::id::{Id, MailId, NodeId};
use crate::domain::mail::{DiscardReason, Envelope, Intent, Recipient};
use crate::domain::mode::{Change, How, SeenMode, State, Version};
use crate::domain::notification::Class;
use crate::domain::report::Report;
use crate::policy::rules::Rules;
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

pub mod access;
pub mod cost;
pub mod dedup;
pub mod desk;
pub mod drain;
pub mod drained;
pub mod job;
pub mod mail;
pub mod mode;
pub mod notification;
pub mod person;
pub mod race;
pub mod summary;
pub mod sweep;
pub mod telling;
pub mod turn;
pub mod unknown;
pub mod waiting;
pub mod window;

/// Stamps one test per sentence for a kind of store; `$open` gives `(impl Store, guard)`. Every
/// store has to do all of them.
macro_rules! on_every_store {
    ($open:path) => {
        $crate::store::conformance::stamp! { $open:
            mode::{
                a_new_store_is_off_at_version_one,
                a_change_is_seen_by_the_next_read_and_stands_in_the_history,
                a_change_on_another_version_is_not_made,
                a_message_ends_with_its_maintenance_and_one_set_while_off_is_for_the_next,
                of_many_changes_on_one_version_exactly_one_is_made,
                a_change_to_what_already_is_makes_no_version,
                changes_after_a_version_come_oldest_first_each_with_what_was_before,
                nodes_are_listed_while_they_are_heard_of,
                what_a_process_reports_of_itself_is_read_as_it_said_it_last,
            },
            mail::{
                an_accepted_mail_is_handed_over_byte_for_byte,
                an_empty_message_is_kept_alone_and_among_others,
                under_the_mode_writing_mail_is_turned_and_the_rest_is_kept,
                a_mail_of_mixed_verdicts_stores_nothing,
                a_mail_answered_for_each_recipient_keeps_what_is_taken_of_it,
                deferred_and_refused_recipients_are_mixed_too,
                what_is_held_is_released_when_the_mode_goes_off,
                the_same_content_is_taken_once_for_seven_days,
                another_spelling_of_the_same_addresses_is_the_same_mail,
                of_many_identical_mails_at_once_one_is_taken,
                an_old_mails_place_is_taken_by_one_of_many,
                a_nul_in_a_text_stops_no_mail,
                a_refused_mail_is_no_duplicate_of_its_retry,
                a_dead_workers_claim_comes_back_and_its_late_settlement_does_not_count,
                a_renewed_lease_lasts_longer,
                hand_overs_settled_together_each_end_by_their_own_and_a_lost_lease_holds_up_nobody,
                a_failed_hand_over_is_not_offered_again_and_a_released_one_is_not_counted,
                mail_accepted_before_waits_when_the_operator_says_so,
                mail_that_must_wait_is_not_offered_once_the_mode_is_on,
                what_comes_back_from_a_dead_worker_keeps_its_place,
            },
            notification::{
                an_enqueued_notification_is_sent_once_with_its_bytes,
                under_the_mode_each_class_goes_its_way,
                what_is_unclassified_waits_for_the_end_of_the_mode_and_says_so,
                an_unclassified_message_past_its_dot_is_under_way_and_one_that_waits_is_not,
                what_is_queued_and_blocked_is_suppressed_at_the_change,
                what_a_change_would_suppress_is_foretold,
                a_claim_not_past_its_dot_is_revoked_by_the_change,
                a_claim_past_its_dot_is_under_way_and_settles,
                a_blocked_delivery_refused_for_now_is_suppressed_before_its_next_try,
                an_unknown_outcome_is_neither_suppressed_nor_sent_in_the_mode,
                refusals_are_retried_when_due_and_failures_never,
                what_is_of_no_use_any_more_expires,
                a_dead_senders_delivery_comes_back_as_unknown,
                the_same_key_and_bytes_answer_the_first_result,
                what_may_have_been_sent_is_never_listed_as_suppressed,
                a_retry_does_not_prolong_what_is_still_queued,
                of_many_with_one_key_at_once_one_is_kept,
                many_workers_share_what_is_due_without_overlap,
                a_nul_in_a_text_stops_no_notification,
                an_empty_body_stops_no_notification,
                while_the_clock_is_in_doubt_nothing_expires_and_nothing_leaves_after_its_time,
            },
            turn::{
                after_a_long_mode_a_reset_does_not_queue_behind_what_piled_up,
                a_flood_of_pages_holds_up_no_other_class,
                within_a_turn_the_oldest_goes_first_whatever_its_class,
            },
            cost::{
                a_change_that_suppresses_many_secrets_takes_as_many_statements_as_for_one,
                what_expires_is_wiped_with_as_many_statements_for_many_as_for_one,
                taking_handing_over_and_settling_a_mail_takes_few_statements,
            },
            waiting::{
                time_spent_waiting_for_the_end_of_the_mode_counts_only_against_not_after,
                what_comes_back_while_the_mode_is_on_does_not_age_either,
            },
            access::{
                the_first_user_and_token_are_kept_together_or_not_at_all,
            },
            desk::{
                pages_show_every_row_once_newest_first,
                filters_are_exact_and_ranges_half_open,
                a_row_of_the_last_microsecond_is_in_its_range,
                one_recipients_rows_of_a_class_are_found_page_by_page_whatever_their_kinds,
                incoming_mail_is_found_by_its_full_address_and_shows_only_the_mask,
                a_mail_is_found_by_whatever_is_known_of_it,
                an_operator_retries_cancels_and_releases,
                a_standstill_is_why_things_wait,
                retention_never_touches_what_waits,
                depths_count_what_waits,
            },
            sweep::{
                a_sweep_does_one_thing_to_all_that_its_filter_finds_and_no_more,
                a_sweep_leaves_what_came_later_what_has_moved_on_and_what_is_above_its_limit,
                a_delivery_without_its_message_is_counted_apart_and_not_retried,
                cancelling_many_wipes_what_depends_on_writes,
                an_action_applies_in_its_own_states_and_in_no_other,
            },
            person::{
                a_person_is_found_by_name_and_no_two_have_the_same,
                a_session_lives_while_it_is_used_and_not_for_ever,
                a_session_ends_when_it_is_told_to_and_no_other_with_it,
                another_password_ends_the_sessions_under_the_old_one_and_those_just_beginning,
                who_is_removed_is_signed_out_and_the_last_administrator_stays,
                of_two_administrators_who_remove_each_other_one_stays,
                guesses_are_counted_before_they_are_looked_at_however_many_come_at_once,
                many_clients_hold_up_strangers_but_not_a_browser_that_is_known,
                whoever_knows_one_password_does_not_guess_others_for_free,
            },
            summary::{
                whatever_happens_the_counts_are_those_of_the_rows,
                folding_comes_to_an_end_and_changes_no_count,
                no_count_is_off_while_others_write_and_fold,
                what_retention_deletes_is_counted_no_more,
                the_traffic_of_a_day_has_every_hour,
                the_changes_behind_versions_are_found,
            },
            unknown::{
                what_went_back_takes_no_mail_and_no_notification_and_gives_no_work,
                what_went_back_claims_no_message_for_the_dot_and_no_drained_maintenance,
                an_explicit_off_says_what_holds_even_when_it_is_off_already,
                what_went_back_is_not_restored_by_a_message_a_condition_or_a_schedule,
                whoever_knows_nothing_takes_what_the_other_processes_have_seen,
            },
            telling::{
                one_process_at_a_time_tells_and_what_was_told_is_remembered,
                a_dead_tellers_lease_ends_and_its_late_word_does_not_count,
                a_failed_try_is_on_record_until_the_next_success,
            },
            drain::{
                a_maintenance_with_nothing_under_way_is_drained_and_the_history_says_since_when,
                mail_accepted_before_keeps_a_maintenance_from_being_drained_until_it_is_handed_over,
                mail_that_the_mode_lets_in_does_not_hold_up_draining_and_released_mail_does,
                mail_that_waits_for_the_end_of_the_mode_does_not_hold_up_draining,
                a_blocked_delivery_past_its_dot_is_waited_for_and_an_ordinary_one_is_not,
                what_is_held_keeps_a_drained_maintenance_from_being_empty,
            },
            job::{
                every_job_is_there_and_due_at_once,
                of_many_nodes_one_claims_a_turn,
                a_turn_that_is_not_due_is_not_claimed_but_by_whoever_has_something_to_do,
                a_paused_job_is_not_claimed_and_a_resumed_one_is_due_at_once,
                a_turn_under_way_goes_on_when_its_job_is_paused,
                a_dead_nodes_turn_comes_back_and_its_late_ending_does_not_count,
                a_renewed_turn_lasts_longer,
                failures_are_counted_until_a_turn_ends_well,
                a_nul_in_a_sentence_stops_no_job,
            },
            dedup::{
                keys_and_contents_are_forgotten_once_they_no_longer_count,
                what_is_forgotten_is_bounded_and_the_oldest_first,
            },
            window::{
                a_window_turns_the_mode_on_at_its_start_and_not_before,
                a_window_opens_once_however_many_keep_the_time,
                off_by_anyone_ends_open_windows_and_names_them,
                only_a_window_that_was_told_to_turns_the_mode_off,
                who_turned_the_mode_on_before_a_window_turns_it_off,
                windows_that_overlap_are_refused_and_those_that_touch_are_not,
                of_many_overlapping_windows_at_once_one_is_scheduled,
                where_one_window_follows_another_the_mode_stays_on,
                a_cancelled_window_never_opens_and_an_open_one_leaves_the_mode_on,
                a_window_that_nobody_kept_opens_late_or_is_missed,
                windows_are_listed_last_first_and_found_by_the_versions_they_made,
            },
        }
    };
}
pub(crate) use on_every_store;

/// Makes a test of each of these sentences.
macro_rules! stamp {
    ($open:path: $($room:ident::{$($sentence:ident),+ $(,)?}),+ $(,)?) => {
        $($(
            #[tokio::test]
            async fn $sentence() {
                let (store, _guard) = $open().await;
                $crate::store::conformance::$room::$sentence(std::sync::Arc::new(store)).await;
            }
        )+)+
    };
}
pub(crate) use stamp;

/// A store under test.
pub type Subject = Arc<dyn Store>;

/// The hour at which every test begins; later than the migration's own stamp.
pub fn noon() -> Timestamp {
    "2030-01-01T12:00:00Z".parse().expect("a time")
}

/// `seconds` after the beginning.
pub fn at(seconds: i64) -> Timestamp {
    noon() + SignedDuration::from_secs(seconds)
}

/// Turns the mode on or off.
pub async fn turn(store: &Subject, state: State, now: Timestamp) -> Changed {
    let author = Author { name: "ann".into(), how: How::Console };
    store.change_mode(Change { state: Some(state), ..Change::default() }, None, author, now).await.expect("a change")
}

/// Ends one hand-over.
pub async fn settle(store: &Subject, claim: Claim<HandOver>, settlement: Settlement, now: Timestamp) -> Settled {
    store.settle_hand_overs(vec![(claim, settlement)], now).await.expect("a settlement").remove(0)
}

/// Records that a process has seen `version`, which it does not have (any more): as
/// after a restore.
pub async fn forget_down_to(store: &Subject, version: Version) {
    let node = Node {
        id: NodeId::mint(noon()),
        name: "witness".into(),
        version,
        mode: SeenMode::Unknown,
        seen_at: noon(),
        report: Report::default(),
    };
    store.see(node).await.expect("a node");
    assert_eq!(store.recall().await.expect("an answer"), version);
}

/// The default rules.
pub fn rules() -> Arc<Rules> {
    Arc::new(Rules::default())
}

/// The envelope of a mail from a person.
pub fn envelope(now: Timestamp) -> Envelope {
    let client = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let helo = "mx.example.com".to_owned();
    Envelope { mail_id: MailId::mint(now), client, helo, sender: Some("ann@example.com".into()), received_at: now }
}

/// A recipient with this intent.
pub fn recipient(intent: Intent, local: &str) -> Recipient {
    let address = format!("incoming+{local}@localhost");
    Recipient { mask: format!("incoming+{}…@localhost", &local[..1]), address, key: local.to_owned(), intent }
}

/// A mail to these recipients.
pub fn offer(now: Timestamp, recipients: Vec<Recipient>, body: &str) -> Arc<Offer> {
    let raw = Bytes::from(format!("Subject: x\r\n\r\n{body}\r\n"));
    let digest = Sha256::digest(&raw).into();
    let is_automatic = recipients.iter().any(|recipient| recipient.intent == Intent::Automatic);
    let automatic = is_automatic.then_some(DiscardReason::AutoSubmitted);
    Arc::new(Offer {
        envelope: envelope(now),
        recipients,
        raw,
        digest,
        automatic,
        message_id: Some("<m@x>".into()),
        answer_for: AnswerFor::TheMail,
    })
}

/// A notification of this class to one person.
pub fn notification(class: Class, now: Timestamp, body: &str) -> NewNotification {
    NewNotification {
        id: Id::mint(now),
        token_id: None,
        kind: class.as_str().to_owned(),
        title: "A title".into(),
        class,
        reference: Some("ref".into()),
        subject: (class != Class::WriteDependent).then(|| "Hello".into()),
        sender: Address::parse("postern@localhost").expect("an address"),
        recipients: vec![Address::parse("bob@example.com").expect("an address")],
        raw: Bytes::from(body.to_owned()),
        enqueued_at: now,
        expires_at: now + SignedDuration::from_hours(120),
        not_after: None,
        idempotency: None,
    }
}

/// A key and the fingerprint of `bytes`.
pub fn idempotency(key: &str, bytes: &str) -> Option<Idempotency> {
    Some(Idempotency { key: key.into(), fingerprint: Sha256::digest(bytes).into() })
}
