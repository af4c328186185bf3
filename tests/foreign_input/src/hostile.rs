//! Parts of inputs that parsers often handle wrongly.

use proptest::prelude::{Strategy, any, prop_oneof};
use proptest::sample::select;

/// Nested deeper than any parser accepts by recursion.
const DEPTH: usize = 300;

/// Longer than the limits of lines, headers and names.
const LONG: usize = 9_000;

const SHORT: &[&str] = &[
    "",
    " ",
    "\0",
    "\r\n",
    "\n\n",
    "\r\nX-Injected: 1\r\n",
    "\t",
    "\u{1b}[31m",
    "\u{7f}",
    "\u{feff}",
    "\u{2028}",
    "\u{202e}",
    "\u{fffe}",
    "é",
    "🚢",
    "0",
    "-1",
    "+1",
    "1e999",
    "-0.0",
    "NaN",
    "inf",
    "0x10",
    "4294967296",
    "9223372036854775808",
    "18446744073709551616",
    "99999999999999999999999999999999",
    "null",
    "true",
    "[]",
    "{}",
    "\"",
    "\\",
    "\\u0000",
    "\\ud800",
    "'",
    "=",
    ":",
    ";",
    ",",
    "%00",
    "..",
    "/",
    "#",
    "[[",
    "*",
];

const NOT_UTF8: &[&[u8]] = &[b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\xaf"];

fn large() -> Vec<String> {
    vec!["[".repeat(DEPTH), "{\"a\":".repeat(DEPTH), "9".repeat(LONG), "x".repeat(LONG)]
}

/// A text that is hostile as a name, as a value, or as a part of one.
pub fn hostile_text() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => select(SHORT).prop_map(str::to_owned),
        1 => select(large()),
        3 => any::<String>(),
        2 => any::<i64>().prop_map(|number| number.to_string()),
    ]
}

/// The same, and bytes that are not UTF-8.
pub(crate) fn hostile_bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        8 => hostile_text().prop_map(String::into_bytes),
        1 => select(NOT_UTF8).prop_map(<[u8]>::to_vec),
    ]
}
