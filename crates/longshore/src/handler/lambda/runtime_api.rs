//! The Runtime API of Lambda, for one runtime process.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};

use super::invocation::{Answer, Invocation};
use super::life::Life;
use crate::handler::batch::function;

/// Lambda accepts 6 MB. <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const MAX_RESPONSE_BYTES: usize = 6 * 1024 * 1024;

const MODE: &str = "lambda-runtime-function-response-mode";
const ERROR_TYPE: &str = "lambda-runtime-function-error-type";

/// The routes of the API.
pub(super) fn routes(life: Arc<Life>) -> Router {
    Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
        .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
        .route("/2018-06-01/runtime/init/error", post(init_error))
        .layer(DefaultBodyLimit::max(MAX_RESPONSE_BYTES))
        .with_state(life)
}

async fn next(State(life): State<Arc<Life>>) -> Response {
    let Invocation { id, event, deadline_millis, arn, trace, answer, taken } = life.next().await;
    // No await from here: a runtime that goes away after this has the invocation.
    life.take(&id, &taken, answer);
    let values = [
        ("lambda-runtime-aws-request-id", Some(id)),
        ("lambda-runtime-deadline-ms", Some(deadline_millis.to_string())),
        ("lambda-runtime-invoked-function-arn", Some(arn)),
        ("lambda-runtime-trace-id", trace),
        ("content-type", Some("application/json".to_owned())),
    ];
    let headers: HeaderMap = values
        .into_iter()
        .filter_map(|(name, value)| {
            Some((HeaderName::from_static(name), HeaderValue::try_from(value?).ok()?))
        })
        .collect();
    (headers, event).into_response()
}

async fn response(
    State(life): State<Arc<Life>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    // A stream ends with an error in its trailers, so that a part of it looks like the whole.
    let is_stream = headers.get(MODE).is_some_and(|mode| mode == "streaming");
    let answer = match is_stream {
        true => Answer::Error("the function streams its response, which is not supported".into()),
        false => Answer::Response(body),
    };
    accepted(life.answer(&id, answer))
}

async fn error(
    State(life): State<Arc<Life>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    accepted(life.answer(&id, Answer::Error(described(&headers, &body))))
}

async fn init_error(State(life): State<Arc<Life>>, headers: HeaderMap, body: Bytes) -> Response {
    life.init_failed(described(&headers, &body));
    accepted(true)
}

fn accepted(is_known: bool) -> Response {
    match is_known {
        true => (StatusCode::ACCEPTED, Json(json!({ "status": "OK" }))).into_response(),
        false => {
            let error = json!({
                "errorMessage": "Invalid request ID",
                "errorType": "InvalidRequestID",
            });
            (StatusCode::BAD_REQUEST, Json(error)).into_response()
        }
    }
}

/// An error as runtimes report it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Reported {
    error_type: Value,
    error_message: Value,
}

/// The type and the message of an error, as far as the runtime gives them.
fn described(headers: &HeaderMap, body: &[u8]) -> String {
    let Reported { error_type, error_message } = serde_json::from_slice(body).unwrap_or_default();
    let header = headers.get(ERROR_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = error_type.as_str().or(header).unwrap_or("error of the function");
    let text = match error_message.as_str() {
        Some(message) if !message.is_empty() => format!("{kind}: {message}"),
        _ => kind.to_owned(),
    };
    function::error(&text)
}
