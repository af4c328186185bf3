//! One invocation of a function.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use tokio::sync::{SetOnce, oneshot};

use super::interrupt::Interrupt;
use crate::handler::batch::event;
use crate::handler::{Context, LambdaFunction};
use crate::queue::Message;

/// An invocation that waits for a runtime.
#[derive(Debug)]
pub(super) struct Invocation {
    /// The request id. Each invocation has its own, also of the same messages.
    pub(super) id: String,
    /// The event as JSON.
    pub(super) event: Bytes,
    /// When the function times out, in milliseconds since 1970.
    pub(super) deadline_millis: u128,
    pub(super) arn: String,
    /// The trace context as an X-Ray header.
    pub(super) trace: Option<String>,
    pub(super) answer: oneshot::Sender<Answer>,
    /// The runtime that has it.
    pub(super) taken: Arc<SetOnce<Interrupt>>,
}

/// How an invocation ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// The function returned this.
    Response(Bytes),
    /// The function raised an error.
    Error(String),
    /// The runtime ended before it answered.
    Exited(String),
}

/// The caller's side of an invocation.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) answer: oneshot::Receiver<Answer>,
    pub(super) taken: Arc<SetOnce<Interrupt>>,
}

impl Invocation {
    pub(super) fn new(
        messages: &[Message],
        context: &Context,
        function: &LambdaFunction,
    ) -> (Self, Call) {
        let (sender, answer) = oneshot::channel();
        let taken: Arc<SetOnce<Interrupt>> = Arc::default();
        let invocation = Self {
            id: request_id(),
            event: event::json(messages, context.queue_arn()).into(),
            deadline_millis: millis_in(context.remaining()),
            arn: arn(function, context.queue_arn()),
            trace: context.trace().xray.clone(),
            answer: sender,
            taken: taken.clone(),
        };
        (invocation, Call { answer, taken })
    }
}

/// A random UUID of version 4, as Lambda makes them.
fn request_id() -> String {
    let random = fastrand::u128(..);
    let versioned = random & !(0xf << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    let hex = format!("{versioned:032x}");
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// This much later than now, in milliseconds since 1970.
fn millis_in(remaining: Duration) -> u128 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    (now + remaining).as_millis()
}

/// The ARN of the function, in the region and account of its queue as far as they are known.
fn arn(function: &LambdaFunction, queue_arn: Option<&str>) -> String {
    let mut parts = queue_arn.unwrap_or_default().split(':').skip(3);
    let region = parts.next().or(function.region.as_deref()).unwrap_or("us-east-1");
    let account = parts.next().unwrap_or("000000000000");
    format!("arn:aws:lambda:{region}:{account}:function:{}", function.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_id_is_a_random_uuid() {
        let id = request_id();
        let lengths: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12], "{id}");
        assert!(&id[14..15] == "4" && "89ab".contains(&id[19..20]), "{id}");
        assert_ne!(id, request_id());
    }

    #[test]
    fn the_function_is_in_the_place_of_its_queue() {
        let function = LambdaFunction::new("orders", vec!["true".to_owned()]);
        let queue = "arn:aws:sqs:eu-west-1:123456789012:orders";
        assert_eq!(
            arn(&function, Some(queue)),
            "arn:aws:lambda:eu-west-1:123456789012:function:orders"
        );
        let here = function.region(Some("eu-north-1".to_owned()));
        assert_eq!(arn(&here, None), "arn:aws:lambda:eu-north-1:000000000000:function:orders");
    }
}
