//! The paths and their answers.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};

use crate::slo;
use crate::telemetry::Metrics;
use crate::telemetry::health::Health;

/// What the answers are made from.
#[derive(Clone)]
pub(super) struct Subject {
    pub(super) metrics: Metrics,
    pub(super) health: Health,
}

pub(super) fn router(subject: Subject) -> Router {
    Router::new()
        .route("/", get(index))
        .route("/metrics", get(metrics))
        .route("/livez", get(livez))
        .route("/readyz", get(readyz))
        .route("/slo", get(slo))
        .route("/slo/schema", get(slo_schema))
        .with_state(subject)
}

async fn index() -> &'static str {
    concat!(
        "longshore ",
        env!("CARGO_PKG_VERSION"),
        "\n\n/metrics  for Prometheus\n/livez    whether every poll loop makes progress\n/readyz   whether every queue is polled\n/slo      objectives, error budgets and money, as JSON (its schema: /slo/schema)\n",
    )
}

async fn metrics(State(subject): State<Subject>) -> Response {
    let text = subject.metrics.render();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

async fn slo(State(subject): State<Subject>) -> Json<slo::Report> {
    let queues = subject.metrics.queues();
    Json(slo::Report::of(queues.iter().map(|queue| &**queue)))
}

async fn slo_schema() -> Json<schemars::Schema> {
    Json(slo::Report::schema())
}

async fn livez(State(subject): State<Subject>) -> Response {
    verdict("alive", &subject.health.stuck())
}

async fn readyz(State(subject): State<Subject>) -> Response {
    verdict("ready", &subject.health.unready())
}

fn verdict(good: &str, objections: &[String]) -> Response {
    if objections.is_empty() {
        (StatusCode::OK, format!("{good}\n")).into_response()
    } else {
        let reasons = objections.join("\n");
        (StatusCode::SERVICE_UNAVAILABLE, format!("not {good}\n{reasons}\n")).into_response()
    }
}
