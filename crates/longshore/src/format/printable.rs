//! Texts that this process did not write, without characters that act on a terminal or on the layout
//! of a log.

use std::borrow::Cow;

/// The text with one space for each line break and tab, and other control characters as `\u{1b}`.
/// So are characters that change the direction of the text around them, because what is shown then
/// differs from what is stored. <https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing>
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(acts) {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => shown.push(' '),
            letter if acts(letter) => shown.extend(letter.escape_unicode()),
            letter => shown.push(letter),
        }
    }
    shown.into()
}

fn acts(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_can_neither_command_a_terminal_nor_begin_a_line() {
        for (text, shown) in [
            ("größe: 5 µs — “fine”", "größe: 5 µs — “fine”"),
            ("one\r\ntwo\tthree", "one  two three"),
            ("\u{1b}[2Jgone", "\\u{1b}[2Jgone"),
            ("\u{9b}31mred\u{7f}\0", "\\u{9b}31mred\\u{7f}\\u{0}"),
            ("safe\u{202e}exe.txt\u{2066}", "safe\\u{202e}exe.txt\\u{2066}"),
            ("line\u{2028}line", "line line"),
        ] {
            assert_eq!(printable(text), shown);
        }
    }
}
