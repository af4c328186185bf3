//! A received message.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use crate::label::label_set;
use crate::trace::Carrier;

/// One receive of one message.
///
/// SQS delivers at least once, so a message with the same [`id`](Message::id) can be redelivered.
/// Each receive has its own [`receipt`](Message::receipt), which settles it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Message {
    /// The id that SQS assigned when the message was sent. It is the same at each delivery.
    pub id: Arc<str>,
    /// The handle of this receive.
    pub receipt: Receipt,
    /// The body: at most 1 MiB together with the attributes.
    pub body: String,
    /// The attributes that the sender set: at most ten. A notification of SNS can have more.
    pub attributes: BTreeMap<String, AttributeValue>,
    /// The number of receives of the message, this one included (`ApproximateReceiveCount`).
    pub receive_count: u32,
    /// When it was sent, by the clock of SQS.
    pub sent_at: Option<SystemTime>,
    /// When it was published, if it was in an envelope that the queue's
    /// [`envelopes`](crate::QueueConfig::envelopes) opens: the time of the notification or of the
    /// event, and at the latest [`sent_at`](Self::sent_at).
    pub published_at: Option<SystemTime>,
    /// When it was first received, by the clock of SQS.
    pub first_received_at: Option<SystemTime>,
    /// The message group: of a FIFO queue, or of a fair standard queue.
    pub group_id: Option<String>,
    /// The X-Ray trace header (`AWSTraceHeader`), if the sender set one.
    pub trace_header: Option<String>,
    /// The id of the account, user or role that sent it.
    pub sender_id: Option<String>,
    /// The deduplication id of a message of a FIFO queue.
    pub deduplication_id: Option<String>,
    /// The sequence number of a message of a FIFO queue.
    pub sequence_number: Option<String>,
    /// The MD5 digest of the body as SQS has it, in hexadecimal digits.
    pub body_md5: Option<String>,
    /// The message as SQS has it, if it was taken out of an envelope. Shared, because it is only read
    /// when the message is moved.
    pub(crate) envelope: Option<Arc<Envelope>>,
}

/// What a message was before it was taken out of its envelope.
#[derive(Debug)]
pub(crate) struct Envelope {
    /// The body.
    pub(crate) body: String,
    /// The attributes: at most ten.
    pub(crate) attributes: BTreeMap<String, AttributeValue>,
    /// The X-Ray trace header.
    pub(crate) trace_header: Option<String>,
}

impl Message {
    /// A message that was received once, without attributes and times. For a
    /// [`Queue`](super::Queue) of your own and for tests of handlers. Set the other fields
    /// afterwards.
    ///
    /// ```
    /// let mut message = longshore::Message::new("id-1", "receipt-1", "two crates of oranges");
    /// message.receive_count = 2;
    /// assert!(!message.is_first_delivery());
    /// ```
    pub fn new(
        id: impl Into<Arc<str>>,
        receipt: impl Into<Receipt>,
        body: impl Into<String>,
    ) -> Self {
        Self {
            id: id.into(),
            receipt: receipt.into(),
            body: body.into(),
            attributes: BTreeMap::new(),
            receive_count: 1,
            sent_at: None,
            published_at: None,
            first_received_at: None,
            group_id: None,
            trace_header: None,
            sender_id: None,
            deduplication_id: None,
            sequence_number: None,
            body_md5: None,
            envelope: None,
        }
    }

    /// Whether this is the first delivery of the message, as far as SQS knows.
    pub fn is_first_delivery(&self) -> bool {
        self.receive_count <= 1
    }

    /// Since when it waits: since it was published, or else since it was sent.
    pub fn waiting_since(&self) -> Option<SystemTime> {
        self.published_at.or(self.sent_at)
    }

    /// Bytes of body and attributes, as SQS counts them for its limits and its 64 KiB billing
    /// chunks.
    pub fn payload_bytes(&self) -> usize {
        payload_bytes(&self.body, &self.attributes)
    }
}

pub(super) fn payload_bytes(body: &str, attributes: &BTreeMap<String, AttributeValue>) -> usize {
    let attributes = attributes.iter().map(|(name, value)| name.len() + value.payload_bytes());
    body.len() + attributes.sum::<usize>()
}

/// The W3C headers as message attributes, as OpenTelemetry instrumentations send them, and the
/// X-Ray header.
impl Carrier for Message {
    fn text(&self, name: &str) -> Option<&str> {
        self.attributes.get(name)?.as_text()
    }

    fn xray(&self) -> Option<&str> {
        self.trace_header.as_deref()
    }
}

/// The receipt handle of one receive. It is opaque and has up to 1,024 characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Receipt(Arc<str>);

impl Receipt {
    /// The handle as SQS returned it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Receipt {
    fn from(handle: String) -> Self {
        Self(handle.into())
    }
}

impl From<&str> for Receipt {
    fn from(handle: &str) -> Self {
        Self(handle.into())
    }
}

/// The value of a message attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeValue {
    /// `String`, `Number` or `Binary`, with an optional custom label, as in `Number.float`.
    pub data_type: String,
    /// The value.
    pub content: AttributeContent,
}

/// The two forms of an attribute's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttributeContent {
    /// For the data types `String` and `Number`.
    Text(String),
    /// For the data type `Binary`.
    Bytes(Vec<u8>),
}

impl AttributeValue {
    /// The text of a `String` or `Number`; `None` for `Binary`.
    pub fn as_text(&self) -> Option<&str> {
        match &self.content {
            AttributeContent::Text(text) => Some(text),
            AttributeContent::Bytes(_) => None,
        }
    }

    fn payload_bytes(&self) -> usize {
        let content = match &self.content {
            AttributeContent::Text(text) => text.len(),
            AttributeContent::Bytes(bytes) => bytes.len(),
        };
        self.data_type.len() + content
    }
}

label_set! {
    /// Whether SQS delivers a message for the first time.
    Delivery {
        /// `ApproximateReceiveCount` is 1.
        First = "first",
        /// `ApproximateReceiveCount` is more than 1.
        Redelivery = "redelivery",
    }
}
