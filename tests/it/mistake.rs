//! A wrong environment or configuration: the messages, and that nothing is lost or created.

use crate::harness::gateway::{Gateway, ISSUE};
use crate::harness::http::request;
use crate::harness::process::Answer;
use crate::harness::smtp::message;
use crate::harness::wait::{seconds, until_true};
use std::net::TcpListener;

/// Runs `serve`, which must exit on its own.
fn refused(gateway: &Gateway) -> Answer {
    let answer = gateway.console(&["serve"]);
    assert!(answer.code > 0, "it ended with {}", answer.code);
    assert!(answer.err.starts_with("postern: ") && !answer.err.contains("panicked"), "{}", answer.err);
    answer
}

fn says(answer: &Answer, words: &[&str]) {
    for word in words {
        assert!(answer.err.contains(word), "`{word}` is not in: {}", answer.err);
    }
}

#[test]
fn a_port_in_use_is_named_with_its_section_and_its_variable() {
    let gateway = Gateway::prepare(&[]);
    for (port, section) in [(gateway.smtp_port, "smtp"), (gateway.http_port, "http")] {
        let _taken = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let answer = refused(&gateway);
        let variable = format!("POSTERN_{}__LISTEN", section.to_uppercase());
        says(&answer, &[&format!("127.0.0.1:{port}"), &format!("[{section}] listen"), &variable]);
    }
    assert!(!gateway.path("data").exists(), "a store was made");
}

#[test]
fn an_unknown_key_is_named_with_its_file_and_the_nearest_key() {
    let mut gateway = Gateway::prepare(&[]);
    std::fs::create_dir(gateway.path("config")).unwrap();
    let file = gateway.path("config/postern.toml");
    std::fs::write(&file, "[smtp]\nmax_recipient = 7\n").unwrap();
    let answer = refused(&gateway);
    assert_eq!(answer.code, 2);
    says(&answer, &["config/postern.toml", "line 2", "max_recipient", "max_recipients"]);
    std::fs::remove_file(&file).unwrap();
    gateway.set("RELAY__URLL", "file:x");
    let answer = refused(&gateway);
    assert_eq!(answer.code, 2);
    says(&answer, &["POSTERN_RELAY__URLL", "relay.url"]);
}

#[test]
fn a_wrong_value_stops_every_command_with_the_remedy() {
    let cases = [
        ("SMTP__MAX_RECIPIENTS", "0", "smtp.max_recipients"),
        ("SMTP__IDLE_TIMEOUT", "5", "smtp.idle_timeout"),
        ("RELAY__URL", "ftp://x", "relay.url"),
        ("APP__URL", "https://app.test/hook", "app.secret_file"),
        ("MAINTENANCE__INCOMING", "bounce", "maintenance.incoming"),
        ("STORE__URL", "mysql://db/x", "store.url"),
        ("SMTP__TRUSTED_CLIENTS", "10.0.0.0/99", "smtp.trusted_clients"),
    ];
    for (variable, value, key) in cases {
        let gateway = Gateway::prepare(&[(variable, value)]);
        for command in [&["serve"][..], &["check"], &["settings", "get"]] {
            let answer = gateway.console(command);
            assert_eq!(answer.code, 2, "{variable}: {answer:?}");
            says(&answer, &[key, &format!("POSTERN_{variable}")]);
        }
        assert!(!gateway.path("data").exists(), "a store was made");
    }
}

#[test]
fn a_configuration_file_that_is_named_must_be_there_and_be_toml() {
    let gateway = Gateway::prepare(&[]);
    let missing = gateway.console(&["--config", "no/such.toml", "check"]);
    assert_eq!(missing.code, 2);
    says(&missing, &["no/such.toml", "--config"]);
    std::fs::write(gateway.path("broken.toml"), "[smtp\nlisten = 1\n").unwrap();
    let broken = gateway.console(&["check", "--config", "broken.toml"]);
    assert_eq!(broken.code, 2);
    says(&broken, &["broken.toml", "line 1"]);
}

#[test]
fn a_store_that_cannot_be_one_is_named() {
    let gateway = Gateway::prepare(&[]);
    std::fs::write(gateway.path("data"), "in the way").unwrap();
    says(&refused(&gateway), &["data"]);
    std::fs::remove_file(gateway.path("data")).unwrap();
    std::fs::create_dir(gateway.path("data")).unwrap();
    std::fs::write(gateway.path("data/postern.db"), "this is a text, not a store\n".repeat(500)).unwrap();
    says(&refused(&gateway), &["data/postern.db"]);
    let left = std::fs::read_to_string(gateway.path("data/postern.db")).unwrap();
    assert!(left.starts_with("this is a text"), "it was overwritten");
}

#[test]
fn a_removed_store_answers_4xx_and_never_250() {
    let mut gateway = Gateway::start();
    let mut smtp = gateway.smtp();
    assert_eq!(smtp.send("ann@outside.test", ISSUE, &message("before")).code, 250);
    until_true("it is handed over", seconds(10), || gateway.inbox().len() == 1);
    for file in gateway.store_files() {
        let _ = std::fs::remove_file(file);
    }
    for n in 0..5 {
        let reply = smtp.send("ann@outside.test", ISSUE, &message(&format!("after-{n}")));
        assert_eq!((reply.code, reply.text.starts_with("4.3.0")), (451, true), "{reply:?}");
    }
    let token = "PRIVATE-TOKEN: ".to_owned() + &gateway.token();
    let answer =
        request(gateway.http_port, "PUT", "/api/v4/application/settings?maintenance_mode=true", &[&token], b"");
    assert_eq!(answer.status, 503, "{:?}", answer.json());
    assert!(gateway.is_running(), "it gave up");
    let console = gateway.console(&["settings", "get"]);
    assert_eq!(console.code, 2, "{console:?}");
}
