//! The paths and their responses.

use std::net::SocketAddr;

use axum::body::Body;
#[cfg(feature = "page")]
use axum::extract::RawQuery;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use tokio::time::Instant;

use super::answer::Answer;
use super::encoding::Encoding;
use super::metrics_format::MetricsFormat;
#[cfg(feature = "page")]
use super::page;
use super::scraper::Scraper;
use super::scrapers::Scrapers;
use crate::health::Health;
use crate::report::Report;
use crate::telemetry::Metrics;

/// What the responses are made from.
#[derive(Clone)]
pub(super) struct Subject {
    pub(super) metrics: Metrics,
    pub(super) health: Health,
    pub(super) scrapers: Scrapers,
}

pub(super) fn router(subject: Subject) -> Router {
    #[cfg(feature = "page")]
    let router = Router::new()
        .route("/", get(index))
        .route("/page.css", get(page::style))
        .route("/page.js", get(page::script));
    #[cfg(not(feature = "page"))]
    let router = Router::new().route("/", get(index));
    router
        .route("/metrics", get(metrics))
        .route("/livez", get(livez))
        .route("/readyz", get(readyz))
        .route("/slo", get(slo))
        .route("/slo/schema", get(slo_schema))
        .with_state(subject)
}

#[cfg(feature = "page")]
async fn index(
    State(subject): State<Subject>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    encoding: Encoding,
) -> Response {
    let selection = page::Selection::parse(&query.unwrap_or_default());
    let html = page::status_page(&subject.metrics, &subject.health, &selection);
    page::respond(html, &headers, encoding)
}

/// The list of paths, if the status page is not compiled in.
#[cfg(not(feature = "page"))]
async fn index() -> &'static str {
    "/metrics\n/livez\n/readyz\n/slo\n/slo/schema\n"
}

async fn metrics(
    State(subject): State<Subject>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    format: MetricsFormat,
    encoding: Encoding,
) -> Response {
    let began = Instant::now();
    let scraper = Scraper::recognize(peer.ip(), &headers);
    // The endpoint leaves time for the rest of the transfer before it stops.
    let (kind, text) = format.render(&subject.metrics);
    let body = Answer::new(encoding.encode(text), move || {
        if let Some(scraper) = scraper {
            subject.scrapers.record(scraper, began);
        }
    });
    let mut response = ([(header::CONTENT_TYPE, kind)], encoding.headers(), Body::new(body));
    response.1.append(header::VARY, header::HeaderValue::from_static("accept"));
    response.into_response()
}

async fn slo(State(subject): State<Subject>, encoding: Encoding) -> Response {
    match serde_json::to_string(&Report::new(&subject.metrics, &subject.health)) {
        Ok(json) => encoding.response([(header::CONTENT_TYPE, "application/json")], json),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

async fn slo_schema() -> Json<schemars::Schema> {
    Json(Report::schema())
}

async fn livez(State(subject): State<Subject>) -> Response {
    probe("alive", &subject.health.stuck())
}

async fn readyz(State(subject): State<Subject>) -> Response {
    probe("ready", &subject.health.unready())
}

fn probe(good: &str, objections: &[String]) -> Response {
    if objections.is_empty() {
        (StatusCode::OK, format!("{good}\n")).into_response()
    } else {
        let reasons = objections.join("\n");
        (StatusCode::SERVICE_UNAVAILABLE, format!("not {good}\n{reasons}\n")).into_response()
    }
}
