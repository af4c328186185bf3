//! The dashboard of one queue.

mod cost;
mod groups;
mod latency;
mod objectives;
mod overview;
mod requests;
mod routes;
mod settings;
mod settling;
mod work;

pub(super) use overview::dashboard;
