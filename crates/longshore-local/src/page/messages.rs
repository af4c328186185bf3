//! The messages of one queue, as rows of its page.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::figures::{count, counted, cut, span, time, visible};
use crate::clock::Moment;
use crate::message::{Attribute, Value};
use crate::queue::{Envelope, MessageView, Visibility};

/// Bytes of a body in the list.
const PREVIEW_BYTES: usize = 160;
/// Bytes of an unfolded body. Longer bodies have a page of their own, so that a page of 100 messages
/// has at most 2 MB.
const BODY_BYTES: usize = 16 * 1024;
const ATTRIBUTE_BYTES: usize = 500;

pub(super) struct Message {
    pub(super) id: String,
    pub(super) class: &'static str,
    pub(super) state: String,
    pub(super) preview: String,
    pub(super) is_preview_cut: bool,
    pub(super) body: String,
    /// The size of the whole body, if `body` is not all of it.
    pub(super) whole: Option<String>,
    pub(super) size: String,
    pub(super) age: String,
    pub(super) receives: String,
    pub(super) group: Option<String>,
    /// Names and values of the system attributes.
    pub(super) facts: Vec<(&'static str, String)>,
    /// Names, types and values of the message attributes.
    pub(super) attributes: Vec<(String, String, String)>,
}

impl Message {
    pub(super) fn new(view: &MessageView, now: Moment) -> Self {
        let envelope = &view.envelope;
        let content = &envelope.content;
        let (class, state) = state(view.visibility, now);
        let (preview, is_preview_cut) = cut(&content.body, PREVIEW_BYTES);
        let (body, is_cut) = cut(&content.body, BODY_BYTES);
        let attributes = content.attributes.iter();
        Self {
            id: content.message_id.clone(),
            class,
            state,
            preview: visible(&preview.split_whitespace().collect::<Vec<_>>().join(" "))
                .into_owned(),
            is_preview_cut,
            body: visible(body).into_owned(),
            whole: is_cut.then(|| counted(content.body.len(), "byte")),
            size: counted(content.body.len(), "byte"),
            age: span(now.millis().saturating_sub(envelope.sent.millis())),
            receives: match view.receive_count {
                0 => "never received".to_owned(),
                1 => "received once".to_owned(),
                more => format!("received {} times", count(more.into())),
            },
            group: envelope.group.as_deref().map(str::to_owned),
            facts: facts(envelope, view.first_received),
            attributes: attributes
                .map(|(name, attribute)| {
                    (name.clone(), attribute.data_type.clone(), text(attribute))
                })
                .collect(),
        }
    }
}

fn state(visibility: Visibility, now: Moment) -> (&'static str, String) {
    let left = |until: Moment| span(until.millis().saturating_sub(now.millis()));
    match visibility {
        Visibility::Visible => ("visible", "visible".to_owned()),
        Visibility::Blocked => ("blocked", "waits for its message group".to_owned()),
        Visibility::InFlight(until) => {
            ("in-flight", format!("in flight, returns in {}", left(until)))
        }
        Visibility::Delayed(until) => ("delayed", format!("delayed, visible in {}", left(until))),
    }
}

fn facts(envelope: &Envelope, first_received: Option<Moment>) -> Vec<(&'static str, String)> {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let facts = [
        ("Sent", Some(time(envelope.sent))),
        ("First received", first_received.map(time)),
        ("Message group", owned(envelope.group.as_deref())),
        ("Deduplication ID", envelope.deduplication_id.clone()),
        ("Sequence number", envelope.sequence.map(|sequence| sequence.to_string())),
        ("X-Ray trace header", envelope.content.trace_header.clone()),
        ("Source of the dead letter", owned(envelope.dead_letter_source.as_deref())),
        ("MD5 of the body", Some(envelope.content.md5_of_body.clone())),
    ];
    facts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// The value of an attribute; base64 of a binary value.
fn text(attribute: &Attribute) -> String {
    let encoded;
    let text = match &attribute.value {
        Value::Text(text) => text,
        Value::Binary(bytes) => {
            // Four characters for three bytes, so this is more than is shown.
            encoded = BASE64.encode(&bytes[..bytes.len().min(ATTRIBUTE_BYTES)]);
            &encoded
        }
    };
    match cut(text, ATTRIBUTE_BYTES) {
        (text, false) => visible(text).into_owned(),
        (text, true) => {
            format!("{}… ({} in all)", visible(text), counted(attribute.value.len(), "byte"))
        }
    }
}
