//! Control characters that both formats of log lines leave in a line: DEL, and U+0080 to U+009F. JSON
//! does not escape them, and a terminal can act on them: U+009B begins an escape sequence.

use std::borrow::Cow;

const DEL: u8 = 0x7f;
/// The first byte of U+0080 to U+00BF in UTF-8.
const FIRST: u8 = 0xc2;

/// The line with these characters as escapes of JSON. They are only within its strings.
pub(super) fn escaped(line: &[u8]) -> Cow<'_, [u8]> {
    let acts = |at: usize| {
        let second = line.get(at + 1);
        line[at] == DEL
            || line[at] == FIRST && second.is_some_and(|byte| (0x80..0xa0).contains(byte))
    };
    if !(0..line.len()).any(acts) {
        return line.into();
    }
    let mut escaped = Vec::with_capacity(line.len() + 16);
    let mut at = 0;
    while let Some(&byte) = line.get(at) {
        if acts(at) {
            let wide = byte == FIRST;
            let code = if wide { line[at + 1] } else { byte };
            escaped.extend(format!("\\u{code:04x}").bytes());
            at += if wide { 2 } else { 1 };
        } else {
            escaped.push(byte);
            at += 1;
        }
    }
    escaped.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_no_control_character_and_the_same_values() {
        let text = "a\u{9b}31m\u{7f}\u{85}ö§\u{a0}";
        let line = serde_json::json!({ "line": text }).to_string();
        let escaped = String::from_utf8(escaped(line.as_bytes()).into_owned()).unwrap();
        assert_eq!(escaped, "{\"line\":\"a\\u009b31m\\u007f\\u0085ö§\u{a0}\"}");
        let read: serde_json::Value = serde_json::from_str(&escaped).unwrap();
        assert_eq!(read["line"], text);
    }
}
