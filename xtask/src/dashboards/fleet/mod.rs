//! The dashboard of all queues.

mod overview;
mod queue_table;
mod trends;

pub(super) use overview::dashboard;
