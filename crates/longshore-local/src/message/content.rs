//! One message's content, validated and digested once, before any queue is locked.

use super::attribute::{self, Attributes};
use super::validity;
use crate::digest;
use crate::refusal::Refusal;

/// What a sender wrote; immutable, and shared by every delivery of the message.
#[derive(Debug)]
pub(crate) struct Content {
    pub(crate) body: String,
    pub(crate) attributes: Attributes,
    pub(crate) trace_header: Option<String>,
    pub(crate) md5_of_body: String,
    pub(crate) md5_of_attributes: Option<String>,
    pub(crate) md5_of_system_attributes: Option<String>,
    pub(crate) message_id: String,
}

impl Content {
    /// Checks everything about a message that no queue setting decides, and takes its digests.
    pub(crate) fn new(
        body: String,
        attributes: Attributes,
        system_attributes: &Attributes,
    ) -> Result<Self, Refusal> {
        validity::body(&body)?;
        validity::attributes(&attributes)?;
        let trace_header = attribute::trace_header(system_attributes)?;
        let sorted =
            |all: &Attributes| digest::of_attributes(all.iter().map(|(k, v)| (k.as_str(), v)));
        Ok(Self {
            md5_of_body: digest::of_body(&body),
            md5_of_attributes: sorted(&attributes),
            md5_of_system_attributes: sorted(system_attributes),
            trace_header: trace_header.and_then(|header| match &header.value {
                attribute::Value::Text(text) => Some(text.clone()),
                attribute::Value::Binary(_) => None,
            }),
            body,
            attributes,
            message_id: uuid::Uuid::new_v4().to_string(),
        })
    }

    /// Bytes that count towards `MaximumMessageSize`: the body and its attributes, but no system attribute.
    pub(crate) fn size(&self) -> usize {
        let attributes = self.attributes.iter().map(|(name, value)| name.len() + value.size());
        self.body.len() + attributes.sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Attribute, Value};

    #[test]
    fn attributes_count_towards_the_size_and_the_trace_header_does_not() {
        let attribute =
            Attribute { data_type: "String".into(), value: Value::Text("value".into()) };
        let attributes = Attributes::from([("name".to_owned(), attribute)]);
        let system =
            Attributes::from([("AWSTraceHeader".to_owned(), Attribute::trace_header("Root=1"))]);
        let content = Content::new("body".into(), attributes, &system).unwrap();
        assert_eq!(content.size(), "bodynameStringvalue".len());
        assert_eq!(content.trace_header.as_deref(), Some("Root=1"));
        assert!(content.md5_of_system_attributes.is_some());
    }
}
