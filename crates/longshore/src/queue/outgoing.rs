//! A message that a worker sends to the queue that it consumes.

use std::collections::BTreeMap;

use super::message::{AttributeContent, AttributeValue, payload_bytes};

/// A message that is sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutgoingMessage {
    /// The body, which must not be empty.
    pub body: String,
    /// The attributes.
    pub attributes: BTreeMap<String, AttributeValue>,
}

impl OutgoingMessage {
    /// A message with this body and without attributes.
    pub fn new(body: impl Into<String>) -> Self {
        Self { body: body.into(), attributes: BTreeMap::new() }
    }

    /// Adds an attribute of the type `String`.
    #[must_use]
    pub fn text(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        let content = AttributeContent::Text(text.into());
        let value = AttributeValue { data_type: "String".to_owned(), content };
        self.attributes.insert(name.into(), value);
        self
    }

    /// Bytes of body and attributes, as SQS counts them.
    pub fn payload_bytes(&self) -> usize {
        payload_bytes(&self.body, &self.attributes)
    }
}
