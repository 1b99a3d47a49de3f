//! Charts: stacked columns over time, drawn on the server as SVG, with the same numbers in a table.
//!
//! Lengths are whole tenths of a drawing unit, so that nothing is rounded twice.

use super::moment;
use super::words::{counted, number};
use jiff::Timestamp;

/// The drawing: 360 by 150 units, with room for numbers on the left and times below. It is small,
/// because a phone shows it at about this size and its text must stay readable.
const LEFT: i64 = 320;
const RIGHT: i64 = 3580;
const TOP: i64 = 90;
const BOTTOM: i64 = 1290;
/// Width of a time label.
const MARK: i64 = 320;

/// Most columns. A longer range uses columns of several hours.
const MAX_COLUMNS: i64 = 48;
/// Fewest columns; the first ones may be empty.
const FEWEST: i64 = 12;
/// The numbers of hours that a column may cover.
const SPANS: [i64; 8] = [1, 2, 4, 6, 12, 24, 48, 168];

/// One counted quantity, in its own colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Series {
    /// The name shown.
    pub name: &'static str,
    /// The CSS class of the colour.
    pub class: &'static str,
}

/// A chart, ready to be rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// The text alternative.
    pub label: String,
    /// The quantities, with their colours.
    pub series: Vec<Series>,
    /// The columns, oldest first.
    pub columns: Vec<Column>,
    /// Horizontal lines with their numbers.
    pub ticks: Vec<Tick>,
    /// Time labels below the columns.
    pub marks: Vec<Mark>,
    /// The time that a column covers.
    pub step: String,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// When the column begins.
    pub at: Timestamp,
    /// The numbers, in the order of the series.
    pub values: Vec<String>,
    /// The column in words.
    pub words: String,
    /// The rectangles, from bottom to top.
    pub bars: Vec<Bar>,
}

/// One rectangle, in units as SVG writes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// The CSS class of the colour.
    pub class: &'static str,
    /// Distance from the left.
    pub x: String,
    /// Distance from the top.
    pub y: String,
    /// Width.
    pub width: String,
    /// Height.
    pub height: String,
}

/// A horizontal line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tick {
    /// Distance from the top.
    pub y: String,
    /// The number at the line.
    pub label: String,
}

/// A time label below the columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Distance from the left.
    pub x: String,
    /// The label.
    pub label: String,
}

/// The numbers of one hour, in the order of the series.
pub type Hour = (Timestamp, Vec<i64>);

impl Chart {
    /// A chart of hours, oldest first; hours without counts may be missing. `None` if there are no
    /// hours.
    #[must_use]
    pub fn of(what: &str, series: &[Series], hours: &[Hour]) -> Option<Self> {
        let (first, last) = (hour_of(hours.first()?.0), hour_of(hours.last()?.0));
        // A few very wide columns would show nothing, so empty hours are added in front.
        let (span, groups) = grouped(hours, series.len(), first.min(last - FEWEST + 1), last);
        let highest = groups.iter().map(|(_, values)| values.iter().sum::<i64>()).max().unwrap_or(0);
        let top = round_up(highest);
        let count = i64::try_from(groups.len()).unwrap_or(1).max(1);
        let columns = groups.iter().zip(0..).map(|(group, place)| column(series, group, place, count, top)).collect();
        let total: Vec<String> = series
            .iter()
            .enumerate()
            .map(|(place, series)| {
                let sum: i64 = hours.iter().filter_map(|(_, values)| values.get(place)).sum();
                format!("{} {}", number(sum), series.name)
            })
            .collect();
        Some(Self {
            label: format!("{what}: {} in all.", super::words::listed(&total)),
            series: series.to_vec(),
            columns,
            ticks: [0, top / 2, top].map(|value| Tick { y: units(height(value, top)), label: number(value) }).into(),
            marks: marks(&groups, count, span),
            step: if span == 1 { "hour".to_owned() } else { counted(span, "hour", "hours") },
        })
    }
}

/// Groups the hours into columns of equal length, empty ones included. Also returns the hours per
/// column.
fn grouped(hours: &[Hour], series: usize, first: i64, last: i64) -> (i64, Vec<Hour>) {
    let span =
        SPANS.into_iter().find(|span| (last - first) / span < MAX_COLUMNS).unwrap_or((last - first) / MAX_COLUMNS + 1);
    let from = first.div_euclid(span);
    let mut groups: Vec<Hour> =
        (from..=last.div_euclid(span)).map(|place| (beginning(place * span), vec![0; series])).collect();
    for (at, values) in hours {
        let place = usize::try_from(hour_of(*at).div_euclid(span) - from).unwrap_or(usize::MAX);
        let Some((_, sums)) = groups.get_mut(place) else { continue };
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum += value;
        }
    }
    (span, groups)
}

fn column(series: &[Series], (at, values): &Hour, place: i64, count: i64, top: i64) -> Column {
    let (from, to) = (edge(place, count), edge(place + 1, count));
    let gap = ((to - from) / 8).max(4);
    let mut below = 0;
    let mut bars = Vec::new();
    for (series, value) in series.iter().zip(values) {
        let (foot, head) = (height(below, top), height(below + value, top));
        below += value;
        if *value > 0 {
            bars.push(Bar {
                class: series.class,
                x: units(from + gap),
                y: units(head.min(foot - 10)),
                width: units(to - from - 2 * gap),
                height: units((foot - head).max(10)),
            });
        }
    }
    let told: Vec<String> =
        series.iter().zip(values).map(|(series, value)| format!("{} {}", number(*value), series.name)).collect();
    let words = format!("{}: {}", moment::minute(at), told.join(", "));
    Column { at: *at, values: values.iter().map(|value| number(*value)).collect(), words, bars }
}

/// Time labels below the columns, few enough to be readable.
fn marks(groups: &[Hour], count: i64, span: i64) -> Vec<Mark> {
    let every = usize::try_from((count + 5) / 6).unwrap_or(1).max(1);
    let label = |at: &Timestamp| at.strftime(if span >= 24 { "%b %-d" } else { "%H:%M" }).to_string();
    let mark = |(place, (at, _)): (usize, &Hour)| Mark {
        x: units(edge(i64::try_from(place).unwrap_or(0), count)),
        label: label(at),
    };
    // A label at the right edge would be cut off.
    let fits = |place: &usize| edge(i64::try_from(*place).unwrap_or(0), count) <= RIGHT - MARK;
    groups.iter().enumerate().step_by(every).filter(|(place, _)| fits(place)).map(mark).collect()
}

fn edge(place: i64, count: i64) -> i64 {
    LEFT + (RIGHT - LEFT) * place / count
}

fn height(value: i64, top: i64) -> i64 {
    BOTTOM - (BOTTOM - TOP).saturating_mul(value) / top
}

/// The next round number for the top of a chart that can be halved.
fn round_up(highest: i64) -> i64 {
    let mut step: i64 = 1;
    loop {
        for digit in [2, 4, 6, 8, 10] {
            let top = step.saturating_mul(digit);
            if top >= highest {
                return top;
            }
        }
        step = step.saturating_mul(10);
    }
}

fn units(tenths: i64) -> String {
    format!("{}.{}", tenths / 10, tenths % 10)
}

fn hour_of(at: Timestamp) -> i64 {
    at.as_second().div_euclid(3600)
}

fn beginning(hour: i64) -> Timestamp {
    Timestamp::from_second(hour.saturating_mul(3600)).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: [Series; 2] = [Series { name: "sent", class: "s1" }, Series { name: "kept", class: "s2" }];

    fn at(hour: i64) -> Timestamp {
        beginning(495_000 + hour)
    }

    #[test]
    fn columns_stand_on_each_other_and_empty_hours_are_there() {
        let chart = Chart::of("Mail", &TWO, &[(at(0), vec![3, 5]), (at(3), vec![0, 1])]).unwrap();
        assert_eq!(chart.columns.len(), 12);
        let [lower, upper] = &chart.columns[8].bars[..] else { panic!("two bars") };
        assert_eq!((lower.class, upper.class), ("s1", "s2"));
        let number = |text: &str| text.parse::<f64>().unwrap();
        assert!((number(&upper.y) + number(&upper.height) - number(&lower.y)).abs() < 0.11);
        assert_eq!((chart.columns[0].bars.len(), chart.columns[9].bars.len(), chart.columns[11].bars.len()), (0, 0, 1));
        assert_eq!(chart.label, "Mail: 3 sent and 6 kept in all.");
        assert_eq!(chart.ticks.iter().map(|tick| tick.label.as_str()).collect::<Vec<_>>(), ["0", "4", "8"]);
        assert_eq!(Chart::of("Mail", &TWO, &[]), None);
    }

    #[test]
    fn many_hours_become_columns_of_several_and_nothing_is_lost() {
        let hours: Vec<Hour> = (0..2000).map(|hour| (at(hour), vec![1, 2])).collect();
        let chart = Chart::of("Mail", &TWO, &hours).unwrap();
        assert!(chart.columns.len() <= 49, "{}", chart.columns.len());
        let sum: i64 = chart.columns.iter().map(|column| column.values[0].parse::<i64>().unwrap()).sum();
        assert_eq!(sum, 2000);
        assert!(chart.marks.len() <= 7);
    }

    #[test]
    fn the_top_is_a_round_number_that_can_be_halved() {
        let tops: Vec<i64> = [0, 1, 2, 3, 9, 11, 47, 99, 101, 12_345].into_iter().map(round_up).collect();
        assert_eq!(tops, [2, 2, 2, 4, 10, 20, 60, 100, 200, 20_000]);
    }
}
