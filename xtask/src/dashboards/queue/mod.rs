//! The dashboard of one queue.

mod messages;
mod objectives;
mod overview;
mod polling;

pub(super) use overview::dashboard;
