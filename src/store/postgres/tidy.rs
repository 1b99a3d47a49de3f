//! Tidying: soon after a wipe, the bytes of the wiped message are overwritten in the table's files.
//!
//! PostgreSQL keeps the old row version until VACUUM, and even then leaves its bytes in the freed
//! space. So after a VACUUM the freed space is filled with random rows that are rolled back at
//! once, and a second VACUUM lets it go again. What it cannot reach: the write-ahead log until its
//! segments are recycled, archives, replicas' logs and backups, and gaps of less than about 100
//! bytes between rows and 350 between pieces of long messages. Best effort: when another VACUUM is
//! at it, or this account may not, the database's own comes later.

use sqlx::{PgConnection, PgPool, Row};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// A little later, so that one run serves a burst of wipes, and readers of the old version have
/// ended.
const SOON: Duration = Duration::from_secs(10);
/// At most once in this time.
const BETWEEN: Duration = Duration::from_secs(300);

/// How many filler bytes one run writes at most: retention can free gigabytes, and each byte goes
/// through the log.
const MAX_FILLER: i64 = 64 * 1024 * 1024;
/// About what is written between two looks at the size of the table.
const STEP_BYTES: usize = 32 * 1024;
/// What a row takes beside its values.
const ROW_BYTES: usize = 160;
/// A file that grew this often has no gap left for this filler: PostgreSQL looks for one before it
/// adds a page.
const MAX_GROWTHS: u32 = 4;

/// A row that is written over gaps and rolled back.
///
/// Above 2 KiB PostgreSQL moves the widest value of a row into the TOAST table, in pieces of at
/// most 1,996 bytes; so short pieces come only from rows of several short values.
#[derive(Debug, Clone, Copy)]
struct Filler {
    raw_bytes: usize,
    text_bytes: usize,
    /// How many of the text columns hold `text_bytes`.
    texts: i32,
    space: Space,
}

/// Which file of the table a filler is to fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Space {
    Rows,
    Pieces,
}

impl Filler {
    /// How many rows are written in a step, and about how many bytes they take.
    fn step(&self) -> (i64, i64) {
        let texts = usize::try_from(self.texts).unwrap_or(0);
        let bytes = ROW_BYTES + self.raw_bytes + texts * self.text_bytes;
        let rows = (STEP_BYTES / bytes).max(8);
        (i64::try_from(rows).unwrap_or(8), i64::try_from(rows * bytes).unwrap_or(MAX_FILLER))
    }
}

const fn raw(raw_bytes: usize, space: Space) -> Filler {
    Filler { raw_bytes, text_bytes: 0, texts: 0, space }
}

const fn texts(texts: i32, text_bytes: usize) -> Filler {
    Filler { raw_bytes: 0, text_bytes, texts, space: Space::Pieces }
}

/// The widest first, so that narrow ones are left with the narrow gaps.
const FILLERS: &[Filler] = &[
    raw(16 * 1996, Space::Pieces),
    raw(1996 + 512, Space::Pieces),
    texts(2, 1200),
    texts(3, 700),
    texts(6, 350),
    raw(1500, Space::Rows),
    raw(300, Space::Rows),
    raw(20, Space::Rows),
];

/// Overwrites after wipes, until the pool is closed.
pub(super) async fn run(pool: PgPool, wiped: Arc<Notify>) {
    loop {
        wiped.notified().await;
        tokio::time::sleep(SOON).await;
        if pool.is_closed() {
            return;
        }
        tick(&pool).await;
        tokio::time::sleep(BETWEEN).await;
    }
}

/// One run.
pub(super) async fn tick(pool: &PgPool) {
    // VACUUM passes over a page that another process uses at that moment, so it is done twice.
    for _ in 0..2 {
        if let Err(error) = overwrite(pool).await {
            tracing::debug!(%error, "Could not overwrite what was wiped; the database's own VACUUM comes later");
        }
    }
}

async fn overwrite(pool: &PgPool) -> sqlx::Result<()> {
    let mut connection = pool.acquire().await?;
    vacuum(&mut connection).await?;
    let mut filling = sqlx::Connection::begin(&mut *connection).await?;
    let mut left = MAX_FILLER;
    for filler in FILLERS {
        left = fill(&mut filling, filler, left).await?;
    }
    filling.rollback().await?;
    vacuum(&mut connection).await
}

async fn vacuum(connection: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query("VACUUM notification").execute(connection).await.map(drop)
}

/// Writes rows of one kind until the file only grows, so no gap is left for them, or `left` bytes
/// are used up. Returns what is left.
async fn fill(connection: &mut PgConnection, filler: &Filler, mut left: i64) -> sqlx::Result<i64> {
    let mut noise = vec![0; filler.raw_bytes.max(filler.text_bytes)];
    getrandom::fill(&mut noise).map_err(|error| sqlx::Error::Io(std::io::Error::other(error)))?;
    let text: String = noise.iter().take(filler.text_bytes).map(|byte| char::from(b' ' + byte % 94)).collect();
    let noise = noise.get(..filler.raw_bytes).unwrap_or_default();
    let (rows, cost) = filler.step();
    let (mut size, mut growths) = (bytes_of(connection, filler.space).await?, 0);
    while left >= cost && growths < MAX_GROWTHS {
        sqlx::query(
            "INSERT INTO notification (id, kind, title, reference, subject, sender, class, raw, enqueued_at)
             SELECT 'filler ' || gen_random_uuid(), CASE WHEN $3 > 0 THEN $2 ELSE '' END, CASE WHEN $3 > 1 THEN $2 ELSE '' END,
                    CASE WHEN $3 > 2 THEN $2 END, CASE WHEN $3 > 3 THEN $2 END, CASE WHEN $3 > 4 THEN $2 ELSE '' END,
                    CASE WHEN $3 > 5 THEN $2 ELSE '' END, $1, 0 FROM generate_series(1, $4)",
        )
        .bind(noise)
        .bind(&text)
        .bind(filler.texts)
        .bind(rows)
        .execute(&mut *connection)
        .await?;
        left -= cost;
        let before = std::mem::replace(&mut size, bytes_of(connection, filler.space).await?);
        growths += u32::from(size > before);
    }
    Ok(left)
}

async fn bytes_of(connection: &mut PgConnection, space: Space) -> sqlx::Result<i64> {
    let sizes = sqlx::query(
        "SELECT pg_relation_size(oid) AS rows, pg_relation_size(reltoastrelid) AS pieces
           FROM pg_class WHERE oid = 'notification'::regclass",
    );
    let row = sizes.fetch_one(connection).await?;
    row.try_get(match space {
        Space::Rows => "rows",
        Space::Pieces => "pieces",
    })
}
