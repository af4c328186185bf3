//! `/_localstack/health`: the answer that tests wait for before they use LocalStack.

use hyper::header::HeaderValue;
use hyper::{Method, StatusCode};
use serde_json::json;

use super::response::{HttpResponse, new_response};

pub(super) const PATH: &str = "/_localstack/health";

/// The response to `GET` and `HEAD`.
pub(super) fn respond(method: &Method) -> HttpResponse {
    let kind = HeaderValue::from_static("application/json");
    if !matches!(*method, Method::GET | Method::HEAD) {
        let error = json!({ "error": "method not allowed; use GET or HEAD /_localstack/health" });
        return new_response(StatusCode::METHOD_NOT_ALLOWED, kind, error.to_string());
    }
    let health = json!({
        "services": { "sqs": "running" },
        "edition": "community",
        "version": env!("CARGO_PKG_VERSION"),
    });
    new_response(StatusCode::OK, kind, health.to_string())
}
