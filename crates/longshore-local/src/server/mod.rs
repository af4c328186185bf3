//! HTTP: connections that can be cut, requests, answers, and a small control endpoint. It knows which
//! header means what, but nothing of any action.

mod connection;
mod control;
mod request;

pub(crate) use connection::accept;

use super::action::RequestCounter;
use super::actions::Desk;

/// What all connections of one server share.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) desk: Desk,
    pub(crate) requests: RequestCounter,
    /// The address to name in queue URLs when a client sends no `Host`.
    pub(crate) address: std::net::SocketAddr,
}
