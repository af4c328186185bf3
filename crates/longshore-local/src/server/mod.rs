//! The HTTP server: connections, requests, responses, the page, and the control endpoint. It reads headers,
//! and leaves the bodies of actions to [`crate::actions`].

mod bodies;
mod connection;
mod control;
mod forms;
mod health;
mod host;
mod html;
mod origin;
mod page;
#[cfg(test)]
mod page_tests;
mod peek;
mod peek_format;
mod places;
mod request;
mod response;
mod routes;
mod target;
#[cfg(test)]
mod tests;

pub(crate) use connection::{Limits, accept};
