//! The control endpoint under `/_local/`, a path that SQS does not use: the state of the queues,
//! the active faults, and the clock.

mod clock;

use bytes::Bytes;
use hyper::header::HeaderValue;
use hyper::{Method, StatusCode};
use serde::Serialize;

use super::response::{HttpResponse, new_response};
use crate::actions::ServerState;
use crate::faults::Plan;

pub(super) const PREFIX: &str = "/_local/";
const JSON: HeaderValue = HeaderValue::from_static("application/json");

pub(super) fn respond(
    server: &ServerState,
    method: &Method,
    path: &str,
    body: &Bytes,
) -> HttpResponse {
    let faults = &server.faults;
    match (path.strip_prefix(PREFIX).unwrap_or_default(), method) {
        ("state", &Method::GET) => json(StatusCode::OK, &state(server)),
        ("faults", &Method::GET) => json(StatusCode::OK, &Plan::from_rules(&faults.rules())),
        ("faults", &Method::PUT) => replace_faults(server, body),
        ("faults", &Method::DELETE) => {
            faults.clear();
            json(StatusCode::OK, &Plan::from_rules(&[]))
        }
        ("clock", &Method::GET) => clock::show(server.directory.clock()),
        ("clock", &Method::POST) => clock::advance(server.directory.clock(), body),
        ("state" | "faults" | "clock", _) => problem(
            StatusCode::METHOD_NOT_ALLOWED,
            "method not allowed; use GET /_local/state; GET, PUT or DELETE /_local/faults; or GET \
             or POST /_local/clock",
        ),
        _ => problem(
            StatusCode::NOT_FOUND,
            "unknown path; use /_local/state, /_local/faults or /_local/clock",
        ),
    }
}

fn replace_faults(server: &ServerState, body: &Bytes) -> HttpResponse {
    let plan: Plan = match crate::json::read(body) {
        Ok(plan) => plan,
        Err(error) => return problem(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    let seed = plan.seed;
    match plan.rules() {
        Ok(rules) => {
            let response = json(StatusCode::OK, &Plan::from_rules(&rules));
            server.faults.replace(rules, seed);
            response
        }
        Err(error) => problem(StatusCode::BAD_REQUEST, &error.to_string()),
    }
}

#[derive(Serialize)]
struct State<'a> {
    note: &'static str,
    queues: Vec<QueueState>,
    requests: std::collections::BTreeMap<&'a str, u64>,
}

#[derive(Serialize)]
struct QueueState {
    name: String,
    arn: String,
    visible: usize,
    in_flight: usize,
    delayed: usize,
    polls: usize,
}

fn state(server: &ServerState) -> State<'static> {
    let queues = server.directory.all().into_iter().map(|live| {
        let counts = live.counts();
        QueueState {
            name: live.name.clone(),
            arn: live.arn.to_string(),
            visible: counts.visible,
            in_flight: counts.in_flight,
            delayed: counts.delayed,
            polls: counts.polls,
        }
    });
    State {
        note: "All queues are in memory. They are lost when the process exits.",
        queues: queues.collect(),
        requests: server
            .requests
            .read()
            .iter()
            .map(|(action, count)| (action.name(), count))
            .collect(),
    }
}

fn problem(status: StatusCode, message: &str) -> HttpResponse {
    json(status, &serde_json::json!({ "error": message }))
}

fn json(status: StatusCode, value: &impl Serialize) -> HttpResponse {
    match serde_json::to_vec_pretty(value) {
        Ok(body) => new_response(status, JSON, body),
        Err(error) => new_response(
            StatusCode::INTERNAL_SERVER_ERROR,
            HeaderValue::from_static("text/plain"),
            error.to_string(),
        ),
    }
}
