//! The characters that XML 1.0 allows, and so SQS (<https://www.w3.org/TR/xml/#charsets>). A document with
//! another one cannot be read, even if the character is escaped.

use std::borrow::Cow;

/// Whether XML 1.0 allows the character.
pub(crate) fn is_allowed(c: char) -> bool {
    match c {
        '\t' | '\n' | '\r' => true,
        '\u{FFFE}' | '\u{FFFF}' => false,
        c => c >= ' ',
    }
}

/// The first character that XML does not allow, with the error text of SQS.
pub(crate) fn refused(text: &str, place: &str) -> Option<String> {
    let found = text.chars().find(|&c| !is_allowed(c))?;
    Some(format!(
        "Invalid binary character '#x{:X}' was found in the {place}, the set of allowed characters \
         is #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF].",
        u32::from(found)
    ))
}

/// The text with U+FFFD for each character that XML does not allow.
pub(crate) fn replaced(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_allowed) {
        return Cow::Borrowed(text);
    }
    text.chars().map(|c| if is_allowed(c) { c } else { char::REPLACEMENT_CHARACTER }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_does_not_allow_is_replaced() {
        assert_eq!(replaced("tab\t, line\r\n, 🚢"), "tab\t, line\r\n, 🚢");
        assert_eq!(replaced("a\u{0}b\u{FFFE}c\u{FFFF}"), "a\u{FFFD}b\u{FFFD}c\u{FFFD}");
    }
}
