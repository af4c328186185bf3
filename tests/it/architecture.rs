//! The rooms of `src/` stand one above the other: each uses only rooms below it.

use std::fs;
use std::path::{Path, PathBuf};

/// From top to bottom.
const ROOMS: &[&str] = &[
    "main",
    "cli",
    "demo",
    "admin",
    "worker",
    "handler",
    "dashboards",
    "slo",
    "queue",
    "local",
    "telemetry",
    "config",
];

fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn all_sources() -> Vec<(String, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    sources(&src, &mut paths);
    let name = |path: &Path| path.strip_prefix(&src).unwrap().to_str().unwrap().to_owned();
    paths.iter().map(|path| (name(path), fs::read_to_string(path).unwrap())).collect()
}

fn room(file: &str) -> &str {
    file.split('/').next().unwrap().trim_end_matches(".rs")
}

fn rank(room: &str) -> Option<usize> {
    ROOMS.iter().position(|known| *known == room)
}

#[test]
fn a_room_uses_only_rooms_below_it() {
    for (file, text) in all_sources() {
        let here = room(&file);
        if here == "lib" {
            continue;
        }
        let height = rank(here).unwrap_or_else(|| panic!("{file} is in a room without a place"));
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        for line in code {
            for used in line.split("crate::").skip(1) {
                let end =
                    used.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(used.len());
                let there = &used[..end];
                let Some(depth) = rank(there) else {
                    panic!("{file} uses crate::{there}, which has no place")
                };
                assert!(depth >= height, "{file} uses crate::{there}, which stands above it");
            }
        }
    }
}

#[test]
fn only_the_queue_names_the_sdk() {
    for (file, text) in all_sources() {
        let names_it = text.contains("aws_sdk_sqs") || text.contains("aws_config");
        assert!(!names_it || room(&file) == "queue", "{file} names the AWS SDK");
    }
}

#[test]
fn no_file_is_longer_than_four_hundred_lines() {
    for (file, text) in all_sources() {
        let lines = text.lines().count();
        assert!(lines <= 400, "{file} has {lines} lines");
    }
}
