//! The content of one message. It is validated and digested once, before a queue is locked.

use super::attribute::{Attributes, trace_header};
use super::{digest, validity};
use crate::random_id::random_id;
use crate::refusal::Refusal;

/// What the sender wrote. It is immutable, and all deliveries of the message share it.
#[derive(Clone, Debug)]
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
    /// Validates everything that does not depend on the queue, and computes the digests.
    ///
    /// # Errors
    /// If SQS does not accept the body or an attribute.
    pub(crate) fn new(
        body: String,
        attributes: Attributes,
        system_attributes: &Attributes,
    ) -> Result<Self, Refusal> {
        validity::body(&body)?;
        validity::attributes(&attributes)?;
        let trace_header = trace_header(system_attributes)?;
        let sorted =
            |all: &Attributes| digest::md5_of_attributes(all.iter().map(|(k, v)| (k.as_str(), v)));
        Ok(Self {
            md5_of_body: digest::md5_of_body(&body),
            md5_of_attributes: sorted(&attributes),
            md5_of_system_attributes: sorted(system_attributes),
            trace_header: trace_header.map(str::to_owned),
            body,
            attributes,
            message_id: random_id().to_string(),
        })
    }

    /// The same content as another message, with an id of its own.
    pub(crate) fn renewed(&self) -> Self {
        Self { message_id: random_id().to_string(), ..self.clone() }
    }

    /// The bytes that count towards `MaximumMessageSize`: the body and the message attributes,
    /// without the system attributes.
    pub(crate) fn size(&self) -> usize {
        let attributes = self.attributes.iter().map(|(name, value)| name.len() + value.size());
        self.body.len() + attributes.sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::attribute::{Attribute, Value};

    #[test]
    fn the_trace_header_does_not_count_towards_the_size() {
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
