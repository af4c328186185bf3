//! The commands of the runbooks: what they select exists in the shipped manifests, and what they use
//! is set before.

use std::collections::BTreeSet;
use std::fs;

use super::documents::{blocks, root, runbooks};

/// The programs that a runbook may use.
const PROGRAMS: &[&str] =
    &["aws", "curl", "docker", "journalctl", "kubectl", "longshore", "systemctl"];

/// Each command of each runbook, with its continuation lines, and the name of its file.
fn commands() -> Vec<(String, String)> {
    let mut commands = Vec::new();
    for path in runbooks() {
        let file = path.file_name().unwrap().to_str().unwrap().to_owned();
        for block in blocks(&fs::read_to_string(&path).unwrap(), "sh") {
            let whole = block.replace("\\\n", " ");
            let lines = whole.lines().map(str::trim).filter(|line| !line.is_empty());
            commands.extend(lines.map(|line| (file.clone(), line.to_owned())));
        }
    }
    assert!(commands.len() > 20, "the commands of the runbooks are missing");
    commands
}

#[test]
fn a_command_starts_a_known_program() {
    for (file, command) in commands() {
        let assigned = command.split_once("=$(").filter(|(name, _)| is_variable(name));
        let called = assigned.map_or(&*command, |(_, called)| called);
        let program = called.split_whitespace().next().unwrap();
        assert!(PROGRAMS.contains(&program), "{file}: {command}");
    }
}

#[test]
fn a_variable_is_set_before_it_is_used() {
    let mut set = BTreeSet::new();
    for (file, command) in commands() {
        for used in command.split('$').skip(1) {
            let name: String =
                used.chars().take_while(|c| c.is_ascii_uppercase() || *c == '_').collect();
            let is_set = name.is_empty() || set.contains(&(file.clone(), name.clone()));
            assert!(is_set, "{file}: ${name} is not set before: {command}");
        }
        if let Some((name, _)) = command.split_once('=').filter(|(name, _)| is_variable(name)) {
            set.insert((file, name.to_owned()));
        }
    }
}

#[test]
fn logs_of_many_pods_are_read_whole_and_from_the_worker() {
    for (file, command) in commands() {
        if command.contains("kubectl") && command.contains(" logs ") {
            assert!(command.contains("-c longshore"), "{file}: which container? {command}");
            let is_whole = !command.contains(" -l ") || command.contains("--tail=-1");
            assert!(is_whole, "{file}: without --tail=-1, ten lines of each pod: {command}");
        }
    }
}

#[test]
fn a_selector_selects_the_shipped_pods() {
    let manifest = root().join("deploy/kubernetes/base/deployment.yaml");
    let manifest = fs::read_to_string(manifest).unwrap();
    for (file, command) in commands() {
        let Some((_, selector)) = command.split_once(" -l ") else { continue };
        let (label, value) = selector.split_whitespace().next().unwrap().split_once('=').unwrap();
        let line = format!("{label}: {value}");
        assert!(manifest.contains(&line), "{file}: no pod has {line}: {command}");
    }
}

#[test]
fn no_command_is_blocked_by_the_network_policy_or_uses_up_receives() {
    for (file, command) in commands() {
        assert!(!command.contains("POD:9464"), "{file}: forward the port: {command}");
        assert!(
            !command.contains("receive-message"),
            "{file}: this counts as a receive: {command}"
        );
    }
}

#[test]
fn the_backlog_is_not_added_up_over_workers() {
    for path in runbooks() {
        for query in blocks(&fs::read_to_string(&path).unwrap(), "promql") {
            let sums = query.match_indices("longshore_backlog_messages");
            let sums = sums.filter(|(at, _)| is_summed(&query[..*at])).count();
            assert_eq!(sums, 0, "{}: each worker reports the same queue: {query}", path.display());
        }
    }
}

/// Whether what follows this text is the argument of `sum`.
fn is_summed(before: &str) -> bool {
    let Some(called) = before.trim_end().strip_suffix('(') else { return false };
    let called = called.trim_end();
    let name = match called.strip_suffix(')') {
        Some(labels) => labels.rsplit_once('(').map_or("", |(name, _)| name),
        None => called,
    };
    let name = name.trim_end().trim_end_matches("by").trim_end_matches("without").trim_end();
    name.ends_with("sum")
}

fn is_variable(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c == '_')
}
