//! The texts that people read use the words of the trade. This keeps a short list of other words
//! out of the documentation, `--help`, the alerts, the dashboards and the log messages.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A word or phrase, and what to write instead.
const BANNED: &[(&str, &str)] = &[
    ("nobody", "name who acts: the worker, the handler, SQS, an operator"),
    ("somebody", "name who acts: the worker, the handler, SQS, an operator"),
    ("whoever", "name who acts, such as the scraper"),
    ("give back", "release"),
    ("gives back", "releases"),
    ("given back", "released"),
    ("come again", "be redelivered"),
    ("comes again", "is redelivered"),
    ("in hand", "in flight"),
    ("in vain", "wasted"),
    ("anew", "again"),
    ("lest", "so that … not"),
    ("whence", "from where"),
    ("therein", "in it"),
    ("heed", "use, apply"),
    ("mend", "fix"),
    ("mended", "fixed"),
    ("dear", "expensive"),
    ("dearer", "more expensive"),
    ("beside", "next to"),
    ("intake", "polling"),
    ("appetite", "the wanted number of messages"),
    ("patience", "the longest wait"),
    ("cut off", "aborted"),
    ("not to be had", "unavailable"),
    ("so many", "the number"),
    ("so long", "the duration"),
    ("look-ahead", "prefetch"),
    ("ever more rarely", "with a longer back-off"),
];

/// The banned words that a text contains, as whole words in any case.
fn banned(text: &str) -> Vec<&'static str> {
    let text = text.to_lowercase();
    let is_letter = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    let contains = |word: &str| {
        text.match_indices(word).any(|(at, _)| {
            let before = text[..at].chars().next_back();
            let after = text[at + word.len()..].chars().next();
            !before.is_some_and(is_letter) && !after.is_some_and(is_letter)
        })
    };
    BANNED.iter().map(|(word, _)| *word).filter(|word| contains(word)).collect()
}

fn files(path: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            files(&entry.unwrap().path(), extension, found);
        }
    } else if path.extension().is_some_and(|found| found == extension) {
        found.push(path.to_owned());
    }
}

/// The lines of these files with banned words.
fn offences(
    roots: &[&str],
    extension: &str,
    text: fn(&str) -> Vec<(usize, String)>,
) -> Vec<String> {
    let mut paths = Vec::new();
    for root in roots {
        files(&Path::new(env!("CARGO_MANIFEST_DIR")).join(root), extension, &mut paths);
    }
    assert!(!paths.is_empty(), "no .{extension} file in {roots:?}");
    let mut offences = Vec::new();
    for path in paths {
        for (line, text) in text(&fs::read_to_string(&path).unwrap()) {
            for word in banned(&text) {
                let (_, instead) = BANNED.iter().find(|(known, _)| *known == word).unwrap();
                offences.push(format!("{}:{line}: `{word}`; write: {instead}", path.display()));
            }
        }
    }
    offences
}

fn all_lines(text: &str) -> Vec<(usize, String)> {
    (1..).zip(text.lines().map(str::to_owned)).collect()
}

/// Each line, and each end of a line with the beginning of the next one, if a phrase is broken there.
fn prose(text: &str) -> Vec<(usize, String)> {
    let lines: Vec<&str> = text.lines().collect();
    let broken = lines.windows(2).map(|pair| {
        let last = |words: usize| {
            let all: Vec<&str> = pair[0].split_whitespace().collect();
            all[all.len().saturating_sub(words)..].join(" ")
        };
        let next: Vec<&str> = pair[1].split_whitespace().take(3).collect();
        format!("{} {}", last(3), next.join(" "))
    });
    let mut all = all_lines(text);
    let broken = (1..).zip(broken).filter(|(line, joined)| {
        let alone = |at: usize| lines.get(at).map_or_else(Vec::new, |text| banned(text));
        banned(joined)
            .iter()
            .any(|word| !alone(line - 1).contains(word) && !alone(*line).contains(word))
    });
    all.extend(broken);
    all
}

#[test]
fn a_phrase_that_is_broken_between_two_lines_is_found() {
    let text = "it is tried so\nlong as it fails\nand so long\nas that";
    let found: Vec<usize> = prose(text)
        .into_iter()
        .filter(|(_, text)| !banned(text).is_empty())
        .map(|(line, _)| line)
        .collect();
    assert_eq!(found, [3, 1]);
}

/// The string literals of log events: the last one of each `tracing::level!(…)`, and those of its
/// fields.
fn log_messages(text: &str) -> Vec<(usize, String)> {
    let code = text.split("#[cfg(test)]").next().unwrap();
    let mut found = Vec::new();
    for level in ["error!(", "warn!(", "info!(", "debug!("] {
        for (at, _) in code.match_indices(&format!("tracing::{level}")) {
            let end = code[at..].find(';').map_or(code.len(), |end| at + end);
            let line = code[..at].lines().count() + 1;
            let literals = code[at..end].split('"').skip(1).step_by(2);
            found.extend(literals.map(|literal| (line, literal.to_owned())));
        }
    }
    found
}

#[track_caller]
fn assert_none(offences: &[String]) {
    assert!(offences.is_empty(), "{} banned words:\n{}", offences.len(), offences.join("\n"));
}

#[test]
fn the_documentation_has_no_banned_words() {
    assert_none(&offences(
        &["README.md", "CONTRIBUTING.md", "docs", "deploy", "examples"],
        "md",
        prose,
    ));
}

#[test]
fn the_alerts_and_dashboards_have_no_banned_words() {
    assert_none(&offences(&["alerts"], "yml", all_lines));
    assert_none(&offences(&["dashboards"], "json", all_lines));
}

#[test]
fn the_log_messages_have_no_banned_words() {
    assert_none(&offences(&["src", "crates"], "rs", log_messages));
}

#[test]
fn the_help_has_no_banned_words() {
    for command in ["", "run", "check", "health", "demo", "local", "metrics", "export"] {
        let arguments: Vec<_> =
            [command, "--help"].into_iter().filter(|word| !word.is_empty()).collect();
        let output =
            Command::new(env!("CARGO_BIN_EXE_longshore")).args(&arguments).output().unwrap();
        let help = String::from_utf8(output.stdout).unwrap();
        assert!(help.contains("Usage:"), "{command}: {help}");
        assert_eq!(banned(&help), Vec::<&str>::new(), "longshore {command} --help");
    }
}

#[test]
fn a_banned_word_is_found_in_any_case_and_only_as_a_whole_word() {
    assert_eq!(banned("Nobody is there; it is given  back"), ["nobody"]);
    assert_eq!(banned("recommend the amendment, bodies and dearth"), Vec::<&str>::new());
    assert_eq!(banned("messages In Hand."), ["in hand"]);
}

#[test]
fn log_messages_are_the_literals_of_events() {
    let code = "fn f() {\n    tracing::warn!(\n        advice = \"mend it\",\n        \"nobody is there\"\n    );\n}";
    let texts: Vec<_> = log_messages(code).into_iter().map(|(_, text)| text).collect();
    assert_eq!(texts, ["mend it", "nobody is there"]);
}
