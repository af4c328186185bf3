//! Which visible messages a receive may take, and in what order.

use std::sync::Arc;

use super::fifo_line::FifoLine;
use super::message::{Key, Stored};
use super::standard_line::StandardLine;

/// Messages join hidden, are shown and hidden any number of times, and leave.
#[derive(Debug)]
pub(super) enum Line {
    Standard(StandardLine),
    Fifo(FifoLine),
}

/// What a line needs to know of a message.
#[derive(Clone, Debug)]
pub(super) struct Spot {
    pub(super) key: Key,
    pub(super) place: u64,
    pub(super) group: Option<Arc<str>>,
}

impl Spot {
    pub(super) fn of(key: Key, stored: &Stored) -> Self {
        Self { key, place: stored.place, group: stored.envelope.group.clone() }
    }

    /// The group a FIFO line files it under; every FIFO message has one.
    pub(super) fn group(&self) -> Arc<str> {
        self.group.clone().unwrap_or_default()
    }
}

impl Line {
    pub(super) fn join(&mut self, spot: &Spot) {
        match self {
            Self::Standard(_) => {}
            Self::Fifo(line) => line.join(spot),
        }
    }

    pub(super) fn show(&mut self, spot: &Spot) {
        match self {
            Self::Standard(line) => line.show(spot),
            Self::Fifo(line) => line.show(spot),
        }
    }

    pub(super) fn hide(&mut self, spot: &Spot) {
        match self {
            Self::Standard(line) => line.hide(spot),
            Self::Fifo(line) => line.hide(spot),
        }
    }

    pub(super) fn leave(&mut self, spot: &Spot) {
        match self {
            Self::Standard(line) => line.hide(spot),
            Self::Fifo(line) => line.leave(spot),
        }
    }

    /// The next `most` messages to hand out, in order. It takes none of them out of the line.
    pub(super) fn pick(&self, most: usize) -> Vec<Key> {
        match self {
            Self::Standard(line) => line.pick(most),
            Self::Fifo(line) => line.pick(most),
        }
    }
}
