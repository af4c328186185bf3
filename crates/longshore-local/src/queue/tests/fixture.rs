//! A queue with a clock that the test sets.

use crate::clock::Moment;
use crate::message::{Attributes, Content};
use crate::queue::{Counts, Delivery, NewMessage, Queue, Receipt, ReceiveOptions, Sent};
use crate::refusal::Refusal;
use crate::settings::{QueueAttributes, Settings};

pub(super) struct Fixture {
    pub(super) queue: Queue,
    pub(super) now: Moment,
}

impl Fixture {
    pub(super) fn standard(attributes: &[(&str, &str)]) -> Self {
        Self::new("q", attributes)
    }

    pub(super) fn fifo(attributes: &[(&str, &str)]) -> Self {
        Self::new("q.fifo", &[attributes, &[("FifoQueue", "true")]].concat())
    }

    fn new(name: &str, attributes: &[(&str, &str)]) -> Self {
        let attributes: QueueAttributes =
            attributes.iter().map(|&(k, v)| (k.to_owned(), v.to_owned())).collect();
        let queue = Queue::new(Settings::new(name, &attributes).unwrap(), 120_000);
        Self { queue, now: Moment::from_millis(1_000_000) }
    }

    pub(super) fn advance(&mut self, seconds: u32) {
        self.now = self.now.after_seconds(seconds);
        self.queue.advance(self.now);
    }

    pub(super) fn send(&mut self, body: &str) {
        self.send_message(message(body)).unwrap();
    }

    pub(super) fn send_message(&mut self, message: NewMessage) -> Result<Sent, Refusal> {
        self.queue.send(self.now, message)
    }

    pub(super) fn receive(&mut self, max_messages: usize) -> Vec<Delivery> {
        self.queue
            .receive(self.now, &ReceiveOptions { max_messages, ..ReceiveOptions::default() })
            .deliveries
    }

    pub(super) fn receive_bodies(&mut self, max_messages: usize) -> Vec<String> {
        self.receive(max_messages)
            .iter()
            .map(|delivery| delivery.envelope.content.body.clone())
            .collect()
    }

    pub(super) fn delete(&mut self, receipt: Receipt) -> Result<(), Refusal> {
        self.queue.delete(receipt)
    }

    pub(super) fn change_visibility(
        &mut self,
        receipt: Receipt,
        seconds: i64,
    ) -> Result<(), Refusal> {
        self.queue.change_visibility(self.now, receipt, seconds)
    }

    pub(super) fn counts(&self) -> Counts {
        self.queue.counts()
    }
}

pub(super) fn message(body: &str) -> NewMessage {
    let content = Content::new(body.to_owned(), Attributes::new(), &Attributes::new()).unwrap();
    NewMessage { content, delay: None, group: None, deduplication_id: None, in_batch: false }
}

pub(super) fn fifo_message(body: &str, group: &str, id: &str) -> NewMessage {
    NewMessage {
        group: Some(group.to_owned()),
        deduplication_id: Some(id.to_owned()),
        ..message(body)
    }
}
