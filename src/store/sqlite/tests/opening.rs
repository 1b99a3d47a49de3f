//! Opening the same new file many times at once.

use crate::domain::mode::Version;
use crate::store::mode::ModeRows;
use crate::store::sqlite::{Existing, SqliteStore};

#[tokio::test]
async fn processes_that_begin_at_once_all_find_a_whole_store() {
    for _ in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data/postern.db");
        let open = (0..8).map(|_| SqliteStore::open(&path, Existing::CreateIfMissing));
        for opened in futures_util::future::join_all(open).await {
            let store = opened.unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(store.mode().await.unwrap().version, Version(1));
        }
    }
}
