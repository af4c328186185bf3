//! A rejected message on its way to the dead-letter queue.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use super::message::{AttributeContent, AttributeValue, Envelope, Message, payload_bytes};
use crate::limits::{MESSAGE_ATTRIBUTES, MESSAGE_BYTES};

/// What is sent to a dead-letter queue: the message, and why and from where it came.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeadLetter {
    /// The body of the message.
    pub body: String,
    /// The attributes of the message, and those of [`DeadLetter::new`].
    pub attributes: BTreeMap<String, AttributeValue>,
    /// The X-Ray trace header of the message.
    pub trace_header: Option<String>,
    /// The message group.
    pub group_id: Option<String>,
    /// The id of the message. As `MessageDeduplicationId` of a FIFO queue, it makes a repeated send
    /// within 5 minutes add no second message.
    pub deduplication_id: Arc<str>,
}

impl DeadLetter {
    /// A copy of the message, in the envelope that it came in, with the attributes `longshore.reason`, `longshore.source` (the ARN of
    /// its queue), `longshore.message_id` and `longshore.first_received_at` (milliseconds, as in
    /// SQS). Leaves out those that do not fit: SQS allows ten attributes and 1 MiB.
    pub fn new(message: &Message, source: &str, reason: &str) -> Self {
        let (body, attributes, trace_header) = match message.envelope.as_deref() {
            Some(Envelope { body, attributes, trace_header }) => (body, attributes, trace_header),
            None => (&message.body, &message.attributes, &message.trace_header),
        };
        let mut letter = Self {
            body: body.clone(),
            attributes: attributes.clone(),
            trace_header: trace_header.clone(),
            group_id: message.group_id.clone(),
            deduplication_id: message.id.clone(),
        };
        let received = message.first_received_at.and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        letter.add("longshore.reason", "String", reason.chars().map(accepted).collect());
        letter.add("longshore.source", "String", source.to_owned());
        letter.add("longshore.message_id", "String", message.id.to_string());
        if let Some(received) = received {
            let milliseconds = received.as_millis().to_string();
            letter.add("longshore.first_received_at", "Number", milliseconds);
        }
        letter
    }

    /// Bytes of body and attributes, as SQS counts them.
    pub fn payload_bytes(&self) -> usize {
        payload_bytes(&self.body, &self.attributes)
    }

    /// Adds an attribute if there is room. SQS refuses an empty value.
    fn add(&mut self, name: &str, data_type: &str, text: String) {
        let value = AttributeValue {
            data_type: data_type.to_owned(),
            content: AttributeContent::Text(text),
        };
        if value.as_text() == Some("") {
            return;
        }
        let earlier = self.attributes.insert(name.to_owned(), value);
        let fits =
            self.attributes.len() <= MESSAGE_ATTRIBUTES && self.payload_bytes() <= MESSAGE_BYTES;
        if !fits {
            match earlier {
                Some(earlier) => drop(self.attributes.insert(name.to_owned(), earlier)),
                None => drop(self.attributes.remove(name)),
            }
        }
    }
}

/// The character, or U+FFFD if SQS does not accept it in a text.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>
fn accepted(letter: char) -> char {
    match letter {
        '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'.. => letter,
        _ => char::REPLACEMENT_CHARACTER,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn message() -> Message {
        let mut message = Message::new("id-1", "receipt-1", "body");
        message.first_received_at = Some(UNIX_EPOCH + Duration::from_millis(1_763_922_300_750));
        message
    }

    fn text(letter: &DeadLetter, name: &str) -> Option<String> {
        letter.attributes.get(name)?.as_text().map(str::to_owned)
    }

    fn number(n: usize) -> AttributeValue {
        let content = AttributeContent::Text(n.to_string());
        AttributeValue { data_type: "Number".to_owned(), content }
    }

    #[test]
    fn a_dead_letter_says_why_and_from_where_it_came() {
        let letter = DeadLetter::new(&message(), "arn:orders", "no id\u{fffe}\u{1}");
        for (name, value) in [
            ("longshore.reason", "no id\u{fffd}\u{fffd}"),
            ("longshore.source", "arn:orders"),
            ("longshore.message_id", "id-1"),
            ("longshore.first_received_at", "1763922300750"),
        ] {
            assert_eq!(text(&letter, name).as_deref(), Some(value));
        }
        assert_eq!(text(&DeadLetter::new(&message(), "arn:orders", ""), "longshore.reason"), None);
    }

    #[test]
    fn the_attributes_of_the_sender_have_precedence() {
        let mut message = message();
        message.attributes = (0..9).map(|n| (format!("a{n}"), number(n))).collect();
        let letter = DeadLetter::new(&message, "arn:orders", "bad");
        assert_eq!(text(&letter, "longshore.reason").as_deref(), Some("bad"));
        assert_eq!(letter.attributes.len(), 10);
        message.attributes.insert("a9".to_owned(), number(9));
        assert_eq!(DeadLetter::new(&message, "arn:orders", "bad").attributes, message.attributes);
    }

    #[test]
    fn a_message_that_was_redriven_and_rejected_again_has_the_new_reason() {
        let mut message = message();
        message.attributes = (0..9).map(|n| (format!("a{n}"), number(n))).collect();
        message.attributes = DeadLetter::new(&message, "arn:orders", "old").attributes;
        let letter = DeadLetter::new(&message, "arn:orders", "new");
        assert_eq!(text(&letter, "longshore.reason").as_deref(), Some("new"));
        assert_eq!(letter.attributes.len(), 10);
    }

    #[test]
    fn a_message_near_the_limit_of_sqs_stays_within_it() {
        let mut message = message();
        // The id takes 30 bytes, the source 32.
        message.body = "b".repeat(MESSAGE_BYTES - 31);
        let letter = DeadLetter::new(&message, "arn:orders", "much too large for the rest");
        assert_eq!(text(&letter, "longshore.reason"), None);
        assert_eq!(text(&letter, "longshore.source"), None);
        assert_eq!(text(&letter, "longshore.message_id").as_deref(), Some("id-1"));
        assert!(letter.payload_bytes() <= MESSAGE_BYTES);
    }
}
