use super::*;
use std::sync::{Arc, Mutex};

#[derive(Clone, Default)]
pub(super) struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn logged(look: Look, event: impl FnOnce()) -> String {
    let paper = Paper::default();
    let pen = paper.clone();
    let filter = EnvFilter::new("info");
    tracing::subscriber::with_default(subscriber(look, filter, Repetition::default(), move || pen.clone()), event);
    String::from_utf8(paper.0.lock().unwrap().clone()).unwrap()
}

/// The lines that `events` write to `paper`.
pub(super) fn lines_of(paper: &Paper, repetition: Repetition, events: impl FnOnce()) -> Vec<String> {
    let pen = paper.clone();
    let subscriber = subscriber(Look::Plain, EnvFilter::new("info"), repetition, move || pen.clone());
    tracing::subscriber::with_default(subscriber, events);
    let written = String::from_utf8(paper.0.lock().unwrap().clone()).unwrap();
    written.lines().map(str::to_owned).collect()
}

const HOSTILE: &str = "x\u{1b}[2J\r\n\u{9b}1mforged line\u{202e}";

fn hostile_event() {
    tracing::info!(quoted = HOSTILE, shown = %HOSTILE, "The peer said {HOSTILE}");
}

#[test]
fn whatever_an_event_holds_it_stays_one_line_without_control_characters() {
    for look in [Look::Plain, Look::Json] {
        let line = logged(look, hostile_event);
        assert_eq!(line.matches('\n').count(), 1, "{line}");
        assert!(!line.trim_end().contains(|c: char| c.is_control() || c == '\u{202e}'), "{line:?}");
        assert!(line.contains("forged line"));
    }
}

#[test]
fn colours_are_ours_only() {
    let line = logged(Look::Coloured, hostile_event);
    assert!(line.contains('\u{1b}') && !line.contains("\u{1b}[2J") && !line.contains('\u{9b}'), "{line:?}");
}

#[test]
fn a_json_line_has_the_sentence_and_the_fields() {
    let line = logged(Look::Json, || tracing::warn!(deliveries = 3, "3 deliveries wait"));
    let event: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&event["message"], &event["deliveries"]), (&"3 deliveries wait".into(), &3.into()));
}

#[test]
fn less_than_the_level_is_not_logged() {
    assert_eq!(logged(Look::Plain, || tracing::debug!("quiet")), "");
}

#[test]
fn what_is_counted_is_rendered() {
    let recorder = PrometheusBuilder::new().set_buckets(&BUCKETS).unwrap().build_recorder();
    let metrics = Metrics(recorder.handle());
    metrics::with_local_recorder(&recorder, || metrics::counter!("postern_mails_total").increment(2));
    metrics::with_local_recorder(&recorder, || metrics::histogram!("postern_commit_seconds").record(0.002));
    metrics.tick();
    let text = metrics.render();
    assert!(text.contains("postern_mails_total 2"), "{text}");
    assert!(text.contains("postern_commit_seconds_bucket{le=\"0.005\"} 1"), "{text}");
}
