use super::*;
use crate::domain::mail::Intent;
use crate::policy::rules::Treatment;
use std::time::Duration;

/// Loads `text` as a file `postern.toml`, with these variables.
fn config(text: &str, variables: &[(&str, &str)]) -> Result<Config, String> {
    config_from("", text, variables)
}

/// The same, with relative paths that start at `base`.
fn config_from(base: &str, text: &str, variables: &[(&str, &str)]) -> Result<Config, String> {
    let mut layers = Layers::built_in().unwrap();
    let origin = |line| error::Origin::File { path: "postern.toml".into(), line: Some(line) };
    let loaded = file::parse(text, origin)
        .and_then(|layer| layers.lay(layer))
        .and_then(|()| layers.lay(environment::read(variables.iter().map(|(k, v)| ((*k).into(), (*v).into())))))
        .and_then(|()| read(&layers, Place { base: base.into(), ..Place::default() }));
    loaded.map_err(|error| error.to_string())
}

#[test]
fn the_file_that_is_handed_out_says_what_the_program_does_without_it() {
    let text = std::fs::read_to_string("config/postern.toml").unwrap();
    assert_eq!(config(&text, &[]), config("", &[]));
}

#[test]
fn the_defaults_are_the_documented_ones() {
    let config = config("", &[]).unwrap();
    assert_eq!(config.store.url, store::StoreUrl::Sqlite("data/postern.db".into()));
    assert_eq!(config.smtp.max_message_bytes, 26_214_400);
    assert_eq!(config.smtp.max_connections_per_client, 200);
    assert_eq!(config.smtp.idle_timeout, Duration::from_secs(300));
    assert_eq!(config.smtp.incoming_address, "incoming+%{key}@localhost");
    assert!(config.smtp.trusted_clients.iter().any(|net| net.contains(&"::1".parse::<std::net::IpAddr>().unwrap())));
    assert_eq!(config.http.listen.to_string(), "127.0.0.1:8025");
    assert_eq!(config.app.url, app::AppUrl::Maildir("data/inbox".into()));
    assert_eq!(config.relay.url, relay::RelayUrl::File("data/sent".into()));
    assert_eq!(config.relay.retry_for, Duration::from_secs(5 * 86_400));
    assert_eq!(config.maintenance.rules(), crate::policy::rules::Rules::default());
    assert_eq!(config.maintenance.write_block_status, 403);
    assert_eq!(config.retention.records, Duration::from_secs(90 * 86_400));
}

#[test]
fn every_key_is_commented_on_the_line_above_it() {
    let text = include_str!("../../../config/postern.toml");
    let lines: Vec<&str> = text.lines().collect();
    for (place, line) in lines.iter().enumerate().filter(|(_, line)| line.contains(" = ") && !line.starts_with('#')) {
        assert!(lines[place - 1].starts_with("# "), "`{line}` has no comment");
    }
}

#[test]
fn every_key_is_read_and_judged() {
    let layers = Layers::built_in().unwrap();
    assert!(layers.keys().count() > 40);
    for key in layers.keys() {
        let variable = environment::name(key);
        let error = config("", &[(&variable, "\u{7}nonsense")]).expect_err(key);
        assert!(error.contains(&variable) && error.contains(key), "{error}");
    }
}

#[test]
fn a_variable_wins_over_the_file_and_the_file_over_the_defaults() {
    let text = "[smtp]\nmax_recipients = 7\nmax_connections = 8\n[maintenance]\nintents = { reply = \"defer\" }\n";
    let variables = [
        ("POSTERN_SMTP__MAX_CONNECTIONS", "9"),
        ("POSTERN_SMTP__SOFT_BOUNCE", "true"),
        ("POSTERN_MAINTENANCE__INTENTS__SERVICE_DESK", "hold"),
        ("POSTERN_HTTP__TRUSTED_PROXIES", "10.0.0.0/8, ::1"),
        ("POSTERN_SMTP__TRUSTED_CLIENTS", "[\"192.0.2.7\"]"),
        ("POSTERN_PAGING__RECIPIENTS", ""),
        ("POSTERN_SMTP__CUSTOM_ADDRESSES", "[{ address = \"support@acme.example\", project = \"a/b\" }]"),
        ("POSTERN_VERSION", "3"),
        ("HOME", "/"),
    ];
    let config = config(text, &variables).unwrap();
    assert_eq!((config.smtp.max_recipients, config.smtp.max_connections, config.smtp.soft_bounce), (7, 9, true));
    let intents = [(Intent::Reply, Treatment::Defer), (Intent::ServiceDesk, Treatment::Hold)];
    assert_eq!(config.maintenance.rules().intents, intents.into());
    assert_eq!(config.http.trusted_proxies.len(), 2);
    assert_eq!(config.smtp.trusted_clients[0].to_string(), "192.0.2.7/32");
    assert_eq!(config.smtp.custom_addresses[0].project, "a/b");
}

#[test]
fn a_variable_in_braces_sets_several_keys() {
    let config = config("", &[("POSTERN_MAINTENANCE__INTENTS", "{ reply = \"hold\", comment = \"defer\" }")]).unwrap();
    assert_eq!(config.maintenance.intents.len(), 2);
}

#[test]
fn a_smarthost_is_read_with_its_user_and_port() {
    let text = "[relay]\nurl = \"smtps://ann%40example.com@mail.example.com\"\npassword_file = \"pw\"\nfrom = \"Forge <f@x.example>\"";
    let relay = config(text, &[]).unwrap().relay;
    let relay::RelayUrl::Smarthost(smarthost) = relay.url else { panic!("{relay:?}") };
    assert_eq!((smarthost.host.as_str(), smarthost.port), ("mail.example.com", 465));
    assert_eq!(smarthost.sign_in.unwrap().user, "ann@example.com");
    assert_eq!(relay.from.name.as_deref(), Some("Forge"));
    for loopback in ["smtp://u@localhost:25", "smtp://u@127.0.0.1", "smtp://u@[::1]:2525"] {
        assert!(config(&format!("relay = {{ url = \"{loopback}\", password_file = \"pw\" }}"), &[]).is_ok());
    }
}

#[test]
fn paths_are_relative_or_absolute_with_or_without_slashes_after_the_scheme() {
    for (url, path) in [("data/x", "data/x"), ("//data/x", "data/x"), ("/var/x", "/var/x"), ("///var/x", "/var/x")] {
        let config = config("", &[("POSTERN_STORE__URL", &format!("sqlite:{url}"))]).unwrap();
        assert_eq!(config.store.url, store::StoreUrl::Sqlite(path.into()));
    }
}

#[test]
fn every_relative_path_starts_at_the_base() {
    let layers = Layers::built_in().unwrap();
    let mut rooted = Vec::new();
    for key in layers.keys() {
        for value in ["rel/x", "sqlite:rel/x", "maildir:rel/x", "file:rel/x"] {
            let Ok(config) = config_from("/base", "", &[(&environment::name(key), value)]) else { continue };
            let shown = format!("{config:?}");
            if shown.contains("rel/x") && !shown.contains(&format!("{value:?}")) {
                assert!(shown.contains("\"/base/rel/x\""), "{key}: {shown}");
                rooted.push(key.to_owned());
            }
        }
    }
    for key in ["app.url", "relay.url", "store.url"] {
        assert!(rooted.iter().any(|other| other == key), "{rooted:?}");
    }
    let secrets = [("POSTERN_APP__SECRET_FILE", "rel/x"), ("POSTERN_APP__URL", "https://app.test/")];
    let config = config_from("/base", "", &secrets).unwrap();
    assert!(format!("{:?}", config.app).contains("\"/base/rel/x\""), "{:?}", config.app);
}

#[test]
fn the_first_credentials_stand_beside_the_store() {
    let of = |url: &str| config_from("/base", "", &[("POSTERN_STORE__URL", url)]).unwrap().store.credentials;
    assert_eq!(of("sqlite:x/postern.db"), Path::new("/base/x/admin-credentials"));
    assert_eq!(of("sqlite:/srv/postern.db"), Path::new("/srv/admin-credentials"));
    assert_eq!(of("postgres://u@db/postern"), Path::new("/base/data/admin-credentials"));
}

#[test]
fn the_variable_names_the_file_and_is_no_setting() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "[smtp]\nmax_recipients = 7\n").unwrap();
    let variable = (locate::VARIABLE.to_owned(), file.path().display().to_string());
    let config = load(None, std::iter::once(variable)).unwrap();
    assert_eq!((config.smtp.max_recipients, config.place.file.as_deref()), (7, Some(file.path())));
}

#[test]
fn ports_may_be_the_same_on_different_addresses_and_when_the_system_chooses() {
    for (smtp, http) in [("127.0.0.1:0", "127.0.0.1:0"), ("127.0.0.1:2525", "127.0.0.2:2525")] {
        let variables = [("POSTERN_SMTP__LISTEN", smtp), ("POSTERN_HTTP__LISTEN", http)];
        assert!(config("", &variables).is_ok());
    }
}

#[test]
fn the_named_file_is_used_and_remembered() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "[smtp]\nmax_recipients = 7\n").unwrap();
    let config = load(Some(file.path()), std::iter::empty()).unwrap();
    assert_eq!((config.smtp.max_recipients, config.place.file.as_deref()), (7, Some(file.path())));
}

#[test]
fn a_named_file_must_be_there() {
    let error = load(Some(Path::new("no/such.toml")), std::iter::empty()).unwrap_err().to_string();
    assert!(error.starts_with("no/such.toml: the configuration file cannot be read: "), "{error}");
}

#[test]
fn no_error_shows_a_password() {
    for (key, value) in [
        ("STORE__URL", "postgres://u:hunter2@db"),
        ("APP__URL", "https://u:hunter2@app/x"),
        ("RELAY__URL", "smtps://u:hunter2@mail:465"),
        ("RELAY__URL", "smtp//u:hunter2@mail"),
        ("HTTP__EXTERNAL_URL", "https://u:hunter2@x"),
    ] {
        let error = config("", &[(&format!("POSTERN_{key}"), value)]).unwrap_err();
        assert!(!error.contains("hunter2"), "{error}");
    }
}

#[test]
fn deep_nesting_is_refused_not_followed() {
    let deep = "[".repeat(100_000);
    assert!(config(&format!("[smtp]\ncustom_addresses = {deep}"), &[]).is_err());
    assert!(config("", &[("POSTERN_SMTP__CUSTOM_ADDRESSES", &deep)]).is_err());
    assert!(config(&format!("[{}]", ["a"; 20_000].join(".")), &[]).is_err());
    assert!(config("", &[("POSTERN_SMTP__LISTEN", &"{a=".repeat(20_000))]).is_err());
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    #[test]
    fn no_text_makes_the_reader_fall_over(text in "(\\[?\\[?[a-z_.\"]{0,12}\\]?\\]? ?=? ?[\\[{\"'a-z0-9%@:/.,\\n-]{0,20}\n?){0,6}", value in ".{0,40}") {
        let _ = config(&text, &[("POSTERN_SMTP__TRUSTED_CLIENTS", &value), ("POSTERN_MAINTENANCE__INTENTS", &value)]);
        for key in ["STORE__URL", "RELAY__URL", "APP__URL", "SMTP__IDLE_TIMEOUT", "SMTP__INCOMING_ADDRESS", "RELAY__FROM"] {
            let _ = config("", &[(&format!("POSTERN_{key}"), &value)]);
        }
    }
}

mod mistakes;
