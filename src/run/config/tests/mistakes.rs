//! The error messages for configuration mistakes, collected in one place for review.

use super::config;

fn said(mistakes: &[&str]) -> String {
    let errors = mistakes.iter().map(|text| config(text, &[]).expect_err(text));
    errors.collect::<Vec<_>>().join("\n")
}

#[test]
fn in_the_shape_of_the_file() {
    insta::assert_snapshot!(said(&[
        "[smtp]\n\nlissten = \"127.0.0.1:25\"",
        "[smtp]\nprotocol = \"lmtp\"",
        "[stmp]\n",
        "[frobnicate]\nx = 1",
        "smtp = 5",
        "[smtp.listen]\nport = 25",
        "[smtp]\n\"listen.x\" = 1",
        "[maintenance.intents]\npostmaster = \"hold\"",
        "[smtp]\nlisten = \"127.0.0.1:25",
        "[smtp]\nlisten = 1\nlisten = 2",
    ]), @r#"
    postern.toml, line 3: `smtp.lissten` is not a configuration key. Perhaps you meant `smtp.listen`.
    postern.toml, line 2: `smtp.protocol` is not a configuration key. Take it out; the keys of [smtp] are buffer_bytes, custom_addresses, hostname, idle_timeout, incoming_address, listen, max_connections, max_connections_per_client, max_message_bytes, max_recipients, service_desk_address, session_timeout, soft_bounce, trusted_clients.
    postern.toml, line 1: `stmp` is not a configuration key. Perhaps you meant `smtp`.
    postern.toml, line 1: `frobnicate` is not a configuration key. Take it out; the sections are [app], [http], [log], [maintenance], [maintenance.intents], [notifications], [paging], [relay], [retention], [smtp], [store].
    postern.toml, line 1: `smtp` is a section, not a key. Set its keys: buffer_bytes, custom_addresses, hostname, idle_timeout, incoming_address, listen, max_connections, max_connections_per_client, max_message_bytes, max_recipients, service_desk_address, session_timeout, soft_bounce, trusted_clients.
    postern.toml, line 1: `smtp.listen` is a key, not a section. Give it one value.
    postern.toml, line 2: `smtp."listen.x"` is not a configuration key. Take it out; the sections are [app], [http], [log], [maintenance], [maintenance.intents], [notifications], [paging], [relay], [retention], [smtp], [store].
    postern.toml, line 2: `maintenance.intents.postmaster` is not a configuration key. Take it out; the keys of [maintenance.intents] are comment, create_issue, create_merge_request, reply, service_desk, verify_service_desk.
    postern.toml, line 2: this is not TOML: invalid basic string, expected `"`. Correct this line; texts stand in quotes, lists in [ ].
    postern.toml, line 3: this is not TOML: duplicate key. Correct this line; texts stand in quotes, lists in [ ].
    "#);
}

#[test]
fn in_the_address_of_the_store() {
    insta::assert_snapshot!(said(&[
        "[store]\nurl = \"mysql://u:p@db/x\"",
        "[store]\nurl = \"postgres://u:hunter2@db\"",
        "[store]\nurl = \"postgres://u:hunter2@db/x?sslmode=on\"",
        "[store]\nurl = \"postgres://db/x?password=hunter2\"",
        "[store]\nurl = \"postgres://u:hunter#2@db/x\"",
        "[store]\nurl = \"sqlite::memory:\"",
    ]), @r#"
    postern.toml, line 2: `store.url` names no store that Postern knows. Write `sqlite:PATH`, like `sqlite:data/postern.db`, or `postgres://user:password@host:port/database`.
    postern.toml, line 2: `store.url` names no database. Write `postgres://user:password@host:port/database`; in a password, `%23` stands for `#`, `%2F` for `/`, `%40` for `@`.
    postern.toml, line 2: `store.url` holds an unknown sslmode. Write one of disable, allow, prefer, require, verify-ca, verify-full.
    postern.toml, line 2: `store.url` holds an option that is not known. After the `?` only sslmode, sslrootcert, sslcert, sslkey, host can stand.
    postern.toml, line 2: `store.url` is not a url (invalid port number). Write `postgres://user:password@host:port/database`; in a password, `%23` stands for `#`, `%2F` for `/`, `%40` for `@`.
    postern.toml, line 2: `store.url` would keep nothing: memory is lost at the end. Write `sqlite:PATH`, like `sqlite:data/postern.db`, or `postgres://user:password@host:port/database`.
    "#);
}

#[test]
fn in_a_value_of_smtp() {
    insta::assert_snapshot!(said(&[
        "[smtp]\nlisten = \"localhost:25\"",
        "[smtp]\nmax_recipients = \"many\"",
        "[smtp]\nmax_message_bytes = 25",
        "[smtp]\nidle_timeout = \"5 parsecs\"",
        "[smtp]\nidle_timeout = 300",
        "[smtp]\nsession_timeout = \"2d\"",
        "[smtp]\nsoft_bounce = \"yes\"",
        "[smtp]\ntrusted_clients = \"10.0.0.0/8\"",
        "[smtp]\ntrusted_clients = [\"10.0.0.0/33\"]",
        "[smtp]\nincoming_address = \"incoming@example.com\"",
        "[smtp]\nhostname = \"not a name\"",
        "[smtp]\ncustom_addresses = [{ address = \"support@acme.example\" }]",
        "[smtp]\ncustom_addresses = [{ address = \"s+x@acme.example\", project = \"a/b\" }]",
    ]), @r#"
    postern.toml, line 2: `smtp.listen = "localhost:25"` is not an address to listen on. Write an IP address and a port, like `127.0.0.1:2525` or `[::]:2525`.
    postern.toml, line 2: `smtp.max_recipients = "many"` is not a whole number. Write a number from 1 to 10000, without quotes.
    postern.toml, line 2: `smtp.max_message_bytes = 25` is out of range. Choose a number from 1024 to 1073741824.
    postern.toml, line 2: `smtp.idle_timeout = "5 parsecs"` is not a duration. Write a number and a unit in quotes, like "30s", "5m", "2h" or "5d".
    postern.toml, line 2: `smtp.idle_timeout = 300` is not a duration. Write a number and a unit in quotes, like "30s", "5m", "2h" or "5d".
    postern.toml, line 2: `smtp.session_timeout = "2d"` is out of range. Choose a duration from 1s to 1d.
    postern.toml, line 2: `smtp.soft_bounce = "yes"` is neither true nor false. Write true or false, without quotes.
    postern.toml, line 2: `smtp.trusted_clients = "10.0.0.0/8"` is not a list. Put the entries into [ ].
    postern.toml, line 2: in `smtp.trusted_clients`, `"10.0.0.0/33"` is no network. Write an address like `10.0.0.5` or a network like `10.0.0.0/8` or `fd00::/8`.
    postern.toml, line 2: `smtp.incoming_address = "incoming@example.com"` does not hold %{key} exactly once before the @. Write an address with %{key} before the @ once, like `incoming+%{key}@example.com`.
    postern.toml, line 2: `smtp.hostname = "not a name"` is no host name. Write the name of this machine, like `postern.example.com`.
    postern.toml, line 2: in `smtp.custom_addresses`, `{ address = "support@acme.example" }` holds no `project`. Write { address = "support@acme.example", project = "group/project" }.
    postern.toml, line 2: in `smtp.custom_addresses`, `{ address = "s+x@acme.example", project = "a/b" }` has a + in its address. Write the bare address; what follows a + is a reply key or `verify`.
    "#);
}

#[test]
fn in_a_value_of_another_section() {
    insta::assert_snapshot!(said(&[
        "[http]\nexternal_url = \"postern.example.com\"",
        "[http]\nexternal_url = \"https://example.com/postern\"",
        "[app]\nurl = \"gitlab+https://forge.example\"",
        "[app]\nurl = \"mbox:data/inbox\"",
        "[relay]\nurl = \"smtps://user:hunter2@mail.example\"",
        "[relay]\nurl = \"ftp://mail.example\"",
        "[relay]\nfrom = \"postern\"",
        "[relay]\nretry_for = \"0s\"",
        "[maintenance]\nincoming = \"reject\"",
        "[maintenance]\nwrite_block_status = 404",
        "[notifications]\nunknown_kind = \"drop\"",
        "[paging]\nrecipients = [\"on-call\"]",
        "[retention]\nbodies = \"3mo\"",
        "[log]\nlevel = \"verbose\"",
    ]), @r#"
    postern.toml, line 2: `http.external_url` is not a url (relative URL without a base). Write scheme, host and port only, like `https://postern.example.com`.
    postern.toml, line 2: `http.external_url` holds more than a scheme, a host and a port. Write scheme, host and port only, like `https://postern.example.com`.
    postern.toml, line 2: `app.url` is of a kind that is not available in this version. Write `maildir:PATH` or `https://host/path`.
    postern.toml, line 2: `app.url` names no way to hand mail over that Postern knows. Write `maildir:PATH` or `https://host/path`.
    postern.toml, line 2: `relay.url` holds a password. Take it out and put it into the file that `relay.password_file` names.
    postern.toml, line 2: `relay.url` names no way out that Postern knows. Write `file:PATH`, `smtp://host:port` or `smtps://user@host:port`.
    postern.toml, line 2: `relay.from = "postern"` is no sender. Write `forge@example.com` or `Forge <forge@example.com>`: an address needs something before and after the `@`.
    postern.toml, line 2: `relay.retry_for = "0s"` is out of range. Choose a duration from 1s to 60d.
    postern.toml, line 2: `maintenance.incoming = "reject"` is not one of the words it takes. Write one of "refuse", "defer", "hold".
    postern.toml, line 2: `maintenance.write_block_status = 404` is no status for a blocked write. Write 403 or 503.
    postern.toml, line 2: `notifications.unknown_kind = "drop"` is not one of the words it takes. Write one of "wait", "suppress", "send", "reject".
    postern.toml, line 2: in `paging.recipients`, `"on-call"` is no address. Correct it: an address needs something before and after the `@`.
    postern.toml, line 2: `retention.bodies = "3mo"` counts in months or years, which differ in length. Count in days, like "30d".
    postern.toml, line 2: `log.level = "verbose"` names no level. Write error, warn, info, debug, trace or off, or `info,postern::edge=debug`.
    "#);
}

#[test]
fn in_a_pair_of_values() {
    insta::assert_snapshot!(said(&[
        "[smtp]\nlisten = \"0.0.0.0:8025\"",
        "[smtp]\nmax_message_bytes = 500000000",
        "[smtp]\nbuffer_bytes = 1048576",
        "[smtp]\nservice_desk_address = \"incoming+%{key}@localhost\"",
        "[smtp]\ncustom_addresses = [{ address = \"s@a.example\", project = \"a/b\" }, { address = \"s@A.example\", project = \"a/c\" }]",
        "[app]\nurl = \"https://forge.example/mail\"",
        "[app]\nurl = \"http://forge.example/mail\"\nsecret_file = \"secret\"",
        "[relay]\nurl = \"smtps://user@mail.example\"",
        "[relay]\nurl = \"smtps://mail.example\"\npassword_file = \"pw\"",
        "[relay]\nurl = \"smtp://user@mail.example\"\npassword_file = \"pw\"",
        "[relay]\nretry_for = \"10s\"",
        "[retention]\nbodies = \"91d\"",
    ]), @r#"
    postern.toml, line 2: `smtp.listen = "0.0.0.0:8025"` is the same place as the other door's. Give `smtp.listen` and `http.listen` different ports.
    postern.toml, line 2: `smtp.max_message_bytes = 500000000` leaves no room for the largest message. Choose `smtp.buffer_bytes` at least as large as `smtp.max_message_bytes`.
    postern.toml, line 2: `smtp.buffer_bytes = 1048576` leaves no room for the largest message. Choose `smtp.buffer_bytes` at least as large as `smtp.max_message_bytes`.
    postern.toml, line 2: `smtp.service_desk_address = "incoming+%{key}@localhost"` is the same as `smtp.incoming_address`. Give Service Desk an address of its own, or "" for none.
    postern.toml, line 2: in `smtp.custom_addresses`, `{ address = "s@A.example", project = "a/c" }` repeats an address. Give each address to one project only.
    postern.toml, line 2: `app.url` is a webhook and has no signing secret. Set `app.secret_file` to a file that holds the secret (`whsec_…`).
    postern.toml, line 2: `app.url` would send mail in clear over the network. Write `https://…`; `http://` only to this machine.
    postern.toml, line 2: `relay.url` names a user and there is no password. Set `relay.password_file` to a file that holds the password.
    postern.toml, line 3: `relay.password_file = "pw"` is a password without a user. Name the user in `relay.url` (`smtps://user@host:port`), or take the password away.
    postern.toml, line 2: `relay.url` would send the password in clear over the network. Write `smtps://user@host:port`; `smtp://` with a user only to this machine.
    postern.toml, line 2: `relay.retry_for = "10s"` leaves no time for a second try. Choose `relay.first_retry` shorter than `relay.retry_for`.
    postern.toml, line 2: `retention.bodies = "91d"` would keep bodies longer than their records. Choose `retention.bodies` no longer than `retention.records`.
    "#);
}

#[test]
fn in_a_variable() {
    let errors = [
        ("POSTERN_SMTP__LISSTEN", "127.0.0.1:25"),
        ("POSTERN_smtp__listen", "127.0.0.1:25"),
        ("POSTERN_SMTP__", "x"),
        ("POSTERN_SMTP__MAX_RECIPIENTS", "1e3"),
        ("POSTERN_MAINTENANCE__INTENTS", "hold"),
        ("POSTERN_MAINTENANCE__INTENTS__UNSUBSCRIBE", "refuse"),
    ]
    .map(|variable| config("", &[variable]).unwrap_err());
    insta::assert_snapshot!(errors.join("\n"), @r#"
    variable POSTERN_SMTP__LISSTEN: `smtp.lissten` is not a configuration key. Perhaps you meant POSTERN_SMTP__LISTEN.
    variable POSTERN_smtp__listen: `smtp__listen` is not a configuration key. Perhaps you meant POSTERN_SMTP__LISTEN.
    variable POSTERN_SMTP__: `smtp.` is not a configuration key. Take it out; the keys of [smtp] are buffer_bytes, custom_addresses, hostname, idle_timeout, incoming_address, listen, max_connections, max_connections_per_client, max_message_bytes, max_recipients, service_desk_address, session_timeout, soft_bounce, trusted_clients.
    variable POSTERN_SMTP__MAX_RECIPIENTS: `smtp.max_recipients = "1e3"` is not a whole number. Write a number from 1 to 10000, without quotes.
    variable POSTERN_MAINTENANCE__INTENTS: `maintenance.intents` is a section, not a key. Set its keys: comment, create_issue, create_merge_request, reply, service_desk, verify_service_desk.
    variable POSTERN_MAINTENANCE__INTENTS__UNSUBSCRIBE: `maintenance.intents.unsubscribe` is not a configuration key. Take it out; the keys of [maintenance.intents] are comment, create_issue, create_merge_request, reply, service_desk, verify_service_desk.
    "#);
}
