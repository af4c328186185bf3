//! A proxy between a consumer and the queue server. It counts requests by action, and adds the round
//! trip of a region.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::StatusCode;
use axum::http::header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::time::sleep;

use super::tally::{OpenReceive, Tally};

const RECEIVE: &str = "ReceiveMessage";
const MAX_BODY: usize = 2 << 20;

#[derive(Clone)]
struct Proxy {
    upstream: String,
    client: reqwest::Client,
    tally: Arc<Tally>,
    one_way: Duration,
}

/// Serves until the process ends. `GET /_tally` returns the counts.
pub async fn serve(listen: &str, upstream: &str, round_trip_ms: u64) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind(listen).await?;
    let proxy = Proxy {
        upstream: upstream.to_owned(),
        client: reqwest::Client::builder().no_proxy().build()?,
        tally: Arc::default(),
        one_way: Duration::from_millis(round_trip_ms) / 2,
    };
    let router = Router::new()
        .route("/_tally", get(counts))
        .fallback(forward)
        .layer(DefaultBodyLimit::disable())
        .with_state(proxy);
    println!("http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, router).await?)
}

async fn counts(State(proxy): State<Proxy>) -> String {
    serde_json::to_string(&*proxy.tally.counts()).unwrap_or_default()
}

/// The connection of a client that hangs up drops this future, and with it the request to the server.
async fn forward(State(proxy): State<Proxy>, request: Request) -> Response {
    let action = action(&request);
    proxy.tally.requested(&action);
    let open = (action == RECEIVE).then(|| OpenReceive::new(&proxy.tally));
    sleep(proxy.one_way).await;
    let response = match proxy.exchange(&action, request).await {
        Ok(response) => response,
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    };
    sleep(proxy.one_way).await;
    if let Some(open) = open {
        open.answered();
    }
    response
}

impl Proxy {
    async fn exchange(&self, action: &str, request: Request) -> Result<Response, Box<dyn Error>> {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, MAX_BODY).await?;
        let mut headers = parts.headers;
        headers.remove(CONNECTION);
        headers.remove(TRANSFER_ENCODING);
        headers.remove(CONTENT_LENGTH);
        let url = format!("{}{}", self.upstream, parts.uri);
        let sent = self.client.request(parts.method, url).headers(headers).body(body.clone());
        let answer = sent.send().await?;
        let (status, mut headers) = (answer.status(), answer.headers().clone());
        headers.remove(CONNECTION);
        headers.remove(TRANSFER_ENCODING);
        let answer: Bytes = answer.bytes().await?;
        self.tally.answered(action, &body, status.is_success(), &answer);
        let mut response = Response::new(Body::from(answer));
        (*response.status_mut(), *response.headers_mut()) = (status, headers);
        Ok(response)
    }
}

/// The action of the JSON protocol, such as `ReceiveMessage`.
fn action(request: &Request) -> String {
    let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
    let action =
        target.and_then(|target| target.split_once('.')).map_or("unknown", |(_, name)| name);
    action.to_owned()
}
