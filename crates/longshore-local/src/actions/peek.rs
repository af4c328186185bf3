//! `ReceiveMessage` without a receive: the messages of a queue as a receive with all attributes
//! would return them. No count, timeout or receipt changes.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::receive::Message;
use super::requested_attributes::RequestedAttributes;
use crate::live::LiveQueue;
use crate::queue::{MessageView, Visibility};
use crate::refusal::Refusal;

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

/// The messages of a queue at one moment.
pub(crate) struct Peek {
    views: Vec<MessageView>,
    requested: RequestedAttributes,
    account: Arc<str>,
    shown: Shown,
}

impl Peek {
    pub(crate) fn new(queue: &LiveQueue, shown: Shown) -> Result<Self, Refusal> {
        let requested = RequestedAttributes::new(["All"].into_iter(), vec!["All".to_owned()])?;
        let mut views = queue.act(|queue, _| queue.snapshot(usize::MAX));
        views.retain(|view| shown.includes(view.visibility));
        Ok(Self { views, requested, account: queue.scope.account.clone(), shown })
    }

    pub(crate) fn len(&self) -> usize {
        self.views.len()
    }

    /// The messages one after the other, because all of them together need many times the memory of
    /// the answer.
    pub(crate) fn messages(&self) -> impl Iterator<Item = Value> {
        self.views.iter().map(|view| {
            let attributes = self.shown.attributes(view, &self.requested, &self.account);
            let receipt = RECEIPT_HANDLE.to_owned();
            let message = Message::new(&view.envelope, receipt, attributes, &self.requested);
            serde_json::to_value(message).expect("texts and numbers have a JSON form")
        })
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
