//! The HTTP server: connections, requests, responses, and the control endpoint. It reads headers,
//! and leaves the bodies of actions to [`crate::actions`].

mod bodies;
mod connection;
mod control;
mod places;
mod request;
mod response;
mod target;
#[cfg(test)]
mod tests;

pub(crate) use connection::{Limits, accept};
