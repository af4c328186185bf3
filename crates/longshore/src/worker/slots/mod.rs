//! Slots: permits to process one message each. A slot is reserved before a receive and held until
//! its message is handed to the settler. Each is a permit that is freed on drop, so no outcome can
//! leak one.

mod permits;
mod pool;
mod reservation;
mod share;
mod slot;
mod turnover;

pub(super) use pool::SlotPool;
pub(super) use reservation::{Place, Prefetched, Reservation};
pub(super) use share::Share;
pub(super) use slot::Slot;
