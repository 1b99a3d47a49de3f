//! Putting files, finding existing ones, and concurrent writers.

use super::*;
use std::os::unix::fs::PermissionsExt;

fn draft(name: &str, text: &'static str) -> Draft {
    (name.to_owned(), vec![Bytes::from_static(b"head "), Bytes::from_static(text.as_bytes())])
}

async fn put_one(maildir: &Path, name: &str, text: &'static str) -> io::Result<bool> {
    let mut answers = put(maildir, vec![draft(name, text)]).await;
    assert_eq!(answers.len(), 1);
    answers.remove(0)
}

#[tokio::test]
async fn a_put_file_is_whole_in_new_and_nothing_stays_in_tmp() {
    let dir = tempfile::tempdir().unwrap();
    let maildir = dir.path().join("a/b");
    assert!(put_one(&maildir, "one", "body").await.unwrap());
    assert_eq!(fs::read(maildir.join("new/one")).unwrap(), b"head body");
    assert_eq!(fs::read_dir(maildir.join("tmp")).unwrap().count(), 0);
    assert_eq!(fs::metadata(maildir.join("new")).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn every_folder_that_gets_a_name_is_synced() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    let place = |name: &str| root.join(name);
    assert_eq!(folders_to_get_a_name(&place("a/b/c")), [place("a/b/c"), place("a/b"), place("a"), place("")]);
    make_folders(&place("a/b/c")).unwrap();
    // A crash may have come between creating and syncing, so the two nearest folders are synced at
    // every start.
    assert_eq!(folders_to_get_a_name(&place("a/b/c")), [place("a/b/c"), place("a/b")]);
    let relative = Path::new("no-such-folder/x");
    assert_eq!(folders_to_get_a_name(relative), [relative, Path::new("no-such-folder"), Path::new(".")]);
    assert_eq!(folders_to_get_a_name(Path::new("x")), [Path::new("x"), Path::new(".")]);
}

#[tokio::test]
async fn who_asks_for_a_locked_folder_waits_until_it_is_let_go() {
    let dir = tempfile::tempdir().unwrap();
    let held = lock(dir.path()).await.unwrap();
    let second = tokio::spawn({
        let folder = dir.path().to_owned();
        async move { lock(&folder).await.map(drop) }
    });
    assert!(File::open(dir.path()).unwrap().try_lock().is_err());
    drop(held);
    second.await.unwrap().unwrap();
    assert!(lock(&dir.path().join("missing")).await.is_err());
}

#[tokio::test]
async fn the_same_name_is_written_once_wherever_a_reader_put_it() {
    let dir = tempfile::tempdir().unwrap();
    for place in ["new/x", "cur/x", "cur/x:2,", "cur/x:2,S", "cur/x:2,FRS"] {
        prepare(dir.path()).await.unwrap();
        fs::write(dir.path().join(place), "first").unwrap();
        assert!(!put_one(dir.path(), "x", "second").await.unwrap(), "{place} was overlooked");
        assert_eq!(fs::read(dir.path().join(place)).unwrap(), b"first");
        fs::remove_file(dir.path().join(place)).unwrap();
    }
}

#[tokio::test]
async fn a_read_file_is_found_also_where_there_are_too_many_to_list() {
    let dir = tempfile::tempdir().unwrap();
    prepare(dir.path()).await.unwrap();
    for place in ["x", "x:2,", "x:2,S", "x:2,FRS"] {
        let file = dir.path().join("cur").join(place);
        fs::write(&file, "first").unwrap();
        assert!(Read::Asked.has(dir.path(), "x").unwrap(), "{place} was overlooked");
        fs::remove_file(file).unwrap();
    }
    assert!(!Read::Asked.has(dir.path(), "x").unwrap());
}

#[tokio::test]
async fn many_are_put_in_order_and_the_answers_end_with_the_first_error() {
    let dir = tempfile::tempdir().unwrap();
    prepare(dir.path()).await.unwrap();
    fs::write(dir.path().join("new/b"), "first").unwrap();
    // A folder blocks the draft's path.
    fs::create_dir(dir.path().join("tmp/c")).unwrap();
    let drafts = ["a", "b", "c", "d"].map(|name| draft(name, "body")).to_vec();
    let answers = put(dir.path(), drafts).await;
    assert!(matches!(answers[..], [Ok(true), Ok(false), Err(_)]), "{answers:?}");
    assert_eq!(fs::read(dir.path().join("new/a")).unwrap(), b"head body");
    assert_eq!(fs::read(dir.path().join("new/b")).unwrap(), b"first");
    assert!(!dir.path().join("new/d").exists());
}

#[tokio::test]
async fn a_draft_left_by_a_crash_is_replaced() {
    let dir = tempfile::tempdir().unwrap();
    prepare(dir.path()).await.unwrap();
    fs::write(dir.path().join("tmp/x"), "a much longer half of a message").unwrap();
    assert!(put_one(dir.path(), "x", "new").await.unwrap());
    assert_eq!(fs::read(dir.path().join("new/x")).unwrap(), b"head new");
}

#[tokio::test]
async fn a_name_that_leaves_the_folder_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["", "../x", "a/b", ".hidden", "x:2,S", "a\0b"] {
        assert!(put_one(dir.path(), name, "").await.is_err(), "{name:?} was taken");
    }
}

#[tokio::test]
async fn a_place_that_is_no_folder_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("file"), "").unwrap();
    assert!(prepare(&dir.path().join("file")).await.is_err());
    assert!(put_one(&dir.path().join("file"), "x", "").await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn many_may_try_the_same_folder_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let tries = futures_util::future::join_all((0..200).map(|_| prepare(folder.path()))).await;
    assert_eq!(tries.iter().filter_map(|result| result.as_ref().err()).collect::<Vec<_>>().len(), 0);
    assert_eq!(std::fs::read_dir(folder.path().join("tmp")).unwrap().count(), 0);
}
