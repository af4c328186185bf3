//! Each module of a crate uses only modules below it, the files of a module have no import cycles,
//! and only `queue` and the reader of accounts use the AWS SDK.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The modules of each crate, from top to bottom.
const CRATES: &[(&str, &[&str])] = &[
    ("src", &["main", "commands", "demo", "settings"]),
    (
        "crates/longshore/src",
        &[
            "admin",
            "report",
            "worker",
            "otlp",
            "testing",
            "telemetry",
            "slo",
            "handler",
            "envelope",
            "queue",
            "cost",
            "trace",
            "outcome",
            "health",
            "config",
            "format",
            "label",
            "limits",
            "sync",
        ],
    ),
    (
        "crates/longshore-audit/src",
        &[
            "prometheus",
            "account",
            "terraform",
            "output",
            "report",
            "baseline",
            "checks",
            "finding",
            "fix",
            "forecast",
            "queue",
            "gap",
            "figures",
        ],
    ),
    ("xtask/src", &["main", "generate", "man", "series", "dashboards", "cloudwatch", "rules"]),
];

/// Every directory with Rust sources that ship or generate what ships.
const SOURCES: &[&str] = &[
    "src",
    "crates/longshore/src",
    "crates/longshore-audit/src",
    "crates/longshore-cron/src",
    "crates/longshore-local/src",
    "crates/longshore-ops/src",
    "xtask/src",
];

fn rust_files(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The text of each source file of a crate, by its path from the crate's `src`.
fn sources(crate_dir: &str) -> BTreeMap<String, String> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join(crate_dir);
    let mut paths = Vec::new();
    rust_files(&src, &mut paths);
    let name = |path: &Path| path.strip_prefix(&src).unwrap().to_str().unwrap().to_owned();
    paths.iter().map(|path| (name(path), fs::read_to_string(path).unwrap())).collect()
}

fn module(file: &str) -> &str {
    file.split('/').next().unwrap().trim_end_matches(".rs")
}

#[test]
fn a_module_uses_only_modules_below_it() {
    for (crate_dir, modules) in CRATES {
        let rank = |module: &str| modules.iter().position(|known| *known == module);
        for (file, text) in sources(crate_dir) {
            let here = module(&file);
            if here == "lib" {
                continue;
            }
            let height = rank(here).unwrap_or_else(|| panic!("{crate_dir}/{file} has no place"));
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            for used in code.flat_map(|line| line.split("crate::").skip(1)) {
                let end = used.find(|c: char| !c.is_alphanumeric() && c != '_');
                let there = &used[..end.unwrap_or(used.len())];
                let depth = rank(there).unwrap_or_else(|| {
                    panic!("{crate_dir}/{file} uses crate::{there}, which has no place")
                });
                assert!(
                    depth >= height,
                    "{crate_dir}/{file} uses crate::{there}, which is above it"
                );
            }
        }
    }
}

#[test]
fn only_the_queue_module_names_the_sdk() {
    for crate_dir in SOURCES {
        for (file, text) in sources(crate_dir) {
            let names_it = ["aws_sdk_", "aws_config"].iter().any(|sdk| text.contains(sdk));
            let allowed = matches!(
                (*crate_dir, module(&file)),
                ("crates/longshore/src", "queue") | ("crates/longshore-audit/src", "account")
            );
            assert!(!names_it || allowed, "{crate_dir}/{file} names the AWS SDK");
        }
    }
}

/// Otherwise tokio chooses one at random, and two simulations of a seed differ.
#[test]
fn every_select_of_the_worker_has_an_order() {
    let worker =
        sources("crates/longshore/src").into_iter().filter(|(file, _)| module(file) == "worker");
    for (file, text) in worker {
        for select in text.split("tokio::select! {").skip(1) {
            let first = select
                .lines()
                .map(str::trim)
                .find(|line| !line.is_empty() && !line.starts_with("//"));
            assert_eq!(first, Some("biased;"), "in {file}");
        }
    }
}

#[test]
fn no_file_is_longer_than_four_hundred_lines() {
    for crate_dir in SOURCES {
        for (file, text) in sources(crate_dir) {
            let lines = text.lines().count();
            assert!(
                lines <= 400,
                "{crate_dir}/{file} has {lines} lines, at most 400: split it by a noun"
            );
        }
    }
}

#[test]
fn the_files_of_a_crate_have_no_import_cycle() {
    let cycle = |crate_dir: &&str| {
        let cycle = Imports::new(&sources(crate_dir)).cycle()?;
        Some(format!("{crate_dir}: {}", cycle.join(" -> ")))
    };
    let cycles: Vec<_> = SOURCES.iter().filter_map(cycle).collect();
    assert!(cycles.is_empty(), "{cycles:#?}");
}

#[test]
fn an_import_cycle_of_files_is_found() {
    let files = |texts: &[(&str, &str)]| -> BTreeMap<String, String> {
        texts.iter().map(|(file, text)| (file.to_string(), text.to_string())).collect()
    };
    let root = "mod a;\npub use a::A;\n";
    let direct = [
        ("m/mod.rs", "mod a;\nmod b;\n"),
        ("m/a.rs", "use super::b::B;"),
        ("m/b.rs", "use super::a::A;"),
    ];
    let through_parent =
        [("m/mod.rs", "mod a;\nuse a::A;\npub struct M(A);"), ("m/a.rs", "use super::M;")];
    let re_exported =
        [("m/mod.rs", root), ("m/a.rs", "pub struct A;"), ("m/b.rs", "use super::A;")];
    let only_in_tests = [
        ("m/a.rs", "use super::b::B;"),
        ("m/b.rs", "#[cfg(test)]\nmod tests {\n use super::super::a::A;\n}"),
    ];
    for (texts, expected) in [
        (&direct[..], true),
        (&through_parent, true),
        (&re_exported, false),
        (&only_in_tests, false),
    ] {
        assert_eq!(Imports::new(&files(texts)).cycle().is_some(), expected, "{texts:?}");
    }
}

const RE_EXPORTS: [&str; 3] = ["pub use ", "pub(super) use ", "pub(crate) use "];

/// Which file imports from which, within one crate. Tests inside files are left out.
struct Imports(BTreeMap<String, BTreeSet<String>>);

impl Imports {
    fn new(files: &BTreeMap<String, String>) -> Self {
        let mut imports = BTreeMap::new();
        for (file, text) in files {
            let code = text.split("#[cfg(test)]\nmod ").next().unwrap();
            let code: String = code
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
                .filter(|line| !RE_EXPORTS.iter().any(|start| line.starts_with(start)))
                .map(|line| format!("{line}\n"))
                .collect();
            let here = modules(file);
            let targets = paths(&code, &here).into_iter().filter_map(|path| target(files, &path));
            imports.insert(file.clone(), targets.filter(|target| target != file).collect());
        }
        Self(imports)
    }

    /// A cycle, if there is one.
    fn cycle(&self) -> Option<Vec<String>> {
        self.0.keys().find_map(|start| {
            let mut reached: BTreeMap<&str, &str> = BTreeMap::new();
            let mut open = vec![start.as_str()];
            while let Some(file) = open.pop() {
                for next in self.0.get(file).into_iter().flatten() {
                    if next == start {
                        return Some(way(&reached, start, file));
                    }
                    if !reached.contains_key(next.as_str()) {
                        reached.insert(next, file);
                        open.push(next);
                    }
                }
            }
            None
        })
    }
}

fn way(reached: &BTreeMap<&str, &str>, start: &str, last: &str) -> Vec<String> {
    let mut files = vec![start.to_owned()];
    let mut file = last;
    while file != start {
        files.push(file.to_owned());
        file = reached[file];
    }
    files.push(start.to_owned());
    files.reverse();
    files
}

/// The path of a file's module.
fn modules(file: &str) -> Vec<&str> {
    let mut modules: Vec<&str> = file.trim_end_matches(".rs").split('/').collect();
    if matches!(modules.last(), Some(&"mod" | &"lib" | &"main")) {
        modules.pop();
    }
    modules
}

/// The absolute paths of everything that the code of a module names with `crate::`, `super::`, or
/// in a `use` of a child.
fn paths(code: &str, here: &[&str]) -> Vec<Vec<String>> {
    let owned =
        |modules: &[&str]| modules.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let mut found = Vec::new();
    for statement in code.split(';') {
        let used = statement.rsplit_once("use ").map(|(_, used)| used.trim());
        let starts = ["crate::", "super::"];
        let relative = used.filter(|used| !starts.iter().any(|start| used.starts_with(start)));
        if let Some(child) = relative {
            expand(child, owned(here), &mut found);
        }
        for (at, _) in statement.match_indices("crate::") {
            expand(&statement[at + "crate::".len()..], Vec::new(), &mut found);
        }
        for (at, _) in statement.match_indices("super::") {
            if statement[..at].ends_with("super::") || statement[..at].ends_with("self::") {
                continue;
            }
            let mut rest = &statement[at..];
            let mut up = 0;
            while let Some(further) = rest.strip_prefix("super::") {
                (rest, up) = (further, up + 1);
            }
            expand(rest, owned(&here[..here.len().saturating_sub(up)]), &mut found);
        }
    }
    found
}

/// Adds the paths that a tree like `a::{b, c::D}` stands for.
fn expand(tree: &str, mut path: Vec<String>, found: &mut Vec<Vec<String>>) {
    let tree = tree.trim_start();
    if let Some(group) = tree.strip_prefix('{') {
        let mut depth = 0;
        let mut start = 0;
        for (at, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => return expand(&group[start..at], path, found),
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    expand(&group[start..at], path.clone(), found);
                    start = at + 1;
                }
                _ => {}
            }
        }
        return;
    }
    let end = tree.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(tree.len());
    if end == 0 {
        return;
    }
    if &tree[..end] != "self" {
        path.push(tree[..end].to_owned());
    }
    match tree[end..].strip_prefix("::") {
        Some(rest) => expand(rest, path, found),
        None => found.push(path),
    }
}

/// The file that defines what a path names: re-exports of a `mod.rs` lead to the file behind them.
fn target(files: &BTreeMap<String, String>, path: &[String]) -> Option<String> {
    let file_of = |modules: &[String]| {
        let path = modules.join("/");
        let candidates = [format!("{path}.rs"), format!("{path}/mod.rs")];
        candidates.into_iter().find(|file| files.contains_key(file))
    };
    let depth = (1..=path.len()).rev().find(|depth| file_of(&path[..*depth]).is_some())?;
    let file = file_of(&path[..depth])?;
    let Some(name) = path.get(depth) else { return Some(file) };
    let here = modules(&file);
    for statement in files[&file].split(';') {
        let Some((_, used)) = statement.split_once("use ").filter(|(before, _)| {
            before.trim_end().ends_with("pub")
                || before.trim_end().ends_with("pub(super)")
                || before.trim_end().ends_with("pub(crate)")
        }) else {
            continue;
        };
        let mut exported = Vec::new();
        expand(used, here.iter().map(|name| (*name).to_owned()).collect(), &mut exported);
        let is_behind = |other: &Vec<String>| other.last() == Some(name) && other != path;
        let behind = exported.into_iter().find(is_behind);
        if let Some(behind) = behind.and_then(|path| target(files, &path)) {
            return Some(behind);
        }
    }
    Some(file)
}
