use super::*;
use crate::clock::FixedClock;
use crate::domain::mode::State;
use crate::domain::mode::Version;
use crate::store::conformance::{forget_down_to, noon, turn};
use crate::store::sqlite::{Existing, SqliteStore};
use jiff::Timestamp;

fn mode(version: Version) -> Mode {
    Mode { state: State::On, version, message: None, since: Timestamp::UNIX_EPOCH, until: None }
}

async fn watch() -> (Arc<Watch>, Arc<dyn Store>, tempfile::TempDir) {
    watch_by(FixedClock::at(noon())).await
}

async fn watch_by(clock: FixedClock) -> (Arc<Watch>, Arc<dyn Store>, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("postern.db"), Existing::CreateIfMissing).await.unwrap();
    let store: Arc<dyn Store> = Arc::new(store);
    let watch = Arc::new(Watch::new(Arc::clone(&store), Arc::new(clock)));
    (watch, store, folder)
}

#[tokio::test]
async fn a_read_overtaken_by_a_change_is_no_step_back() {
    let (watch, _store, _folder) = watch().await;
    watch.publish(mode(Version(7)));
    assert_eq!(watch.publish(mode(Version(6))), ModeView::Known(mode(Version(7))));
    assert_eq!(watch.seen(), ModeView::Known(mode(Version(7))));
}

#[tokio::test]
async fn a_store_that_answers_an_older_version_than_was_seen_is_not_believed_until_somebody_says_what_holds() {
    let (watch, store, _folder) = watch().await;
    assert_eq!(watch.look().await.version(), Some(Version(1)));
    forget_down_to(&store, Version(7)).await;
    assert_eq!((watch.look().await, watch.seen()), (ModeView::Unknown, ModeView::Unknown));
    assert!(watch.has_gone_back());
    turn(&store, State::Off, noon()).await;
    assert_eq!(watch.look().await.version(), Some(Version(8)));
    assert!(watch.seen().version() == Some(Version(8)) && !watch.has_gone_back());
}

#[tokio::test]
async fn while_the_store_cannot_be_read_a_look_is_unknown_at_once_and_what_was_seen_a_little_later() {
    let clock = FixedClock::at(noon());
    let (watch, _store, folder) = watch_by(clock.clone()).await;
    watch.look().await;
    let (file, aside) = (folder.path().join("postern.db"), folder.path().join("aside"));
    std::fs::rename(&file, &aside).unwrap();
    assert_eq!((watch.look().await, watch.seen().version()), (ModeView::Unknown, Some(Version(1))));
    clock.advance(STALE_AFTER);
    assert_eq!((watch.look().await, watch.seen()), (ModeView::Unknown, ModeView::Unknown));
    std::fs::rename(&aside, &file).unwrap();
    assert_eq!((watch.look().await.version(), watch.seen().version()), (Some(Version(1)), Some(Version(1))));
}

#[test]
fn a_change_by_another_process_is_news_once_and_the_first_look_is_none() {
    let known = |version| ModeView::Known(mode(version));
    let looks = [
        (ModeView::Unknown, 4),
        (known(Version(4)), 4),
        (known(Version(4)), 5),
        (known(Version(5)), 5),
        (known(Version(6)), 5),
    ];
    let news: Vec<bool> = looks.iter().map(|(seen, version)| is_news(seen, &mode(Version(*version)))).collect();
    assert_eq!(news, [false, false, true, false, false]);
}

#[test]
fn each_trouble_is_told_once_when_it_begins_and_once_when_it_is_over() {
    use Trouble::{None, Unreadable, WentBack};
    let looks = [None, None, Unreadable, Unreadable, WentBack, WentBack, None, None, WentBack, None];
    let words: Vec<Word> = looks.windows(2).map(|pair| word(pair[0], pair[1])).collect();
    use Word::{Alarm, Nothing, Over};
    assert_eq!(words, [Nothing, Alarm, Nothing, Alarm, Nothing, Over, Nothing, Alarm, Over]);
}

#[tokio::test]
async fn looks_beside_changes_never_alarm_and_never_answer_an_older_mode_than_was_committed_before() {
    let (watch, store, _folder) = watch().await;
    let looking = Arc::clone(&watch);
    let stop = tokio_util::sync::CancellationToken::new();
    let stopped = stop.clone();
    let looks = tokio::spawn(async move {
        while !stopped.is_cancelled() {
            assert_ne!(looking.look().await, ModeView::Unknown);
        }
    });
    for number in 0..100 {
        let state = if number % 2 == 0 { State::On } else { State::Off };
        let crate::store::mode::Changed::Done { mode, .. } = turn(&store, state, noon()).await else { panic!() };
        watch.publish(mode.clone());
        assert_eq!(watch.look().await, ModeView::Known(mode));
    }
    stop.cancel();
    looks.await.unwrap();
}

#[tokio::test]
async fn a_look_that_was_given_up_leaves_no_old_view_behind() {
    let (watch, store, _folder) = watch().await;
    watch.look().await;
    for _ in 0..50 {
        // Cancelled at once: the read has begun and is not finished.
        let _ = futures_util::FutureExt::now_or_never(watch.look());
        let asked = Arc::clone(&watch);
        turn(&store, State::On, noon()).await;
        assert!(asked.look().await.is_on());
        turn(&store, State::Off, noon()).await;
        assert!(!asked.look().await.is_on());
    }
}
