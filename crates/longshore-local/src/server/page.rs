//! The paths of the page: `/`, and those below `/queues/`.

use std::sync::Arc;

use bytes::Bytes;
use hyper::header::HeaderValue;
use hyper::http::request::Parts;
use hyper::{Method, StatusCode};

use super::forms;
use super::html::{guarded, html, missing};
use super::response::HttpResponse;
use crate::actions::ServerState;
use crate::live::LiveQueue;
use crate::page::{self, Link, Visit};

const CSS: HeaderValue = HeaderValue::from_static("text/css; charset=utf-8");
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// The response to a request for a part of the page; `None` for any other path.
pub(super) async fn respond(
    server: &ServerState,
    head: &Parts,
    body: &Bytes,
) -> Option<HttpResponse> {
    let parts: Vec<&str> = head.uri.path().split('/').skip(1).collect();
    let is_get = matches!(head.method, Method::GET | Method::HEAD);
    let refreshes = parameter(head, "refresh").is_some();
    let response = match parts[..] {
        [""] if is_get => html(StatusCode::OK, page::overview(server, refreshes)),
        ["page.css"] if is_get => guarded(StatusCode::OK, CSS, page::STYLE.to_owned()),
        ["queues"] | ["queues", ""] if is_get => forms::see_other("/"),
        ["queues", ..] => of_queue(server, head, &parts, is_get, body).await,
        _ => return None,
    };
    Some(response)
}

async fn of_queue(
    server: &ServerState,
    head: &Parts,
    parts: &[&str],
    is_get: bool,
    body: &Bytes,
) -> HttpResponse {
    let place = page::queue_of_path(&server.directory.home, parts);
    let Some((scope, name, rest)) = place else { return no_page() };
    let Ok(live) = server.directory.find(&scope, name) else {
        return missing("The queue does not exist.");
    };
    match *rest {
        [] if is_get => queue(server, head, &live),
        ["messages", id] if is_get => message(&live, id),
        // The path of a form that was refused, which a reload opens.
        ["send" | "purge" | "redrive"] if is_get => {
            forms::see_other(&Link::new(&server.directory.home, &live.scope, &live.name).path)
        }
        [form] if head.method == Method::POST => {
            forms::respond(server, head, &live, form, body).await
        }
        _ => no_page(),
    }
}

fn no_page() -> HttpResponse {
    missing("This server has no such page.")
}

fn queue(server: &ServerState, head: &Parts, live: &Arc<LiveQueue>) -> HttpResponse {
    let refreshes = parameter(head, "refresh").is_some();
    let notice = parameter(head, "done").and_then(|form| forms::notice(&form));
    let visit = Visit { refreshes, notice, ..Visit::default() };
    html(StatusCode::OK, page::queue(server, live, visit))
}

/// The whole body of a message, as text.
fn message(live: &LiveQueue, id: &str) -> HttpResponse {
    match live.act(|queue, _| queue.message(id)) {
        Some(view) => guarded(StatusCode::OK, TEXT, view.envelope.content.body.clone()),
        None => missing("The queue has no message with this ID. It may be deleted."),
    }
}

fn parameter(head: &Parts, wanted: &str) -> Option<String> {
    let query = head.uri.query().unwrap_or_default();
    let mut parameters = form_urlencoded::parse(query.as_bytes());
    parameters.find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
}
