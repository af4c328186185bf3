//! A running queue without a server, for the unit tests of this room.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::ticket::Ticket;
use super::{Live, Reception, Wait};
use crate::directory::Directory;
use crate::message::{Attributes, Content};
use crate::options::Options;
use crate::queue::{Ask, Delivery, Outgoing};
use crate::settings::Given;

pub(super) struct Quay {
    pub(super) live: Arc<Live>,
    pub(super) directory: Arc<Directory>,
    pub(super) stop: CancellationToken,
}

impl Quay {
    pub(super) fn open() -> Self {
        let stop = CancellationToken::new();
        let directory =
            Arc::new(Directory::new(&Options::default(), TaskTracker::new(), stop.clone()));
        let live = directory.create("q", &Given::new(), Given::new()).unwrap();
        Self { live, directory, stop }
    }

    pub(super) fn send(&self, delay: i64) {
        let content = Content::new("m".to_owned(), Attributes::new(), &Attributes::new()).unwrap();
        let outgoing =
            Outgoing { content, delay: Some(delay), group: None, deduplication_id: None };
        self.live.act(|queue, now| queue.send(now, outgoing)).unwrap();
    }

    pub(super) fn receive(&self) -> Vec<Delivery> {
        match self.live.receive(ask(), Wait { seconds: Some(0), orphan: false }).unwrap() {
            Reception::Now(deliveries) => deliveries,
            Reception::Later(_) => panic!("a short poll waits for nothing"),
        }
    }

    pub(super) fn poll(&self, orphan: bool) -> Ticket {
        match self.live.receive(ask(), Wait { seconds: Some(20), orphan }).unwrap() {
            Reception::Now(deliveries) => panic!("there was something: {deliveries:?}"),
            Reception::Later(ticket) => ticket,
        }
    }
}

fn ask() -> Ask {
    Ask { most: 10, ..Ask::default() }
}
