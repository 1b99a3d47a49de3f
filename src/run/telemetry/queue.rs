//! Queues log lines for standard error: a bounded queue and a separate thread, so that a request
//! never waits for the log's reader and never fails with it.
//!
//! A line that finds the queue full, or that cannot be written (a full disk, a pipe whose reader
//! died), is dropped and counted in `postern_log_lines_dropped_total`. Once lines can be written
//! again, the log says how many are missing.

use std::fs::File;
use std::io::Write;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Duration;
use tracing_subscriber::fmt::MakeWriter;

/// Most lines in the queue: a few seconds of a busy gateway.
const MAX_LINES: usize = 8192;

/// Most bytes in the queue, so that long lines do not fill the memory.
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// How long the exiting process waits for the last lines to be written.
const DRAIN: Duration = Duration::from_secs(1);

enum Entry {
    Line(Vec<u8>),
    /// Answered once everything before it has been attempted.
    Drained(SyncSender<()>),
}

/// Lines lost since this process started; there is one log per process.
static LOST: AtomicU64 = AtomicU64::new(0);

/// Lines that this process could not write since it started.
pub fn lost_lines() -> u64 {
    LOST.load(Ordering::Relaxed)
}

#[derive(Debug, Default)]
struct Counts {
    bytes: AtomicUsize,
    /// Lines lost since the log last reported a loss.
    lost: AtomicU64,
}

impl Counts {
    fn lose(&self) {
        self.lost.fetch_add(1, Ordering::Relaxed);
        LOST.fetch_add(1, Ordering::Relaxed);
        metrics::counter!("postern_log_lines_dropped_total").increment(1);
    }
}

/// The sending side of the queue.
#[derive(Debug, Clone)]
pub(super) struct Queue {
    sender: SyncSender<Entry>,
    counts: Arc<Counts>,
}

impl Queue {
    /// A queue whose thread writes to standard error.
    pub(super) fn to_standard_error() -> std::io::Result<Self> {
        // A separate descriptor: a write that blocks for ever must not hold the lock of
        // `std::io::stderr`.
        let error = File::from(std::io::stderr().as_fd().try_clone_to_owned()?);
        Self::to(error, MAX_LINES)
    }

    fn to(writer: impl Write + Send + 'static, lines: usize) -> std::io::Result<Self> {
        let (sender, receiver) = sync_channel(lines);
        let counts = Arc::new(Counts::default());
        let shared = Arc::clone(&counts);
        std::thread::Builder::new().name("log".to_owned()).spawn(move || write_all(&receiver, writer, &shared))?;
        Ok(Self { sender, counts })
    }

    fn offer(&self, line: &[u8]) {
        let waiting = self.counts.bytes.fetch_add(line.len(), Ordering::Relaxed);
        let fits = waiting.saturating_add(line.len()) <= MAX_BYTES;
        if !fits || self.sender.try_send(Entry::Line(line.to_vec())).is_err() {
            self.counts.bytes.fetch_sub(line.len(), Ordering::Relaxed);
            self.counts.lose();
        }
    }

    /// Waits until the queued lines have been written or dropped; gives up when the log's reader is
    /// stuck.
    pub(super) fn drain(&self) {
        let (done, drained) = sync_channel(1);
        match self.sender.try_send(Entry::Drained(done)) {
            Ok(()) => drop(drained.recv_timeout(DRAIN)),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {}
        }
    }
}

fn write_all(receiver: &Receiver<Entry>, mut writer: impl Write, counts: &Counts) {
    for entry in receiver {
        match entry {
            Entry::Line(line) => {
                counts.bytes.fetch_sub(line.len(), Ordering::Relaxed);
                if writer.write_all(&line).is_ok() { say_what_was_lost(counts) } else { counts.lose() }
            }
            Entry::Drained(done) => drop(done.try_send(())),
        }
    }
}

/// Called after a successful write: logs how many lines are missing.
fn say_what_was_lost(counts: &Counts) {
    let lines = counts.lost.swap(0, Ordering::Relaxed);
    if lines > 0 {
        tracing::warn!(lines, "{lines} lines are missing from this log: they could not be written or came too fast");
    }
}

impl<'a> MakeWriter<'a> for Queue {
    type Writer = &'a Self;

    fn make_writer(&'a self) -> Self::Writer {
        self
    }
}

/// Always takes the whole buffer: an event is written in one call.
impl Write for &Queue {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        self.offer(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use metrics_exporter_prometheus::PrometheusBuilder;
    use std::io;

    /// A reader that reads only when the test tells it to.
    struct Stalled(Receiver<()>, SyncSender<Vec<u8>>);

    impl Write for Stalled {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.recv().map_err(|_| io::ErrorKind::BrokenPipe)?;
            self.1.send(bytes.to_vec()).map_err(|_| io::ErrorKind::BrokenPipe)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_that_finds_the_queue_full_is_dropped_and_counted_and_the_writer_does_not_wait() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let (go, gate) = sync_channel(100);
        let (out, written) = sync_channel(100);
        let queue = Queue::to(Stalled(gate, out), 4).unwrap();
        metrics::with_local_recorder(&recorder, || (0..50).for_each(|_| queue.offer(b"line\n")));
        let lost = queue.counts.lost.load(Ordering::Relaxed);
        // Four lines wait, and the thread may hold one more.
        assert!((45..=46).contains(&lost), "{lost}");
        assert!(recorder.handle().render().contains(&format!("postern_log_lines_dropped_total {lost}")));
        (0..5).for_each(|_| go.send(()).unwrap());
        let whole = written.iter().take(50 - usize::try_from(lost).unwrap()).all(|line| line == b"line\n");
        assert!(whole);
    }

    #[test]
    fn long_lines_are_bounded_by_their_bytes() {
        let (_go, gate) = sync_channel(1);
        let (out, _written) = sync_channel(1);
        let queue = Queue::to(Stalled(gate, out), 100).unwrap();
        let line = vec![b'x'; MAX_BYTES / 4];
        (0..20).for_each(|_| queue.offer(&line));
        assert!(queue.counts.lost.load(Ordering::Relaxed) >= 15);
        assert!(queue.counts.bytes.load(Ordering::Relaxed) <= MAX_BYTES);
    }

    #[test]
    fn what_cannot_be_written_is_counted_and_draining_ends() {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let queue = Queue::to(full, 100).unwrap();
        (0..7).for_each(|_| queue.offer(b"line\n"));
        queue.drain();
        assert_eq!(queue.counts.lost.load(Ordering::Relaxed), 7);
        assert_eq!(queue.counts.bytes.load(Ordering::Relaxed), 0);
    }
}
