//! `longshore export`, as a program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use xtask::rules::{Scale, generated_files};

/// A directory of this test's own, which is not there yet.
pub(super) fn nowhere(test: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("export").join(test);
    if dir.exists() {
        fs::remove_dir_all(&dir).unwrap();
    }
    dir
}

pub(super) fn export(dir: &Path, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_longshore"))
        .arg("export")
        .arg(dir)
        .args(more)
        .output()
        .unwrap()
}

pub(super) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

#[test]
fn export_writes_every_file_and_is_idempotent() {
    let dir = nowhere("twice");
    let first = export(&dir, &[]);
    assert!(first.status.success(), "{}", said(&first));
    for line in said(&first).lines() {
        let path = line.strip_prefix("wrote").unwrap().trim();
        assert!(Path::new(path).starts_with(&dir) && Path::new(path).is_file(), "{line}");
    }
    let second = export(&dir, &[]);
    assert!(second.status.success());
    assert!(said(&second).lines().all(|line| line.starts_with("unchanged")), "{}", said(&second));
}

#[test]
fn export_overwrites_a_changed_file_only_with_force() {
    let dir = nowhere("changed");
    fs::create_dir_all(dir.join("alerts")).unwrap();
    let mine = dir.join("alerts/longshore.rules.yml");
    fs::write(&mine, "mine").unwrap();
    let refused = export(&dir, &[]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(said(&refused).contains("longshore.rules.yml"), "{}", said(&refused));
    assert_eq!(fs::read_to_string(&mine).unwrap(), "mine");
    assert!(!dir.join("runbooks").exists(), "it wrote something all the same");
    let forced = export(&dir, &["--force"]);
    assert!(forced.status.success());
    assert!(said(&forced).contains("replaced"), "{}", said(&forced));
    assert_ne!(fs::read_to_string(&mine).unwrap(), "mine");
}

fn rules(scale: u32) -> String {
    let scale = Scale::shortened(scale).unwrap();
    let mut files = generated_files(scale).into_iter();
    files.find(|file| file.path == "alerts/longshore.rules.yml").unwrap().text
}

#[test]
fn rules_with_scaled_windows_are_marked_as_test_rules() {
    assert!(rules(60).contains("for tests: not for production"));
    assert!(!rules(1).contains("for tests"));
}

#[test]
fn scaled_windows_change_only_durations() {
    let [real, shortened] = [1, 20].map(|scale| {
        let rules = rules(scale);
        // These lines also have durations as numbers of seconds.
        let seconds = ["longshore_seen:", "longshore_observed:"];
        let lines = rules.split_once("\ngroups:").unwrap().1.lines();
        let lines = lines.filter(|line| !seconds.iter().any(|name| line.contains(name)));
        lines.collect::<Vec<_>>().join("\n")
    });
    assert!(!durations(&real).is_empty());
    let lengthened: Vec<_> = durations(&shortened).iter().map(|length| *length * 20).collect();
    assert_eq!(lengthened, durations(&real));
    assert_eq!(without_durations(&shortened), without_durations(&real));
}

/// What stands between punctuation and spaces, if it is a duration as Prometheus writes it.
fn duration(word: &str) -> Option<Duration> {
    word.starts_with(|c: char| c.is_ascii_digit()).then(|| humantime::parse_duration(word).ok())?
}

fn words(rules: &str) -> impl Iterator<Item = &str> {
    rules.split(|c: char| c.is_whitespace() || "[],.:".contains(c)).filter(|word| !word.is_empty())
}

fn durations(rules: &str) -> Vec<Duration> {
    words(rules).filter_map(duration).collect()
}

fn without_durations(rules: &str) -> Vec<&str> {
    words(rules).filter(|word| duration(word).is_none()).collect()
}
