//! Kills the gateway while mail arrives and is handed over.

use super::{EndsLoad, Load};
use crate::harness::files::header;
use crate::harness::gateway::{Gateway, ISSUE};
use crate::harness::smtp::{Smtp, message};
use crate::harness::wait::{seconds, until_true};
use std::collections::BTreeMap;

/// Behaves like an MTA: sends each mail with the same bytes until it gets 250. Returns the names of
/// all accepted mails, and of the last one if it was not accepted.
fn client(port: u16, number: usize, load: &Load) -> (Vec<String>, Option<String>) {
    let (mut taken, mut open) = (Vec::new(), None);
    while !load.is_over() {
        let name = format!("mail-{number}-{}", taken.len());
        open.get_or_insert_with(|| Smtp::try_connect(port).ok());
        let Some(Some(smtp)) = &mut open else {
            open = None;
            std::thread::yield_now();
            continue;
        };
        match smtp.try_send("ann@outside.test", ISSUE, &message(&name)) {
            Ok(reply) if reply.code == 250 => {
                taken.push(name);
                load.count();
            }
            Ok(_) => {}
            Err(_) => open = None,
        }
    }
    let last = format!("mail-{number}-{}", taken.len());
    (taken, Some(last))
}

#[test]
fn a_mail_answered_250_is_handed_over_exactly_once_however_often_the_gateway_dies() {
    let mut gateway = Gateway::start();
    let (load, port) = (Load::default(), gateway.smtp_port);
    let (mut taken, mut maybe) = (Vec::new(), Vec::new());
    std::thread::scope(|scope| {
        let load = &load;
        let _ends = EndsLoad(load);
        let clients: Vec<_> = (0..6).map(|number| scope.spawn(move || client(port, number, load))).collect();
        load.kill_in_the_middle(&mut gateway, 6);
        load.end();
        for client in clients {
            let (names, last) = client.join().unwrap();
            taken.extend(names);
            maybe.extend(last);
        }
    });
    let waits = || gateway.console(&["queue", "list"]).rows().len();
    until_true("everything is handed over", seconds(60), || waits() == 0);
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    for mail in gateway.inbox() {
        let name = header(&mail, "Subject").unwrap();
        assert!(mail.ends_with(&message(&name)), "the bytes of {name} changed");
        *found.entry(name).or_default() += 1;
    }
    assert!(taken.iter().all(|name| found.get(name) == Some(&1)), "lost or doubled: {taken:?} {found:?}");
    let others: Vec<_> = found.keys().filter(|name| !taken.contains(name)).collect();
    assert!(others.iter().all(|name| maybe.contains(name) && found[*name] == 1), "{others:?}");
    let rows = gateway.console(&["report", "incoming"]).rows();
    assert_eq!(rows.len(), found.len(), "the report and the inbox differ");
}
