//! The condition of a route: where it looks in a message, and what it expects there.

use std::borrow::Cow;

use serde_json::Value;

use crate::queue::Message;

/// Which messages a route takes. A new condition holds if the attribute or the value exists.
///
/// ```
/// use longshore::handler::Condition;
///
/// let refunds = Condition::attribute("type").equals("refund");
/// let from_mars = Condition::body("/from/planet")?.starts_with("mars");
/// # Ok::<(), longshore::handler::InvalidPointer>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    place: Place,
    test: Test,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    /// A message attribute.
    Attribute(String),
    /// A value in the body, by its JSON pointer.
    Body(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Test {
    Exists,
    Equals(String),
    StartsWith(String),
}

/// Why a text is not a JSON pointer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a JSON pointer, such as `/order/type`; write `/` in a key as `~1`, and `~` as `~0`"
)]
pub struct InvalidPointer(String);

impl Condition {
    /// The message has this attribute.
    pub fn attribute(name: impl Into<String>) -> Self {
        Self { place: Place::Attribute(name.into()), test: Test::Exists }
    }

    /// The body is JSON and has a value, which can be `null`, at this JSON pointer
    /// ([RFC 6901](https://www.rfc-editor.org/rfc/rfc6901)).
    ///
    /// # Errors
    /// If the text is not a JSON pointer.
    pub fn body(pointer: impl Into<String>) -> Result<Self, InvalidPointer> {
        let pointer = pointer.into();
        match is_pointer(&pointer) {
            true => Ok(Self { place: Place::Body(pointer), test: Test::Exists }),
            false => Err(InvalidPointer(pointer)),
        }
    }

    /// The text there is this one. A number or a truth value of the body is compared as JSON writes
    /// it.
    #[must_use]
    pub fn equals(self, text: impl Into<String>) -> Self {
        Self { test: Test::Equals(text.into()), ..self }
    }

    /// The text there begins with this one.
    #[must_use]
    pub fn starts_with(self, prefix: impl Into<String>) -> Self {
        Self { test: Test::StartsWith(prefix.into()), ..self }
    }

    /// Whether it looks into the body.
    pub(super) fn reads_body(&self) -> bool {
        matches!(self.place, Place::Body(_))
    }

    /// Whether the message meets it. `body` is `None` if the body is not JSON.
    pub(super) fn holds(&self, message: &Message, body: Option<&Value>) -> bool {
        match &self.place {
            Place::Attribute(name) => match message.attributes.get(name) {
                Some(value) => self.test.holds(value.as_text().map(Cow::Borrowed)),
                None => false,
            },
            Place::Body(pointer) => match body.and_then(|body| body.pointer(pointer)) {
                Some(value) => self.test.holds(text(value)),
                None => false,
            },
        }
    }
}

impl Test {
    /// Whether a value that exists passes. `None`: it has no text.
    fn holds(&self, text: Option<Cow<'_, str>>) -> bool {
        match self {
            Self::Exists => true,
            Self::Equals(expected) => text.is_some_and(|text| text == expected.as_str()),
            Self::StartsWith(prefix) => text.is_some_and(|text| text.starts_with(prefix)),
        }
    }
}

/// The text of a value of the body. Lists, objects and `null` have none.
fn text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        Value::Bool(truth) => Some(Cow::Borrowed(if *truth { "true" } else { "false" })),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The empty pointer is the whole body.
fn is_pointer(text: &str) -> bool {
    let escaped = text.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
    (text.is_empty() || text.starts_with('/')) && escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::{AttributeContent, AttributeValue};

    fn message(body: &str) -> Message {
        let mut message = Message::new("id", "receipt", body);
        let text = AttributeContent::Text("refund.partial".to_owned());
        let bytes = AttributeContent::Bytes(b"refund".to_vec());
        for (name, data_type, content) in [("type", "String", text), ("raw", "Binary", bytes)] {
            let data_type = data_type.to_owned();
            message.attributes.insert(name.to_owned(), AttributeValue { data_type, content });
        }
        message
    }

    fn holds(condition: &Condition, body: &str) -> bool {
        let value = serde_json::from_str(body).ok();
        condition.holds(&message(body), value.as_ref())
    }

    #[test]
    fn an_attribute_exists_equals_or_starts_with_a_text() {
        for (condition, expected) in [
            (Condition::attribute("type"), true),
            (Condition::attribute("Type"), false),
            (Condition::attribute("type").equals("refund.partial"), true),
            (Condition::attribute("type").equals("refund"), false),
            (Condition::attribute("type").starts_with("refund."), true),
            (Condition::attribute("type").starts_with("order."), false),
            (Condition::attribute("raw"), true),
            (Condition::attribute("raw").equals("refund"), false),
            (Condition::attribute("raw").starts_with(""), false),
        ] {
            assert_eq!(holds(&condition, "no json"), expected, "{condition:?}");
        }
    }

    #[test]
    fn a_value_of_the_body_exists_equals_or_starts_with_a_text() {
        let body =
            r#"{"a/b": {"type": "refund"}, "items": [{"n": 7}], "paid": true, "note": null}"#;
        let at = |pointer| Condition::body(pointer).unwrap();
        for (condition, expected) in [
            (at("/a~1b/type").equals("refund"), true),
            (at("/a~1b/type").starts_with("ref"), true),
            (at("/a~1b/type").equals("Refund"), false),
            (at("/items/0/n").equals("7"), true),
            (at("/items/1/n"), false),
            (at("/paid").equals("true"), true),
            (at("/note"), true),
            (at("/note").equals("null"), false),
            (at("/items").starts_with("["), false),
            (at(""), true),
        ] {
            assert_eq!(holds(&condition, body), expected, "{condition:?}");
        }
    }

    #[test]
    fn a_body_that_is_not_json_has_no_values() {
        let whole = Condition::body("").unwrap();
        assert!(!holds(&whole, "refund"));
        assert!(holds(&whole.clone().equals("refund"), "\"refund\""));
        assert!(!holds(&whole, "{\"type\": \"refund\"} and more"));
    }

    #[test]
    fn a_pointer_begins_with_a_slash_and_escapes_its_tildes() {
        for pointer in ["type", "/a~b", "/a~", "$.type", "/~2"] {
            let error = Condition::body(pointer).unwrap_err().to_string();
            assert!(error.starts_with(&format!("`{pointer}` is not a JSON pointer")), "{error}");
        }
        for pointer in ["", "/", "/type", "/a~0b/c~1d", "/0"] {
            assert!(Condition::body(pointer).is_ok(), "{pointer}");
        }
    }
}
