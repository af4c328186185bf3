//! `longshore check` as a process: its exit codes and its report.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::json;

use crate::config::directory_with;

const QUEUE: &str = "[[queue]]\nname = \"orders\"\nhandler = { command = [\"./handle\"] }\n";

fn longshore(directory: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_longshore"));
    for (name, _) in std::env::vars_os() {
        let shown = name.to_string_lossy();
        if ["LONGSHORE_", "OTEL_"].iter().any(|start| shown.starts_with(start)) {
            command.env_remove(&name);
        }
    }
    command.current_dir(directory).args(arguments).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The words of the line that starts with `word`.
fn line_of(text: &str, word: &str) -> Vec<String> {
    let mut lines = text.lines().map(|line| line.split_whitespace().map(str::to_owned));
    let line = lines.find_map(|mut words| (words.next()? == word).then(|| words.collect()));
    line.unwrap_or_else(|| panic!("no line starts with {word}:\n{text}"))
}

#[test]
fn a_valid_configuration_is_reported_and_exits_with_0() {
    let directory = directory_with("check_sound", QUEUE);
    let output = longshore(&directory, &["check", "--set", "defaults.weight=3"]);
    let report = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{report}{}", stderr(&output));
    assert_eq!(line_of(&report, "grace"), ["22s", "default"]);
    assert_eq!(line_of(&report, "name"), ["orders", "longshore.toml:2:8"]);
    assert_eq!(line_of(&report, "weight"), ["3", "--set"]);
    assert_eq!(line_of(&report, "orders"), ["20s", "129,600", "$0.05", "259,200,000", "$103.68"]);
    assert_eq!(line_of(&report, "total").join(" "), "30s of 30s: fits, 0s left");
    assert!(stderr(&output).is_empty());
}

#[test]
fn problems_go_to_stderr_numbered_and_exit_with_64() {
    let text = format!("[shutdown]\ngrace = 20\ngrase = 1\n{QUEUE}");
    let directory = directory_with("check_problems", &text);
    let output = longshore(&directory, &["check"]);
    assert_eq!(output.status.code(), Some(64));
    assert!(stdout(&output).is_empty());
    let problems = stderr(&output);
    assert!(problems.starts_with("longshore: 2 problems in the configuration"), "{problems}");
    assert!(problems.contains("  1. longshore.toml:2:9  shutdown.grace\n"), "{problems}");
    assert!(problems.contains("  2. longshore.toml:3:1  shutdown.grase\n"), "{problems}");
}

#[test]
fn a_shutdown_that_does_not_fit_exits_with_64() {
    let directory = directory_with("check_budget", QUEUE);
    let over = longshore(&directory, &["check", "--set", "shutdown.settle=9s"]);
    assert_eq!(over.status.code(), Some(64));
    let total = line_of(&stdout(&over), "total").join(" ");
    assert_eq!(total, "36s of 30s: DOES NOT FIT, 6s too long");
    assert!(stderr(&over).contains("shutdown.limit to 36s"), "{}", stderr(&over));

    let late = longshore(&directory, &["check", "--grace", "20s"]);
    assert_eq!(late.status.code(), Some(64));
    assert!(stderr(&late).contains("raise shutdown.grace to 21s"), "{}", stderr(&late));
}

#[test]
fn short_polling_is_reported_with_its_cost_and_a_warning() {
    let text = format!("{QUEUE}wait = \"0s\"\nshort_polling = true\n");
    let output = longshore(&directory_with("check_short", &text), &["check"]);
    let report = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(line_of(&report, "orders")[1..3], ["259,200,000", "$103.68"]);
    assert!(report.contains("queue orders uses short polling"), "{report}");
}

#[test]
fn the_json_report_has_the_same_values() {
    let directory = directory_with("check_json", QUEUE);
    let output = longshore(&directory, &["check", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["stop"]["fits"], true);
    assert_eq!(report["stop"]["terms"]["grace"], 22.0);
    assert_eq!(report["idle_month"][0]["configured"]["receives"], 129_600);
    // AWS adds a quarter to the price of a standard queue if its messages have a MessageGroupId.
    let busy = &report["working_month"][0];
    let usd = |cost: &str| busy[cost]["usd"].as_f64().unwrap();
    assert_eq!(usd("as_fair_queue"), usd("configured") * 1.25);
    let effective = report["effective"].as_array().unwrap();
    let listen = effective.iter().find(|value| value["key"] == "listen").unwrap();
    assert_eq!(listen["value"], "127.0.0.1:9464");
    assert_eq!(listen["source"], "default");
}

#[test]
fn the_cost_can_be_forecast_for_a_size() {
    let directory = directory_with("check_size", QUEUE);
    let size = ["check", "--format", "json", "--rate", "1000", "--rate", "0.5", "--workers", "4"];
    let output = longshore(&directory, &size);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let rates = report["working_month"].as_array().unwrap().iter();
    let rates: Vec<_> =
        rates.map(|month| (&month["messages_per_second"], &month["copies"])).collect();
    assert_eq!(rates, [(&json!(1000.0), &json!(4)), (&json!(0.5), &json!(4))]);
    // A fifth of a request is the minimum: 2,592 million messages at $0.08 per million are $207.
    let usd = report["working_month"][0]["in_copies"]["usd"].as_f64().unwrap();
    assert!((207.36..230.0).contains(&usd), "{usd}");
    let text = stdout(&longshore(&directory, &["check", "--workers", "1"]));
    assert!(text.contains(" 1 worker "), "{text}");
    for wrong in [&["--rate", "0"][..], &["--rate", "nan"], &["--workers", "0"]] {
        let output = longshore(&directory, &[&["check"], wrong].concat());
        assert_eq!(output.status.code(), Some(64), "{wrong:?}");
    }
}

#[test]
fn a_queue_can_be_given_on_the_command_line_alone() {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let arguments = ["check", "--queue", "orders", "--", "./handle", "--grace", "x"];
    let output = longshore(directory, &arguments);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains(r#"["./handle", "--grace", "x"]"#));
}

#[test]
fn wrong_usage_exits_with_64_and_help_with_0() {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
    for wrong in [&["check", "--set", "x"][..], &["chek"], &[], &["check", "--http", "http://x/"]] {
        assert_eq!(longshore(directory, wrong).status.code(), Some(64), "{wrong:?}");
    }
    for right in [&["--help"][..], &["--version"], &["check", "--help"]] {
        assert_eq!(longshore(directory, right).status.code(), Some(0), "{right:?}");
    }
}

#[test]
fn secrets_are_not_printed() {
    let directory = directory_with("check_secrets", "");
    let url = "http://user:hunter2@127.0.0.1:8080/hook?token=hunter2&page=2";
    for format in ["text", "json"] {
        let output =
            longshore(&directory, &["check", "--format", format, "--queue", "a", "--http", url]);
        let report = stdout(&output);
        assert!(report.contains("http://***@127.0.0.1:8080/hook?token=***&page=2"), "{report}");
        assert!(!report.contains("hunter2"), "{report}");
    }
    let output =
        longshore(&directory, &["check", "--queue", "a", "--http", "ftp://user:hunter2@host/"]);
    let problems = stderr(&output);
    assert!(problems.contains("ftp://***@host/") && !problems.contains("hunter2"), "{problems}");
}

#[cfg(unix)]
#[test]
fn a_limit_of_file_descriptors_that_is_too_low_is_a_warning() {
    let directory = directory_with("check_descriptors", QUEUE);
    let check = |limit: u32| {
        let script =
            format!("ulimit -n {limit} && exec \"$0\" check --set defaults.concurrency=100");
        let mut command = Command::new("sh");
        let program = env!("CARGO_BIN_EXE_longshore");
        stdout(&command.current_dir(&directory).args(["-c", &script, program]).output().unwrap())
    };
    // 40 for the process, 64 for the admin endpoint, 22 for SQS, and 5 for each command.
    assert!(check(625).contains("can need 626 file descriptors"), "{}", check(625));
    assert!(!check(626).contains("file descriptors, and the hard limit"), "{}", check(626));
}
