//! The files that ship with Longshore: alert rules, dashboards, runbooks and deploy files, embedded
//! as they are in the repository. `longshore export` writes them to a directory.
//!
//! ```
//! let rules = longshore_ops::files().into_iter().find(|file| file.path == "alerts/longshore.rules.yml");
//! assert!(rules.unwrap().text.contains("LongshoreErrorBudgetBurn"));
//! ```

use include_dir::{Dir, DirEntry, include_dir};

static ALERTS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../alerts");
static DASHBOARDS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../dashboards");
static DEPLOY: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../deploy");
static RUNBOOKS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../docs/runbooks");

/// A file that ships.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Where `longshore export` writes it: `alerts/`, `dashboards/`, `deploy/` or `runbooks/`, then
    /// its path there, with `/` between the parts.
    pub path: String,
    /// Its whole text.
    pub text: &'static str,
}

/// Every file, in the order of the directories, sorted by path in each.
pub fn files() -> Vec<File> {
    let directories = [
        ("alerts", &ALERTS),
        ("dashboards", &DASHBOARDS),
        ("deploy", &DEPLOY),
        ("runbooks", &RUNBOOKS),
    ];
    let mut files = Vec::new();
    for (name, directory) in directories {
        collect(name, directory, &mut files);
    }
    files
}

fn collect(name: &str, directory: &Dir<'static>, files: &mut Vec<File>) {
    for entry in directory.entries() {
        match entry {
            DirEntry::Dir(inner) => collect(name, inner, files),
            DirEntry::File(file) => files.push(File {
                path: format!("{name}/{}", file.path().display()),
                text: file.contents_utf8().expect("every file that ships is text"),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_directory_has_files_and_every_path_is_unique() {
        let mut paths: Vec<_> = files().into_iter().map(|file| file.path).collect();
        for directory in ["alerts/", "dashboards/", "deploy/", "runbooks/"] {
            assert!(paths.iter().any(|path| path.starts_with(directory)), "{directory}");
        }
        let count = paths.len();
        paths.sort();
        paths.dedup();
        assert_eq!(paths.len(), count);
    }
}
