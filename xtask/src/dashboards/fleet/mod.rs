//! The dashboard of all queues.

mod overview;
mod trends;

pub(super) use overview::dashboard;
