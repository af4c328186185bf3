//! The paths that are not of the SQS API.

use bytes::Bytes;
use hyper::Method;
use hyper::http::request::Parts;

use super::response::HttpResponse;
use super::target::TARGET;
use super::{control, health, page, peek};
use crate::actions::ServerState;

/// The response to a request for one of these paths; `None` if the request is for an action.
pub(super) async fn respond(
    server: &ServerState,
    head: &Parts,
    body: &Bytes,
) -> Option<HttpResponse> {
    let path = head.uri.path();
    if path == "/" && head.method == Method::POST {
        return None;
    }
    if path.starts_with(control::PREFIX) {
        return Some(control::respond(server, &head.method, path, body));
    }
    if path == health::PATH {
        return Some(health::respond(&head.method));
    }
    let place = path.strip_prefix(peek::PATH);
    if let Some(place) = place.filter(|place| place.is_empty() || place.starts_with('/')) {
        return Some(peek::respond(server, head, place, body).await);
    }
    let is_action = head.headers.contains_key(TARGET) || names_action(head);
    if is_action { None } else { page::respond(server, head, body).await }
}

fn names_action(head: &Parts) -> bool {
    let query = head.uri.query().unwrap_or_default();
    form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "Action")
}
