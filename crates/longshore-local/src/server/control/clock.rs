//! `/_local/clock`: the time of the queues. A test advances it instead of sleeping.

use std::time::Duration;

use bytes::Bytes;
use hyper::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{json, problem};
use crate::clock::{Clock, MAX_AHEAD_SECONDS};
use crate::server::response::HttpResponse;

#[derive(Serialize)]
struct Time {
    /// Since the Unix epoch, as `SentTimestamp`.
    now_ms: u64,
    ahead_ms: u128,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    /// Checked here and not by serde, so that the error names the key.
    advance_seconds: Value,
}

pub(super) fn show(clock: &Clock) -> HttpResponse {
    let (now, ahead) = (clock.now(), clock.ahead());
    json(StatusCode::OK, &Time { now_ms: now.millis(), ahead_ms: ahead.as_millis() })
}

pub(super) fn advance(clock: &Clock, body: &Bytes) -> HttpResponse {
    let advanced = seconds(body).and_then(|seconds| {
        clock.advance(Duration::from_secs(seconds)).map_err(|error| {
            let left = error.left().as_secs();
            let ahead = clock.ahead().as_secs();
            invalid(
                &seconds.into(),
                &format!("at most {left}, because the clock is {ahead} s ahead"),
            )
        })
    });
    match advanced {
        Ok(()) => show(clock),
        Err(message) => problem(StatusCode::BAD_REQUEST, &message),
    }
}

fn seconds(body: &Bytes) -> Result<u64, String> {
    let request: Advance = crate::json::read(body).map_err(|error| {
        format!("invalid body: {error}; send a JSON object such as {{\"advance_seconds\": 43200}}")
    })?;
    let seconds = request.advance_seconds.as_u64().filter(|seconds| *seconds <= MAX_AHEAD_SECONDS);
    seconds.ok_or_else(|| invalid(&request.advance_seconds, ""))
}

/// `limit` is empty or says what this clock accepts of the accepted range.
fn invalid(found: &Value, limit: &str) -> String {
    let separator = if limit.is_empty() { "" } else { ", " };
    format!(
        "invalid `advance_seconds`: {found}; use a whole number from 0 to {MAX_AHEAD_SECONDS} \
         (3650 days in all){separator}{limit}"
    )
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;
    use serde_json::json;

    use super::*;

    async fn answer(response: HttpResponse) -> (u16, Value) {
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn an_advance_returns_the_new_time() {
        let clock = Clock::start();
        let start = clock.now().millis();
        let advanced = answer(advance(&clock, &r#"{"advance_seconds": 43200}"#.into())).await;
        let expected = json!({ "now_ms": start + 43_200_000, "ahead_ms": 43_200_000 });
        assert_eq!(advanced, (200, expected.clone()));
        assert_eq!(answer(show(&clock)).await, (200, expected));
    }

    #[tokio::test(start_paused = true)]
    async fn an_invalid_advance_names_the_key_the_value_and_what_is_accepted() {
        let clock = Clock::start();
        clock.advance(Duration::from_secs(60)).unwrap();
        let accepted = "use a whole number from 0 to 315360000 (3650 days in all)";
        for (value, limit) in [
            ("-1", ""),
            ("1.5", ""),
            ("\"12h\"", ""),
            ("null", ""),
            ("315360001", ""),
            ("315359941", ", at most 315359940, because the clock is 60 s ahead"),
        ] {
            let body = format!(r#"{{"advance_seconds": {value}}}"#);
            let error = format!("invalid `advance_seconds`: {value}; {accepted}{limit}");
            let refused = answer(advance(&clock, &body.into())).await;
            assert_eq!(refused, (400, json!({ "error": error })));
        }
        for (body, why) in [
            ("{", "EOF while parsing an object at line 1 column 1"),
            ("{}", "missing field `advance_seconds` at line 1 column 2"),
            (
                r#"{"hours": 1}"#,
                "unknown field `hours`, expected `advance_seconds` at line 1 column 8",
            ),
        ] {
            let error = format!(
                "invalid body: {why}; send a JSON object such as {{\"advance_seconds\": 43200}}"
            );
            let refused = answer(advance(&clock, &body.into())).await;
            assert_eq!(refused, (400, json!({ "error": error })));
        }
        assert_eq!(clock.ahead(), Duration::from_secs(60), "a refused advance changes nothing");
    }
}
