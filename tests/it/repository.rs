//! Files that describe the repository to other tools.

use std::path::Path;

use xtask::generate;
use xtask::rules::Scale;

#[test]
fn each_generated_file_is_marked_as_generated() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let attributes = std::fs::read_to_string(root.join(".gitattributes")).unwrap();
    let marked: Vec<_> =
        attributes.lines().filter_map(|line| line.strip_suffix(" linguist-generated")).collect();
    let files = generate::files(root, Scale::REAL).unwrap();
    let missing: Vec<_> =
        files.iter().map(|file| file.path.as_str()).filter(|path| !marked.contains(path)).collect();
    assert!(missing.is_empty(), "add to .gitattributes: {missing:?}");
}
