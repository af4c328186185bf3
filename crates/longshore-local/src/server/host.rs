//! The host in queue URLs.

use std::borrow::Cow;

use hyper::header::{HOST, HeaderMap};

use crate::actions::ServerState;

/// The host and port with which the client reaches the server.
pub(super) fn host<'a>(server: &ServerState, headers: &'a HeaderMap) -> Cow<'a, str> {
    match headers.get(HOST).and_then(|host| host.to_str().ok()) {
        Some(host) => host.into(),
        None => server.address.to_string().into(),
    }
}
