//! Unknown keys are errors, unknown variables are warnings. The known ones are those that the
//! loader has read.

use std::collections::BTreeSet;

use toml::de::{DeTable, DeValue};

use super::otlp;
use super::place::{Place, Source};
use super::problem::Problem;
use super::queues::QueuePart;
use super::section::{Reader, join};

/// A typing mistake has at most one edit per this number of letters, and at least one edit is
/// allowed.
const LETTERS_PER_EDIT: usize = 4;

/// Variables that other parts of the program read.
const OTHER_VARIABLES: [&str; 3] =
    ["LONGSHORE_CONFIG", "LONGSHORE_LOG_FORMAT", "LONGSHORE_LOG_LEVEL"];

/// Reports every unknown key of the file and of the flags.
pub(super) fn refuse(reader: &mut Reader<'_>, table: &DeTable<'_>, queues: &[QueuePart<'_>]) {
    let mut problems = in_table(reader, table, "");
    for QueuePart { label, table } in queues {
        problems.extend(table.iter().flat_map(|(table, _)| in_table(reader, table, label)));
    }
    let flags = reader.sources.flags.iter().filter(|flag| !reader.keys.contains(&flag.key));
    problems.extend(flags.map(|flag| Problem {
        place: Place { source: Source::Flag(flag.name.clone()), key: String::new() },
        found: format!("an unknown key, `{}`", flag.key),
        expected: advice(&flag.key, &reader.keys),
    }));
    problems.into_iter().for_each(|problem| reader.report(problem));
}

/// Reports every unknown key of one table.
pub(super) fn refuse_in(reader: &mut Reader<'_>, table: &DeTable<'_>, path: &str) {
    in_table(reader, table, path).into_iter().for_each(|problem| reader.report(problem));
}

fn in_table(reader: &Reader<'_>, table: &DeTable<'_>, path: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (key, value) in table {
        let path = join(path, key.get_ref());
        if reader.keys.contains(&path) {
            continue;
        }
        let inside = format!("{path}.");
        if reader.keys.iter().any(|known| known.starts_with(&inside)) {
            if let DeValue::Table(inner) = value.get_ref() {
                problems.extend(in_table(reader, inner, &path));
            }
            continue;
        }
        let source = reader.document.map(|document| document.source(&key.span()));
        problems.push(Problem {
            found: format!("an unknown key, `{}`", key.get_ref()),
            expected: advice(&path, &reader.keys),
            place: Place { source: source.unwrap_or(Source::Default), key: path },
        });
    }
    problems
}

/// The key that was probably meant.
fn advice(path: &str, known: &BTreeSet<String>) -> String {
    let (parent, key) = path.rsplit_once('.').unwrap_or(("", path));
    let siblings: BTreeSet<&str> = known
        .iter()
        .filter_map(|known| match parent {
            "" => Some(known.as_str()),
            parent => known.strip_prefix(parent)?.strip_prefix('.'),
        })
        .filter_map(|rest| rest.split('.').next())
        .collect();
    if let Some(near) = nearest(key, siblings.iter().copied()) {
        return format!("did you mean `{near}`?");
    }
    if siblings.is_empty()
        && let Some(near) = nearest(path, known.iter().map(String::as_str))
    {
        return format!("did you mean `{near}`?");
    }
    let same_key = |known: &&String| known.rsplit('.').next() == Some(key);
    let of_a_queue = known.get(&format!("defaults.{key}"));
    if let Some(elsewhere) = of_a_queue.or_else(|| known.iter().find(same_key)) {
        return format!("no `{key}` here; did you mean `{elsewhere}`?");
    }
    let siblings: Vec<_> = siblings.into_iter().collect();
    match siblings[..] {
        [] => format!("a known key; `{parent}` has no keys"),
        _ => format!("one of {}", siblings.join(", ")),
    }
}

fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let most = (name.chars().count() / LETTERS_PER_EDIT).max(1);
    known
        .map(|known| (strsim::damerau_levenshtein(name, known), known))
        .filter(|(edits, _)| *edits <= most)
        .min()
        .map(|(_, known)| known)
}

/// A warning for each unknown variable.
pub(super) fn warnings(reader: &Reader<'_>) -> Vec<String> {
    let names = || reader.sources.environment.keys().map(String::as_str);
    let mut warnings = otlp::warnings(names(), &reader.variables);
    let ours = names().filter(|name| name.starts_with("LONGSHORE_"));
    let unknown = ours
        .filter(|name| !reader.variables.contains(*name) && !OTHER_VARIABLES.contains(name))
        .filter(|name| !set_by_kubernetes(name))
        .map(|name| match nearest(name, reader.variables.iter().map(String::as_str)) {
            Some(near) => format!("{name} matches no setting; did you mean {near}?"),
            None => format!("{name} matches no setting and is ignored"),
        });
    warnings.extend(unknown);
    warnings
}

/// Kubernetes sets variables for each Service in each pod, so a Service named `longshore` or
/// `longshore-admin` sets variables with our prefix.
/// <https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables>
fn set_by_kubernetes(name: &str) -> bool {
    let port = |rest: &str| {
        let mut parts = rest.split('_');
        let number = parts.next().is_some_and(|part| part.parse::<u16>().is_ok());
        number && matches!(parts.next(), Some("TCP" | "UDP" | "SCTP"))
    };
    name.ends_with("_SERVICE_HOST")
        || name.contains("_SERVICE_PORT")
        || name.ends_with("_PORT")
        || name.split("_PORT_").skip(1).any(port)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> BTreeSet<String> {
        ["aws.region", "defaults.visibility", "defaults.retry.base", "concurrency"]
            .map(str::to_owned)
            .into()
    }

    #[test]
    fn a_typing_mistake_gets_the_right_key() {
        assert_eq!(advice("defaults.visiblity", &known()), "did you mean `visibility`?");
        assert_eq!(advice("asw", &known()), "did you mean `aws`?");
        assert_eq!(advice("concurency", &known()), "did you mean `concurrency`?");
    }

    #[test]
    fn a_key_in_the_wrong_section_gets_the_right_section() {
        let advice = advice("aws.visibility", &known());
        assert_eq!(advice, "no `visibility` here; did you mean `defaults.visibility`?");
    }

    #[test]
    fn an_unknown_key_gets_all_keys_of_its_section() {
        assert_eq!(advice("defaults.colour", &known()), "one of retry, visibility");
    }

    #[test]
    fn variables_of_kubernetes_are_recognized() {
        for name in [
            "LONGSHORE_SERVICE_HOST",
            "LONGSHORE_SERVICE_PORT_METRICS",
            "LONGSHORE_PORT",
            "LONGSHORE_PORT_9464_TCP",
            "LONGSHORE_ADMIN_PORT_9464_TCP_ADDR",
        ] {
            assert!(set_by_kubernetes(name), "{name}");
        }
        assert!(!set_by_kubernetes("LONGSHORE_SHUTDOWN_GRASE"));
        assert!(!set_by_kubernetes("LONGSHORE_PORT_NUMBER"));
    }
}
