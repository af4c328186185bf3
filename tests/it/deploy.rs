//! The deploy files: what `longshore export` writes is what the repository has.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Every file below `dir`, by its path from `base`.
fn files(base: &Path, dir: &Path, found: &mut BTreeMap<PathBuf, String>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(base, &path, found);
        } else {
            let text = fs::read_to_string(&path).unwrap();
            found.insert(path.strip_prefix(base).unwrap().to_owned(), text);
        }
    }
}

#[test]
fn every_file_of_the_repository_that_is_deployed_is_exported_and_no_other() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let exported = Path::new(env!("CARGO_TARGET_TMPDIR")).join("export/deploy");
    if exported.exists() {
        fs::remove_dir_all(&exported).unwrap();
    }
    // This flavor has every file of the repository.
    let export = Command::new(env!("CARGO_BIN_EXE_longshore"))
        .args(["export", "--flavor", "grafana"])
        .arg(&exported)
        .output();
    assert!(export.unwrap().status.success());
    for folder in ["deploy", "alerts", "dashboards"] {
        let (mut here, mut there) = (BTreeMap::new(), BTreeMap::new());
        files(repository, &repository.join(folder), &mut here);
        files(&exported, &exported.join(folder), &mut there);
        let names = |files: &BTreeMap<PathBuf, String>| files.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&here), names(&there));
        for (path, text) in here {
            assert!(there[&path] == text, "{} is another", path.display());
        }
    }
}

#[test]
fn the_image_that_deploy_files_name_is_of_this_version() {
    let (repository, mut all) = (Path::new(env!("CARGO_MANIFEST_DIR")), BTreeMap::new());
    files(repository, &repository.join("deploy"), &mut all);
    let mut named = 0;
    for (path, text) in &all {
        for tag in text.split("longshore:").skip(1) {
            let tag: String = tag.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
            if tag.is_empty() {
                continue;
            }
            named += 1;
            assert_eq!(tag, env!("CARGO_PKG_VERSION"), "{}", path.display());
        }
    }
    assert!(named > 0, "no file names the image");
}
