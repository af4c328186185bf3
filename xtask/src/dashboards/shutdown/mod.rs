//! The dashboard of shutdowns and scaling.

mod messages;
mod overview;
mod processes;
mod stopped;
mod workers;

pub(super) use overview::dashboard;
