//! A message as it was received: what the queue says of it, in the queue's own words.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use crate::trace::Carrier;

/// One receive of one message.
///
/// SQS delivers at least once, so the same [`id`](Message::id) may come again; the
/// [`receipt`](Message::receipt) is new with each receive and is what settles it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Message {
    /// The id that SQS gave the message when it was sent; the same at each delivery.
    pub id: Arc<str>,
    /// The handle of this receive.
    pub receipt: Receipt,
    /// The body, as it was sent: at most 1 MiB together with the attributes.
    pub body: String,
    /// The sender's own attributes, at most ten.
    pub attributes: BTreeMap<String, AttributeValue>,
    /// How often the message was received, this time included (`ApproximateReceiveCount`).
    pub receive_count: u32,
    /// When it was sent, by SQS's clock.
    pub sent_at: Option<SystemTime>,
    /// When it was received for the first time, by SQS's clock.
    pub first_received_at: Option<SystemTime>,
    /// The message group: of a FIFO queue, or of a fair standard queue.
    pub group_id: Option<String>,
    /// X-Ray's trace header (`AWSTraceHeader`), where the sender set one.
    pub trace_header: Option<String>,
}

impl Message {
    /// A message that was received once, without attributes or times: for queues of your own kind and
    /// for tests of handlers. Set the other fields afterwards.
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
            first_received_at: None,
            group_id: None,
            trace_header: None,
        }
    }

    /// Whether SQS delivers this message for the first time, as far as it knows.
    pub fn is_first_delivery(&self) -> bool {
        self.receive_count <= 1
    }

    /// Bytes of payload, as SQS counts them against its limits and its 64 KiB billing chunks.
    pub fn payload_bytes(&self) -> usize {
        let attributes: usize =
            self.attributes.iter().map(|(name, value)| name.len() + value.payload_bytes()).sum();
        self.body.len() + attributes
    }
}

/// By W3C's names as attributes, as OpenTelemetry's instrumentations send them, and X-Ray's header.
impl Carrier for Message {
    fn text(&self, name: &str) -> Option<&str> {
        self.attributes.get(name)?.as_text()
    }

    fn xray(&self) -> Option<&str> {
        self.trace_header.as_deref()
    }
}

/// The handle of one receive: settles that receive and no other. Opaque, up to 1,024 characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Receipt(Arc<str>);

impl Receipt {
    /// The handle as SQS wrote it.
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

/// The value of a message attribute. The data type may carry a custom label, as in `Number.float`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeValue {
    /// `String`, `Number` or `Binary`, with an optional label behind a dot.
    pub data_type: String,
    /// What the sender put there.
    pub content: AttributeContent,
}

/// The two forms in which SQS carries an attribute's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttributeContent {
    /// Of data types `String` and `Number`.
    Text(String),
    /// Of data type `Binary`.
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
