//! Deletes of the payloads whose messages are deleted. They never delay a message.

use std::collections::VecDeque;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};

use super::payloads::Payloads;
use crate::limits::PAYLOAD_DELETES;
use crate::queue::PayloadObject;
use crate::trace::MessageTrace;

/// Objects that may wait. More of them belong to a store that hardly answers.
const WAITING: usize = 10_000;

/// The deletes of one queue.
pub(super) struct PayloadDeletes {
    payloads: Arc<Payloads>,
    open: FuturesUnordered<BoxFuture<'static, ()>>,
    waiting: VecDeque<(Box<PayloadObject>, MessageTrace)>,
}

impl PayloadDeletes {
    pub(super) fn new(payloads: Arc<Payloads>) -> Self {
        Self { payloads, open: FuturesUnordered::new(), waiting: VecDeque::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Deletes an object as soon as fewer than the limit are being deleted.
    pub(super) fn add(&mut self, object: Box<PayloadObject>, trace: MessageTrace) {
        if self.waiting.len() == WAITING {
            return self.payloads.not_deleted(&object);
        }
        self.waiting.push_back((object, trace));
        self.start();
    }

    /// Waits for the end of a delete. `None` if none is open. Cancel-safe.
    pub(super) async fn ended(&mut self) -> Option<()> {
        self.open.next().await?;
        self.start();
        Some(())
    }

    fn start(&mut self) {
        while self.open.len() < PAYLOAD_DELETES
            && let Some((object, trace)) = self.waiting.pop_front()
        {
            let payloads = self.payloads.clone();
            self.open.push(async move { payloads.delete(&object, &trace).await }.boxed());
        }
    }
}
