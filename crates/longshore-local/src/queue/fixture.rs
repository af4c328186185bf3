//! A queue with a clock in hand, for the unit tests of this room.

use super::{Ask, Counts, Delivery, Outgoing, Queue, Receipt, Sent};
use crate::clock::Moment;
use crate::message::{Attributes, Content};
use crate::refusal::Refusal;
use crate::settings::{Given, Settings};

pub(super) struct Bench {
    pub(super) queue: Queue,
    pub(super) now: Moment,
}

impl Bench {
    pub(super) fn standard(given: &[(&str, &str)]) -> Self {
        Self::new("q", given)
    }

    pub(super) fn fifo(given: &[(&str, &str)]) -> Self {
        Self::new("q.fifo", &[given, &[("FifoQueue", "true")]].concat())
    }

    fn new(name: &str, given: &[(&str, &str)]) -> Self {
        let given: Given = given.iter().map(|&(k, v)| (k.to_owned(), v.to_owned())).collect();
        let queue = Queue::new(Settings::new(name, &given).unwrap(), 120_000);
        Self { queue, now: Moment::from_millis(1_000_000) }
    }

    pub(super) fn pass(&mut self, seconds: u32) {
        self.now = self.now.after_seconds(seconds);
        self.queue.advance(self.now);
    }

    pub(super) fn send(&mut self, body: &str) {
        self.send_this(outgoing(body)).unwrap();
    }

    pub(super) fn send_this(&mut self, outgoing: Outgoing) -> Result<Sent, Refusal> {
        self.queue.send(self.now, outgoing)
    }

    pub(super) fn receive(&mut self, most: usize) -> Vec<Delivery> {
        self.queue.receive(self.now, &Ask { most, ..Ask::default() }).deliveries
    }

    pub(super) fn receive_bodies(&mut self, most: usize) -> Vec<String> {
        self.receive(most).iter().map(|delivery| delivery.envelope.content.body.clone()).collect()
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

pub(super) fn outgoing(body: &str) -> Outgoing {
    let content = Content::new(body.to_owned(), Attributes::new(), &Attributes::new()).unwrap();
    Outgoing { content, delay: None, group: None, deduplication_id: None }
}

pub(super) fn fifo(body: &str, group: &str, id: &str) -> Outgoing {
    Outgoing {
        group: Some(group.to_owned()),
        deduplication_id: Some(id.to_owned()),
        ..outgoing(body)
    }
}
