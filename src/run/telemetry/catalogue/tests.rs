use super::*;
use metrics_exporter_prometheus::PrometheusBuilder;
use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// What a monitor reads right after start, once each gauge and histogram has a value.
fn page() -> String {
    let recorder = PrometheusBuilder::new().set_buckets(&[0.1, 1.0]).unwrap().build_recorder();
    metrics::with_local_recorder(&recorder, || {
        announce();
        for (name, kind, ..) in METRICS {
            match kind {
                Counter => {}
                Gauge => metrics::gauge!(*name).set(1.0),
                Histogram => metrics::histogram!(*name).record(0.5),
            }
        }
    });
    recorder.handle().render()
}

/// The literal names in `counter!`, `gauge!` and `histogram!` in production code under `folder`,
/// with the macro's name.
fn used(folder: &Path, found: &mut BTreeSet<(String, &'static str)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if path.file_name().unwrap() != "tests" {
                used(&path, found);
            }
            continue;
        }
        if path.file_name().unwrap() == "tests.rs" || path.file_name().unwrap() == "catalogue.rs" {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let production = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let is_code = |line: &&str| !line.trim_start().starts_with("//");
        let production = production.lines().filter(is_code).collect::<Vec<_>>().join("\n");
        for macro_name in ["counter!(", "gauge!(", "histogram!("] {
            for after in production.split(macro_name).skip(1) {
                let name = after.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next());
                let name = name.unwrap_or_else(|| panic!("{}: write the metric's name as a literal", path.display()));
                found.insert((name.to_owned(), macro_name));
            }
        }
    }
}

#[test]
fn every_metric_in_the_code_is_in_the_table_as_what_it_is() {
    let mut found = BTreeSet::new();
    used(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    assert!(found.len() > 20, "{found:?}");
    for (name, macro_name) in found {
        let kind = METRICS.iter().find(|(known, ..)| *known == name).map(|(_, kind, ..)| *kind);
        let expected = match macro_name {
            "counter!(" => Counter,
            "gauge!(" => Gauge,
            _ => Histogram,
        };
        assert_eq!(kind, Some(expected), "{name}: add it to METRICS in run/telemetry/catalogue.rs");
    }
}

#[test]
fn every_sample_has_help_and_type_and_counters_start_at_0() {
    let page = page();
    let described = |what: &str| -> BTreeSet<&str> {
        page.lines().filter_map(|line| line.strip_prefix(what)?.split(' ').next()).collect()
    };
    let (helped, typed) = (described("# HELP "), described("# TYPE "));
    for sample in page.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let name = sample.split(['{', ' ']).next().unwrap();
        let family = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
        assert!(helped.contains(family) && typed.contains(family), "{sample}");
        assert!(!name.ends_with("_total") || sample.ends_with(" 0"), "{sample}");
    }
    for series in [
        "postern_attempts_total{class=\"paging\",outcome=\"unknown\"} 0",
        "postern_standstills_total{flow=\"relay\"} 0",
        "postern_smtp_sessions_total 0",
    ] {
        assert!(page.contains(series), "{series} is missing in {page}");
    }
}

#[test]
fn promtool_finds_nothing_to_complain_about() {
    let started =
        Command::new("promtool").args(["check", "metrics"]).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn();
    // Debian's package `prometheus` provides it; the test above holds without it.
    let Ok(mut promtool) = started else { return };
    promtool.stdin.take().unwrap().write_all(page().as_bytes()).unwrap();
    let said = promtool.wait_with_output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
}
