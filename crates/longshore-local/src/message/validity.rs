//! The validation of bodies and attributes
//! (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html>).

use super::attribute::{Attribute, Attributes, Value};
use super::decimal;
use crate::characters;
use crate::refusal::{Reason, Refusal};

const MAX_ATTRIBUTES: usize = 10;
const MAX_NAME_LENGTH: usize = 256;

pub(super) fn body(body: &str) -> Result<(), Refusal> {
    if body.is_empty() {
        return Err(Refusal::missing("MessageBody"));
    }
    match characters::refused(body, "message body") {
        None => Ok(()),
        Some(why) => Err(Refusal::new(Reason::InvalidMessageContents, why)),
    }
}

pub(super) fn attributes(attributes: &Attributes) -> Result<(), Refusal> {
    if attributes.len() > MAX_ATTRIBUTES {
        let count = attributes.len();
        return Err(invalid(format!(
            "Number of message attributes [{count}] exceeds the allowed maximum [{MAX_ATTRIBUTES}]."
        )));
    }
    attributes.iter().try_for_each(|(name, attribute)| {
        self::name(name)?;
        data_type(name, &attribute.data_type)?;
        value(name, attribute)
    })
}

fn name(name: &str) -> Result<(), Refusal> {
    if name.is_empty() || name.chars().count() > MAX_NAME_LENGTH {
        return Err(invalid(format!(
            "Length of message attribute name must be between 1 and {MAX_NAME_LENGTH} characters."
        )));
    }
    let lower = name.to_ascii_lowercase();
    if lower.starts_with("aws.") || lower.starts_with("amazon.") {
        return Err(invalid(
            "You can't use message attribute names beginning with 'AWS.' or 'Amazon.'. \
             These strings are reserved for internal use.",
        ));
    }
    if name.starts_with('.') || name.ends_with('.') || name.contains("..") {
        return Err(invalid(
            "Invalid message attribute name: it must not start or end with a dot, nor have two in a row.",
        ));
    }
    match name.chars().find(|&c| !(c.is_alphanumeric() || "-_.".contains(c))) {
        None => Ok(()),
        Some(found) => Err(invalid(format!(
            "Invalid non-alphanumeric character '#x{:X}' was found in the message attribute name. \
             Can only include alphanumeric characters, hyphens, underscores, or dots.",
            u32::from(found)
        ))),
    }
}

fn data_type(name: &str, data_type: &str) -> Result<(), Refusal> {
    let base = data_type.split('.').next().unwrap_or_default();
    if data_type.is_empty() {
        return Err(invalid(format!(
            "The message attribute '{name}' must contain message attribute type."
        )));
    }
    if !matches!(base, "String" | "Number" | "Binary") || data_type.len() > MAX_NAME_LENGTH {
        return Err(invalid(format!(
            "The message attribute '{name}' has an invalid message attribute type, \
             the set of supported type prefixes is Binary, Number, and String."
        )));
    }
    characters::refused(data_type, "message attribute type").map_or(Ok(()), |why| Err(invalid(why)))
}

fn value(name: &str, attribute: &Attribute) -> Result<(), Refusal> {
    let data_type = &attribute.data_type;
    let binary = data_type.starts_with("Binary");
    if attribute.value.len() == 0 || binary != matches!(attribute.value, Value::Binary(_)) {
        return Err(invalid(format!(
            "Message (user) attribute '{name}' must contain a non-empty value of type '{data_type}'."
        )));
    }
    let Value::Text(text) = &attribute.value else { return Ok(()) };
    if data_type.starts_with("Number") && !decimal::is_number(text) {
        return Err(invalid(format!(
            "Can't cast the value of message (user) attribute '{name}' to a number."
        )));
    }
    characters::refused(text, "message attribute value").map_or(Ok(()), |why| Err(invalid(why)))
}

fn invalid(message: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Refusal::new(Reason::InvalidParameterValueException, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(name: &str, data_type: &str, value: &str) -> Result<(), Refusal> {
        let value = Value::Text(value.to_owned());
        attributes(&Attributes::from([(
            name.to_owned(),
            Attribute { data_type: data_type.to_owned(), value },
        )]))
    }

    #[test]
    fn control_characters_other_than_whitespace_are_refused() {
        let refusal = body("a\u{FFFF}").unwrap_err();
        assert_eq!(refusal.code(), "InvalidMessageContents");
        assert_eq!(
            refusal.message(),
            "Invalid binary character '#xFFFF' was found in the message body, the set of allowed \
             characters is #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF]."
        );
        assert_eq!(body("a\u{1}").unwrap_err().code(), "InvalidMessageContents");
        assert_eq!(body("tab\t, line\r\n, 🚢"), Ok(()));
    }

    #[test]
    fn attribute_values_have_the_characters_of_bodies() {
        let refusal = one("a", "String", "v\u{0}").unwrap_err();
        assert_eq!(refusal.code(), "InvalidParameterValue");
        assert_eq!(
            refusal.message(),
            "Invalid binary character '#x0' was found in the message attribute value, the set of \
             allowed characters is #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | \
             [#x10000-#x10FFFF]."
        );
        assert!(one("a", "String.custom", "\u{FFFE}").is_err());
        assert_eq!(one("a", "String", "tab\t, line\r\n, 🚢"), Ok(()));
    }

    #[test]
    fn an_empty_body_is_a_missing_parameter() {
        assert_eq!(body("").unwrap_err().code(), "MissingParameter");
    }

    #[test]
    fn invalid_names_are_refused() {
        let (long, longest) = ("é".repeat(257), "é".repeat(256));
        for bad in ["", "AWS.x", "amazon.x", ".x", "x.", "a..b", "a b", "a🚢", "é..é", &long] {
            assert!(one(bad, "String", "v").is_err(), "{bad:?} was accepted");
        }
        for good in ["a-b_c.d", "größe", "数量.１", &longest] {
            assert_eq!(one(good, "String", "v"), Ok(()), "{good:?}");
        }
    }

    #[test]
    fn invalid_types_and_values_are_refused() {
        assert_eq!(one("a", "Number.int", "-1.5e3"), Ok(()));
        for (data_type, value) in [
            ("Number", "many"),
            ("String", ""),
            ("String.\u{1}", "v"),
            ("Binary", "v"),
            ("Text", "v"),
            ("", "v"),
        ] {
            assert!(one("a", data_type, value).is_err(), "{data_type} {value:?} was accepted");
        }
        let refusal = one("a", "Number.float", "NaN").unwrap_err();
        assert_eq!(refusal.code(), "InvalidParameterValue");
        assert_eq!(
            refusal.message(),
            "Can't cast the value of message (user) attribute 'a' to a number."
        );
    }

    #[test]
    fn eleven_attributes_are_too_many() {
        let value = || Attribute { data_type: "String".into(), value: Value::Text("v".into()) };
        let several = |count: u32| (0..count).map(|n| (n.to_string(), value())).collect();
        assert_eq!(attributes(&several(10)), Ok(()));
        assert!(attributes(&several(11)).unwrap_err().message().contains("[11]"));
    }
}
