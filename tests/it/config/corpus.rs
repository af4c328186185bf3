//! Files that were once read wrongly, or that are unusual. The first line of each says what is
//! expected: `# accepted`, or `# refused: ` and a part of the reason.

use std::path::Path;

use longshore_cli::settings::{Sources, load};

#[test]
fn each_file_of_the_corpus_is_read_as_its_first_line_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/config/corpus");
    let (mut accepted, mut refused) = (0, 0);
    for file in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let bytes = std::fs::read(&file).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        let first = text.lines().next().unwrap().trim_start_matches('\u{feff}');
        match (load(&Sources::from_file(&file)), first.strip_prefix("# refused: ")) {
            (Ok(_), None) if first == "# accepted" => accepted += 1,
            (Err(error), Some(reason)) => {
                refused += 1;
                assert!(error.to_string().contains(reason), "{}: {error}", file.display());
            }
            (read, _) => panic!("{}: {:?}", file.display(), read.map(|loaded| loaded.warnings)),
        }
    }
    assert!(accepted > 0 && refused > 0);
}
