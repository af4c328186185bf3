//! What was in an envelope.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use crate::queue::{AttributeContent, AttributeValue, Envelope, Message};

/// The X-Ray header as a message attribute. SQS has it as a system attribute.
const TRACE_HEADER: &str = "AWSTraceHeader";

/// The contents of an envelope, and what was written on it.
pub(super) struct Contents {
    /// `None` if the envelope itself is the body.
    pub(super) body: Option<String>,
    pub(super) attributes: BTreeMap<String, AttributeValue>,
    pub(super) published_at: Option<SystemTime>,
}

impl Contents {
    /// Makes `message` the one that was published.
    pub(super) fn replace(self, message: &mut Message) {
        if let Some(body) = self.body {
            let body = std::mem::replace(&mut message.body, body);
            // It is of the envelope.
            message.body_md5 = None;
            let Message { attributes, trace_header, .. } = &*message;
            let (attributes, trace_header) = (attributes.clone(), trace_header.clone());
            let envelope = Envelope { body, attributes, trace_header };
            // Of an envelope in an envelope, SQS has the outer one.
            message.envelope.get_or_insert_with(|| Arc::new(envelope));
        }
        let header = self.attributes.get(TRACE_HEADER).and_then(AttributeValue::as_text);
        if let (None, Some(header)) = (&message.trace_header, header) {
            message.trace_header = Some(header.to_owned());
        }
        message.attributes.extend(self.attributes);
        // Of an envelope in an envelope, the inner one is older. None is from the future: the sender
        // chose this time, and it must not hide how long the message waited in the queue.
        if let Some(published_at) = self.published_at {
            let latest = message.waiting_since().unwrap_or(published_at);
            message.published_at = Some(published_at.min(latest));
        }
    }
}

/// An attribute of the data type `String`.
pub(super) fn text(value: String) -> AttributeValue {
    AttributeValue { data_type: "String".to_owned(), content: AttributeContent::Text(value) }
}
