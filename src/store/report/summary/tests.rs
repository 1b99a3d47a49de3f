use super::*;
use proptest::prelude::*;

proptest! {
    #[test]
    fn every_moment_of_a_range_is_counted_once(from in 0..5 * HOUR, length in 0..5 * HOUR, at in 0..10 * HOUR) {
        let time = |micros| Timestamp::from_microsecond(micros).unwrap();
        let span = Span::of(Some(time(from)), Some(time(from + length)));
        let whole = (span.whole.0 * HOUR, span.whole.1 * HOUR);
        let times = [span.head, whole, span.tail].iter().filter(|(from, to)| (*from..*to).contains(&at)).count();
        prop_assert_eq!(times, usize::from((from..from + length).contains(&at)));
        prop_assert!(span.head.1 - span.head.0 <= HOUR && span.tail.1 - span.tail.0 < HOUR);
    }
}

#[test]
fn an_open_range_reads_no_rows() {
    let span = Span::of(None, None);
    assert!(span.head.0 >= span.head.1 || span.head.1 <= Timestamp::MIN.as_microsecond() + HOUR);
    assert!(span.tail.0 > Timestamp::MAX.as_microsecond());
    assert!(span.whole.0 < 0 && span.whole.1 > hour_of(Timestamp::MAX));
}

#[test]
fn the_most_come_first_and_what_is_filtered_out_does_not_count() {
    let key = |kind: &str, mode_version| SuppressedKey { kind: kind.into(), class: Class::Paging, mode_version };
    let tally = Tally {
        keys: vec![(key("a", Version(2)), 1), (key("b", Version(2)), 5), (key("a", Version(3)), 2)],
        hours: Vec::new(),
        is_complete: true,
    };
    let filter = SuppressedFilter { mode_versions: Some((Version(2), Version(2))), ..Default::default() };
    assert_eq!(tally.total(|key| filter.takes(key)), 6);
    assert_eq!(tally.by(|_| true, |key| key.kind.clone()), [("b".to_owned(), 5), ("a".to_owned(), 3)]);
}
