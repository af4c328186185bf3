//! Every configuration that the repository shows can be loaded as it stands.

use std::path::{Path, PathBuf};

use longshore_cli::settings::{Loaded, Source, Sources, load};

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sample(name: &str) -> Loaded {
    load(&Sources::from_file(repository().join("examples/config").join(name))).unwrap()
}

/// All TOML files under a directory, which need not exist.
fn toml_files(directory: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(directory) else { return };
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            toml_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            found.push(path);
        }
    }
}

/// The blocks of a Markdown text that are whole configurations.
fn configurations_in(markdown: &str) -> Vec<&str> {
    let blocks = markdown.split("```toml\n").skip(1);
    let blocks = blocks.filter_map(|rest| rest.split("```").next());
    blocks.filter(|block| block.contains("[[queue]]")).collect()
}

#[test]
fn every_sample_file_is_valid() {
    let mut files = Vec::new();
    for directory in ["examples", "deploy"] {
        toml_files(&repository().join(directory), &mut files);
    }
    // The queues of a local queue server, which has its own test.
    files.retain(|file| !file.ends_with("examples/local.toml"));
    assert!(files.len() >= 4, "the samples of examples/config are missing: {files:?}");
    for file in files {
        let loaded = load(&Sources::from_file(&file));
        assert!(loaded.is_ok(), "{}: {}", file.display(), loaded.unwrap_err());
    }
}

#[test]
fn every_configuration_in_the_readme_is_valid() {
    let Ok(readme) = std::fs::read_to_string(repository().join("README.md")) else { return };
    for text in configurations_in(&readme) {
        let sources = crate::config::sources_with("readme", text);
        let loaded = load(&sources);
        assert!(loaded.is_ok(), "{text}\n{}", loaded.unwrap_err());
    }
}

#[test]
fn the_complete_sample_names_every_key() {
    // A route has the keys of `handler` that the sample names once for all queues.
    let of_a_route = |key: &str| key.starts_with("route.") && key.contains(".handler.");
    let effective = sample("complete.toml").effective;
    for value in effective.into_iter().filter(|value| !of_a_route(&value.key)) {
        let said = value.place.source != Source::Default;
        assert!(said, "{}.{} is missing in complete.toml", value.group, value.key);
    }
}

#[test]
fn the_complete_sample_has_the_real_defaults() {
    let (complete, minimal) = (sample("complete.toml"), sample("minimal.toml"));
    let mut compared = 0;
    for default in minimal.effective {
        if default.place.source != Source::Default || default.value == "not set" {
            continue;
        }
        let mut shown = complete.effective.iter();
        let same = |value: &longshore_cli::settings::Effective| {
            value.group == default.group && value.key == default.key
        };
        let shown = shown.find(|value| same(value)).unwrap();
        assert_eq!(shown.value, default.value, "{}.{}", default.group, default.key);
        compared += 1;
    }
    assert!(compared > 15, "only {compared} defaults were compared");
}
