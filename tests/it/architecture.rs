//! Each module of a crate uses only modules below it, and only `queue` names the AWS SDK.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The modules of each crate, from top to bottom.
const CRATES: &[(&str, &[&str])] = &[
    ("src", &["main", "commands", "demo", "settings"]),
    (
        "crates/longshore/src",
        &[
            "admin",
            "worker",
            "otlp",
            "slo",
            "handler",
            "queue",
            "cost",
            "trace",
            "telemetry",
            "health",
            "config",
            "format",
            "limits",
        ],
    ),
    ("xtask/src", &["main", "generate", "dashboards", "rules"]),
];

/// Every directory with Rust sources that ship or generate what ships.
const SOURCES: &[&str] = &[
    "src",
    "crates/longshore/src",
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
            let names_it = text.contains("aws_sdk_sqs") || text.contains("aws_config");
            let allowed = *crate_dir == "crates/longshore/src" && module(&file) == "queue";
            assert!(!names_it || allowed, "{crate_dir}/{file} names the AWS SDK");
        }
    }
}

#[test]
fn no_file_is_longer_than_four_hundred_lines() {
    for crate_dir in SOURCES {
        for (file, text) in sources(crate_dir) {
            let lines = text.lines().count();
            assert!(lines <= 400, "{crate_dir}/{file} has {lines} lines");
        }
    }
}
