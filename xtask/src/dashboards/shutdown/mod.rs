//! The dashboard of shutdowns and scaling.

mod messages;
mod overview;
mod workers;

pub(super) use overview::dashboard;
