//! Message attributes and their JSON form.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};

use crate::characters;
use crate::refusal::{Reason, Refusal};

/// Sorted by name, as their digest requires.
pub(crate) type Attributes = BTreeMap<String, Attribute>;

#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "JsonAttribute", into = "JsonAttribute")]
pub(crate) struct Attribute {
    pub(crate) data_type: String,
    pub(crate) value: Value,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Text(String),
    Binary(Vec<u8>),
}

impl Attribute {
    /// The value of `AWSTraceHeader`, the only system attribute a sender may set.
    #[cfg(test)]
    pub(crate) fn trace_header(value: &str) -> Self {
        Self { data_type: "String".to_owned(), value: Value::Text(value.to_owned()) }
    }

    /// The bytes that count towards the size of a message, without the name.
    pub(crate) fn size(&self) -> usize {
        self.data_type.len() + self.value.len()
    }
}

impl Value {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(bytes) => bytes.len(),
        }
    }
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct JsonAttribute {
    #[serde(skip_serializing_if = "Option::is_none")]
    string_value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    binary_value: Option<String>,
    #[serde(default)]
    data_type: String,
}

impl TryFrom<JsonAttribute> for Attribute {
    type Error = base64::DecodeError;

    /// An attribute without a value becomes empty text, which the validation then refuses.
    fn try_from(wire: JsonAttribute) -> Result<Self, Self::Error> {
        let value = match (wire.string_value, wire.binary_value) {
            (None, Some(encoded)) => Value::Binary(BASE64.decode(encoded)?),
            (text, _) => Value::Text(text.unwrap_or_default()),
        };
        Ok(Self { data_type: wire.data_type, value })
    }
}

impl From<Attribute> for JsonAttribute {
    fn from(attribute: Attribute) -> Self {
        let (string_value, binary_value) = match attribute.value {
            Value::Text(text) => (Some(text), None),
            Value::Binary(bytes) => (None, Some(BASE64.encode(bytes))),
        };
        Self { string_value, binary_value, data_type: attribute.data_type }
    }
}

/// The trace header among the system attributes of a send.
///
/// # Errors
/// If there is another system attribute, or the trace header is not text.
pub(crate) fn trace_header(system: &Attributes) -> Result<Option<&str>, Refusal> {
    let mut header = None;
    for (name, attribute) in system {
        if name != "AWSTraceHeader" {
            let why = "The only message system attribute that can be set is AWSTraceHeader.";
            return Err(Refusal::invalid("MessageSystemAttributes", name, why));
        }
        match &attribute.value {
            Value::Text(text) if attribute.data_type == "String" && !text.is_empty() => {
                if let Some(why) = characters::refused(text, "message system attribute value") {
                    return Err(Refusal::new(Reason::InvalidParameterValueException, why));
                }
                header = Some(text.as_str());
            }
            _ => {
                let why = "AWSTraceHeader must be a non-empty String.";
                return Err(Refusal::invalid("MessageSystemAttributes", name, why));
            }
        }
    }
    Ok(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_binary_value_is_base64_in_json() {
        let json = r#"{"BinaryValue":"AQID","DataType":"Binary.png"}"#;
        let attribute: Attribute = serde_json::from_str(json).unwrap();
        assert_eq!(attribute.value, Value::Binary(vec![1, 2, 3]));
        assert_eq!(serde_json::to_string(&attribute).unwrap(), json);
    }

    #[test]
    fn invalid_base64_is_an_error() {
        let json = r#"{"BinaryValue":"*","DataType":"Binary"}"#;
        assert!(serde_json::from_str::<Attribute>(json).is_err());
    }

    #[test]
    fn a_system_attribute_other_than_the_trace_header_is_refused() {
        let system = Attributes::from([("Other".to_owned(), Attribute::trace_header("Root=1"))]);
        assert_eq!(trace_header(&system).unwrap_err().code(), "InvalidParameterValue");
    }

    #[test]
    fn the_trace_header_is_text() {
        let header = |value| {
            let attribute = Attribute { data_type: "String".to_owned(), value };
            let system = Attributes::from([("AWSTraceHeader".to_owned(), attribute)]);
            trace_header(&system).map(|header| header.map(str::to_owned))
        };
        assert_eq!(header(Value::Text("Root=1".to_owned())), Ok(Some("Root=1".to_owned())));
        let control = Value::Text("Root=\u{1}".to_owned());
        for bad in [Value::Text(String::new()), Value::Binary(b"Root=1".to_vec()), control] {
            assert_eq!(header(bad.clone()).unwrap_err().code(), "InvalidParameterValue", "{bad:?}");
        }
    }
}
