//! Opens the envelopes that a queue is configured for.

use super::contents::Contents;
use super::{event_bridge, s3, sns};
use crate::config::{EnvelopeConfig, S3TestEvent, Unwrap};
use crate::queue::Message;

/// Opens the envelopes of one queue.
#[derive(Debug)]
pub(crate) struct Unwrapper(EnvelopeConfig);

/// What a message turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unwrapped {
    /// The handler gets it.
    Message,
    /// The handler gets it unchanged, and it is not what the configuration says.
    Unexpected,
    /// The test event of S3, which is deleted.
    TestEvent,
}

impl Unwrapper {
    pub(crate) fn new(config: EnvelopeConfig) -> Self {
        Self(config)
    }

    /// Makes `message` the one that was published.
    pub(crate) fn unwrap(&self, message: &mut Message) -> Unwrapped {
        match self.0.unwrap {
            Unwrap::None => Unwrapped::Message,
            Unwrap::Auto => self.open_all(message),
            Unwrap::Sns => expected(open(message, sns::open)),
            Unwrap::EventBridge => expected(open(message, event_bridge::open)),
            Unwrap::S3 if s3::is_test_event(&message.body) => self.test_event(),
            Unwrap::S3 => expected(open(message, s3::open)),
        }
    }

    fn open_all(&self, message: &mut Message) -> Unwrapped {
        open(message, sns::open);
        if s3::is_test_event(&message.body) {
            return self.test_event();
        }
        if !open(message, event_bridge::open) {
            open(message, s3::open);
        }
        Unwrapped::Message
    }

    fn test_event(&self) -> Unwrapped {
        match self.0.s3_test_event {
            S3TestEvent::Delete => Unwrapped::TestEvent,
            S3TestEvent::Deliver => Unwrapped::Message,
        }
    }
}

/// Whether the message was in this envelope, and is out of it.
fn open(message: &mut Message, contents: fn(&str) -> Option<Contents>) -> bool {
    let contents = contents(&message.body);
    let is_open = contents.is_some();
    if let Some(contents) = contents {
        contents.replace(message);
    }
    is_open
}

fn expected(is_open: bool) -> Unwrapped {
    if is_open { Unwrapped::Message } else { Unwrapped::Unexpected }
}
