//! Any bytes on standard error: bounded lines, wherever the reads end.

use std::cell::Cell;

use proptest::collection::vec;
use proptest::prelude::{Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::sample::Index;

use super::{Lines, MAX_LINE_BYTES};

fn output() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        6 => "[ -~]{0,80}".prop_map(String::into_bytes),
        2 => foreign_input::bytes("[ -~]{0,80}".prop_map(String::into_bytes)).prop_map(|input| input.0),
        1 => vec(any::<u8>(), MAX_LINE_BYTES - 2..MAX_LINE_BYTES + 3),
        1 => (0..3_usize).prop_map(|more| vec![b'x'; MAX_LINE_BYTES + more]),
    ];
    let end = prop_oneof![4 => "\n", 2 => "\r\n", 1 => "\r", 1 => ""];
    vec((line, end), 0..12).prop_map(|lines| {
        lines.into_iter().flat_map(|(line, end)| [line, end.into_bytes()].concat()).collect()
    })
}

/// The lines of `output`, read in parts that end at these places.
fn read(output: &[u8], ends: &[Index]) -> Vec<(String, usize)> {
    let (mut lines, mut found) = (Lines::default(), Vec::new());
    let mut ends: Vec<usize> = ends.iter().map(|end| end.index(output.len() + 1)).collect();
    ends.sort_unstable();
    let mut begin = 0;
    for end in ends.into_iter().chain([output.len()]) {
        lines.add(&output[begin..end], |line| {
            found.push((line.text.into_owned(), line.omitted_bytes));
        });
        begin = end;
    }
    lines.end(|line| found.push((line.text.into_owned(), line.omitted_bytes)));
    found
}

#[test]
fn any_output_is_lines_of_bounded_length() {
    let (whole, cut) = (Cell::new(0), Cell::new(0));
    proptest!(|(output in output(), ends in vec(any::<Index>(), 0..6))| {
        let lines = read(&output, &ends);
        prop_assert_eq!(&lines, &read(&output, &[]), "the reads end elsewhere");
        let nonempty = |line: &&[u8]| !matches!(*line, b"" | b"\r");
        let written: Vec<&[u8]> = output.split(|byte| *byte == b'\n').filter(nonempty).collect();
        prop_assert_eq!(lines.len(), written.len());
        for ((text, omitted), written) in lines.iter().zip(written) {
            let kept = &written[..written.len() - omitted];
            prop_assert!(kept.len() <= MAX_LINE_BYTES);
            prop_assert!(*omitted == 0 || kept.len() == MAX_LINE_BYTES);
            let kept = kept.strip_suffix(b"\r").unwrap_or(kept);
            prop_assert_eq!(text, &*String::from_utf8_lossy(kept));
            let count = if *omitted == 0 { &whole } else { &cut };
            count.set(count.get() + 1);
        }
    });
    assert!(whole.get() > 0 && cut.get() > 0);
}
