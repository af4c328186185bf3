//! `ReceiveMessage` without a receive: the messages of a queue as a receive with all attributes
//! would return them. No count, timeout or receipt changes.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::receive::Message;
use super::requested_attributes::RequestedAttributes;
use crate::live::LiveQueue;
use crate::queue::{MessageView, Visibility};
use crate::refusal::{Reason, Refusal};

/// The receipt handle that LocalStack returns. No action accepts it.
const RECEIPT_HANDLE: &str = "SQS/BACKDOOR/ACCESS";

/// Which messages to return in addition to those that a receive can take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shown {
    /// Messages in flight, and those behind them in their message group. Each message gets the
    /// attribute `IsVisible`.
    pub(crate) invisible: bool,
    /// Messages with a delay. Each message gets the attribute `IsDelayed`.
    pub(crate) delayed: bool,
}

/// The result of a `ReceiveMessage` with these messages.
pub(crate) fn peek(queue: &LiveQueue, shown: Shown) -> Result<Value, Refusal> {
    let requested = RequestedAttributes::new(["All"].into_iter(), vec!["All".to_owned()])?;
    let account = &*queue.scope.account;
    let all = queue.act(|queue, _| queue.snapshot(usize::MAX));
    let wanted = all.iter().filter(|view| shown.includes(view.visibility));
    let messages = wanted.map(|view| {
        let attributes = shown.attributes(view, &requested, account);
        let message =
            Message::new(&view.envelope, RECEIPT_HANDLE.to_owned(), attributes, &requested);
        serde_json::to_value(message)
    });
    let messages: Result<Vec<Value>, _> = messages.collect();
    match messages {
        Ok(messages) if messages.is_empty() => Ok(json!({})),
        Ok(messages) => Ok(json!({ "Messages": messages })),
        Err(error) => Err(Refusal::new(Reason::InternalFailure, error.to_string())),
    }
}

impl Shown {
    fn includes(self, visibility: Visibility) -> bool {
        match visibility {
            Visibility::Visible => true,
            Visibility::Blocked | Visibility::InFlight(_) => self.invisible,
            Visibility::Delayed(_) => self.delayed,
        }
    }

    /// As LocalStack, a message that was never received has the first receive timestamp 0.
    fn attributes(
        self,
        view: &MessageView,
        requested: &RequestedAttributes,
        account: &str,
    ) -> BTreeMap<&'static str, String> {
        let first_received = view.first_received.map_or(0, |first| first.millis());
        let mut attributes =
            requested.system.describe(&view.envelope, view.receive_count, first_received, account);
        if self.invisible {
            let is_visible = !matches!(view.visibility, Visibility::InFlight(_));
            attributes.insert("IsVisible", is_visible.to_string());
        }
        if self.delayed {
            let is_delayed = matches!(view.visibility, Visibility::Delayed(_));
            attributes.insert("IsDelayed", is_delayed.to_string());
        }
        attributes
    }
}
