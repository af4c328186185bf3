//! Bytes of a stream as lines of bounded length.

#[cfg(test)]
mod property;

use std::borrow::Cow;

/// A longer line is cut, so that a command cannot use up memory.
const MAX_LINE_BYTES: usize = 8 * 1024;

/// One line without its end.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::handler) struct Line<'a> {
    /// Bytes that are not UTF-8 are replaced.
    pub(in crate::handler) text: Cow<'a, str>,
    /// How many bytes were cut.
    pub(in crate::handler) omitted_bytes: usize,
}

/// The beginning of a line whose end has not come yet.
#[derive(Debug, Default)]
pub(in crate::handler) struct Lines {
    begun: Vec<u8>,
    omitted_bytes: usize,
}

impl Lines {
    /// Adds bytes, and passes each line that they complete to `out`.
    pub(in crate::handler) fn add(&mut self, bytes: &[u8], mut out: impl FnMut(Line<'_>)) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            let text = part.strip_suffix(b"\n").unwrap_or(part);
            let (kept, cut) = text.split_at(text.len().min(MAX_LINE_BYTES - self.begun.len()));
            self.begun.extend_from_slice(kept);
            self.omitted_bytes += cut.len();
            if text.len() < part.len() {
                self.end(&mut out);
            }
        }
    }

    /// Passes the line that has begun to `out`. An empty line is skipped.
    pub(in crate::handler) fn end(&mut self, mut out: impl FnMut(Line<'_>)) {
        let bytes = self.begun.strip_suffix(b"\r").unwrap_or(&self.begun);
        if !bytes.is_empty() {
            let text = String::from_utf8_lossy(bytes);
            out(Line { text, omitted_bytes: self.omitted_bytes });
        }
        self.begun.clear();
        self.omitted_bytes = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(parts: &[&[u8]]) -> Vec<(String, usize)> {
        let (mut lines, mut found) = (Lines::default(), Vec::new());
        let mut out = |line: Line<'_>| found.push((line.text.into_owned(), line.omitted_bytes));
        for part in parts {
            lines.add(part, &mut out);
        }
        lines.end(&mut out);
        found
    }

    fn whole(text: &str) -> (String, usize) {
        (text.to_owned(), 0)
    }

    #[test]
    fn lines_are_found_wherever_the_reads_end() {
        assert_eq!(
            lines(&[b"o", b"ne\ntwo\r\n", b"\n\nthr", b"ee"]),
            [whole("one"), whole("two"), whole("three")]
        );
        assert_eq!(lines(&[b"gr\xf6\xdfe"]), [whole("gr\u{fffd}\u{fffd}e")]);
    }

    #[test]
    fn a_long_line_is_cut_and_the_next_line_is_whole() {
        let long = [b'x'; MAX_LINE_BYTES - 1];
        let cut = ("x".repeat(MAX_LINE_BYTES), 2);
        assert_eq!(lines(&[&long, b"xxx\nnext"]), [cut, whole("next")]);
    }
}
