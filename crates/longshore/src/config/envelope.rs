//! Which envelopes the messages of a queue are in.

/// What the worker takes a message out of before its handler gets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct EnvelopeConfig {
    /// Which envelopes are opened. Default: none.
    pub unwrap: Unwrap,
    /// What happens to the test event of S3, where S3 events are recognized. Default: it is deleted.
    pub s3_test_event: S3TestEvent,
}

/// Which envelopes are opened. A body that only looks like one stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Unwrap {
    /// None. A body is not parsed.
    #[default]
    None,
    /// A notification of SNS. After that, or without it, an event of EventBridge or of S3.
    Auto,
    /// Notifications of SNS.
    Sns,
    /// Events of EventBridge.
    EventBridge,
    /// Events of S3.
    S3,
}

/// What happens to `s3:TestEvent`, which S3 sends when a notification is configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum S3TestEvent {
    /// It is deleted without a call of the handler.
    #[default]
    Delete,
    /// The handler gets it.
    Deliver,
}

impl EnvelopeConfig {
    /// Opens these envelopes, and deletes the test event of S3.
    pub fn new(unwrap: Unwrap) -> Self {
        Self { unwrap, s3_test_event: S3TestEvent::default() }
    }
}

impl Unwrap {
    /// All values.
    pub const ALL: [Self; 5] = [Self::None, Self::Auto, Self::Sns, Self::EventBridge, Self::S3];

    /// The value in `longshore.toml`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Auto => "auto",
            Self::Sns => "sns",
            Self::EventBridge => "eventbridge",
            Self::S3 => "s3",
        }
    }
}

impl S3TestEvent {
    /// The value in `longshore.toml`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delete => "delete",
            Self::Deliver => "deliver",
        }
    }
}
