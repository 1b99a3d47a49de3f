//! Sentences about the mode.

use super::{Subject, at, forget_down_to, turn};
use crate::domain::id::NodeId;
use crate::domain::mode::{Change, HistoryEntry, How, SeenMode, State, Version};
use crate::domain::report::{Content, Credentials, Disk, Loaded, Report, Seen};
use crate::store::mode::{Author, Changed, Node};

pub async fn a_new_store_is_off_at_version_one(store: Subject) {
    let mode = store.mode().await.unwrap();
    assert_eq!((mode.state, mode.version), (State::Off, Version(1)));
    assert_eq!(store.history(10).await.unwrap().len(), 1);
}

pub async fn a_change_is_seen_by_the_next_read_and_stands_in_the_history(store: Subject) {
    turn(&store, State::On, at(0)).await;
    let mode = store.mode().await.unwrap();
    assert_eq!((mode.state, mode.version, mode.since), (State::On, Version(2), at(0)));
    let history = store.history(1).await.unwrap();
    assert_eq!(history[0].mode, mode);
    assert_eq!(history[0].before.as_ref().map(|before| before.state), Some(State::Off));
    assert_eq!((history[0].changed_by.as_str(), history[0].how), ("ann", How::Console));
}

pub async fn a_change_on_another_version_is_not_made(store: Subject) {
    turn(&store, State::On, at(0)).await;
    let author = Author { name: "bob".into(), how: How::Api };
    let off = Change { state: Some(State::Off), ..Change::default() };
    let moved = store.change_mode(off.clone(), Some(Version(1)), author.clone(), at(1)).await.unwrap();
    assert!(matches!(moved, Changed::Moved(mode) if mode.version == Version(2) && mode.state == State::On));
    let done = store.change_mode(off, Some(Version(2)), author, at(1)).await.unwrap();
    assert!(matches!(done, Changed::Done { mode, .. } if mode.version == Version(3)));
}

pub async fn a_message_ends_with_its_maintenance_and_one_set_while_off_is_for_the_next(store: Subject) {
    let author = || Author { name: "ann".into(), how: How::Api };
    let worded = |state, message: &str| Change { state, message: Some(Some(message.into())), until: None };
    store.change_mode(worded(Some(State::On), "disks"), None, author(), at(0)).await.unwrap();
    turn(&store, State::Off, at(1)).await;
    assert_eq!(store.mode().await.unwrap().message, None);
    turn(&store, State::On, at(2)).await;
    assert_eq!(store.mode().await.unwrap().message, None);
    turn(&store, State::Off, at(3)).await;
    store.change_mode(worded(None, "network"), None, author(), at(4)).await.unwrap();
    turn(&store, State::On, at(5)).await;
    assert_eq!(store.mode().await.unwrap().message.as_deref(), Some("network"));
}

pub async fn of_many_changes_on_one_version_exactly_one_is_made(store: Subject) {
    let mut racing = tokio::task::JoinSet::new();
    for number in 0..16 {
        let store = store.clone();
        racing.spawn(async move {
            let author = Author { name: format!("racer {number}"), how: How::Api };
            let on = Change { message: Some(Some(format!("by {number}"))), state: Some(State::On), until: None };
            store.change_mode(on, Some(Version(1)), author, at(0)).await.unwrap()
        });
    }
    let outcomes = racing.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| matches!(outcome, Changed::Done { .. })).count(), 1);
    assert_eq!(store.mode().await.unwrap().version, Version(2));
}

pub async fn a_change_to_what_already_is_makes_no_version(store: Subject) {
    assert!(matches!(turn(&store, State::Off, at(0)).await, Changed::Same(mode) if mode.version == Version(1)));
    assert_eq!(store.history(10).await.unwrap().len(), 1);
}

pub async fn nodes_are_listed_while_they_are_heard_of(store: Subject) {
    let node = Node {
        id: NodeId::mint(at(0)),
        name: "host-1".into(),
        version: Version(1),
        mode: SeenMode::Off,
        seen_at: at(0),
        report: Report::default(),
    };
    store.see(node.clone()).await.unwrap();
    store.see(Node { version: Version(2), seen_at: at(5), ..node.clone() }).await.unwrap();
    assert_eq!(store.nodes(at(1)).await.unwrap(), [Node { version: Version(2), seen_at: at(5), ..node }]);
    assert_eq!(store.nodes(at(6)).await.unwrap(), []);
}

pub async fn what_a_process_reports_of_itself_is_read_as_it_said_it_last(store: Subject) {
    let content =
        |digest: Option<&str>| Content { file: "/etc/postern/postern.toml".into(), digest: digest.map(Into::into) };
    let seen = Seen {
        node: String::new(),
        disks: vec![Disk { folder: "data \u{1f4be}".into(), free_bytes: u64::MAX, total_bytes: 7 }],
        log_lines_dropped: 3,
        credentials: Some(Credentials { file: "data/admin-credentials".into(), written_at: at(3) }),
        unknown_kinds: vec!["a_\"kind".into(), "nul\0".into()],
    };
    let report = Report { loaded: Some(Loaded { configuration: content(Some("00")), kinds: content(None) }), seen };
    let node = Node {
        id: NodeId::mint(at(0)),
        name: "host:1".into(),
        version: Version(1),
        mode: SeenMode::Off,
        seen_at: at(0),
        report: Report::default(),
    };
    store.see(node.clone()).await.unwrap();
    let node = Node { report, ..node };
    store.see(node.clone()).await.unwrap();
    assert_eq!(store.nodes(at(0)).await.unwrap(), [node]);
}

pub async fn changes_after_a_version_come_oldest_first_each_with_what_was_before(store: Subject) {
    for (number, state) in [State::On, State::Off, State::On].into_iter().enumerate() {
        turn(&store, state, at(i64::try_from(number).unwrap())).await;
    }
    let told = |changes: Vec<HistoryEntry>| -> Vec<(i64, Option<i64>)> {
        changes
            .iter()
            .map(|change| (change.mode.version.0, change.before.as_ref().map(|before| before.version.0)))
            .collect()
    };
    let all = [(1, None), (2, Some(1)), (3, Some(2)), (4, Some(3))];
    assert_eq!(told(store.changes_after(Version(0), 10).await.unwrap()), all);
    assert_eq!(told(store.changes_after(Version(2), 10).await.unwrap()), all[2..]);
    assert_eq!(told(store.changes_after(Version(2), 1).await.unwrap()), all[2..3]);
    assert_eq!(told(store.changes_after(Version(4), 10).await.unwrap()), []);
    // A version that was skipped is no hole.
    forget_down_to(&store, Version(9)).await;
    turn(&store, State::On, at(9)).await;
    assert_eq!(told(store.changes_after(Version(7), 10).await.unwrap()), [(10, Some(4))]);
    assert_eq!(told(store.history(2).await.unwrap()), [(10, Some(4)), (4, Some(3))]);
}
