use super::*;

const SMALL: Limits = Limits { total: 4, client: 3, reserve: 2, client_reserve: 1 };

fn client(last: u8) -> Option<IpAddr> {
    Some(IpAddr::from([192, 0, 2, last]))
}

/// A connection with a request whose caller has this standing.
fn seat(table: &mut Table, of: Option<IpAddr>, standing: Standing) -> (Option<Number>, CancellationToken) {
    let cut = CancellationToken::new();
    let number = table.take(of, cut.clone()).number;
    if let Some(number) = number {
        table.ask(number, of);
        table.identify(number, standing);
    }
    (number, cut)
}

#[test]
fn a_client_beyond_its_limit_loses_its_own_oldest_connection_and_no_other_client_does() {
    let mut table = Table::new(SMALL);
    let (_, other) = seat(&mut table, client(2), Standing::Unknown);
    let cuts: Vec<_> = (0..5).map(|_| seat(&mut table, client(1), Standing::Unknown).1).collect();
    assert_eq!(cuts.iter().map(CancellationToken::is_cancelled).collect::<Vec<_>>(), [true, true, false, false, false]);
    assert!(!other.is_cancelled());
}

#[test]
fn a_crowd_loses_a_connection_of_the_client_that_has_most() {
    let mut table = Table::new(SMALL);
    let (_, modest) = seat(&mut table, client(1), Standing::Unknown);
    let crowd: Vec<_> = (0..3).map(|_| seat(&mut table, client(2), Standing::Unknown).1).collect();
    assert!(seat(&mut table, client(3), Standing::Unknown).0.is_some());
    assert!(crowd[0].is_cancelled() && !crowd[1].is_cancelled() && !modest.is_cancelled());
}

#[test]
fn a_known_caller_is_never_cut_and_then_only_privileged_ones_get_a_place() {
    let mut table = Table::new(SMALL);
    let known: Vec<_> = (1..=4).map(|n| seat(&mut table, client(n), Standing::Known).1).collect();
    let cut = CancellationToken::new();
    let number = table.take(client(9), cut.clone()).number.unwrap();
    assert!(!table.ask(number, client(9)), "any caller may use the reserve");
    assert!(!table.is_privileged(number));
    table.identify(number, Standing::Known);
    assert!(!table.is_privileged(number));
    table.identify(number, Standing::Privileged);
    assert!(table.is_privileged(number));
    assert!(known.iter().all(|cut| !cut.is_cancelled()));
    // A reserved place is for reading the head: a connection there that is not privileged is cut
    // for the next one.
    let (_, waiting) = seat(&mut table, client(8), Standing::Unknown);
    assert!(seat(&mut table, client(7), Standing::Unknown).0.is_some() && waiting.is_cancelled());
    assert!(!cut.is_cancelled());
}

#[test]
fn when_even_the_reserve_is_held_by_privileged_callers_there_is_no_place() {
    let mut table = Table::new(SMALL);
    for n in 1..=6 {
        assert!(seat(&mut table, client(n), Standing::Privileged).0.is_some(), "{n}");
    }
    assert!(seat(&mut table, client(7), Standing::Unknown).0.is_none());
}

#[test]
fn a_connection_in_the_reserve_takes_the_next_ordinary_place() {
    let mut table = Table::new(SMALL);
    let first = seat(&mut table, client(1), Standing::Known).0.unwrap();
    (2..=4).for_each(|n| drop(seat(&mut table, client(n), Standing::Known)));
    let late = table.take(client(5), CancellationToken::new()).number.unwrap();
    assert!(!table.ask(late, client(5)));
    table.leave(first);
    assert!(table.ask(late, client(5)));
}

#[test]
fn behind_a_proxy_the_client_of_the_request_is_counted_and_the_proxy_is_not() {
    let mut table = Table::new(Limits { total: 100, ..SMALL });
    let numbers: Vec<_> = (0..20).map(|_| table.take(None, CancellationToken::new()).number.unwrap()).collect();
    for number in &numbers[..3] {
        assert!(table.ask(*number, client(1)));
        table.identify(*number, Standing::Known);
    }
    assert!(!table.ask(numbers[3], client(1)), "a client has a fourth place behind the proxy");
    assert!(table.ask(numbers[4], client(2)));
    table.rest(numbers[0], None);
    assert!(table.ask(numbers[3], client(1)));
}

#[test]
fn a_caller_is_unknown_again_once_the_request_is_answered() {
    let mut table = Table::new(SMALL);
    let (number, cut) = seat(&mut table, client(1), Standing::Privileged);
    table.rest(number.unwrap(), client(1));
    (2..=5).for_each(|n| drop(seat(&mut table, client(n), Standing::Known)));
    assert!(cut.is_cancelled());
}
