//! The paths SQS never uses: what the queues hold, and which faults are in force.

use bytes::Bytes;
use hyper::header::HeaderValue;
use hyper::{Method, StatusCode};
use serde::Serialize;

use super::Server;
use super::request::{Answer, respond};
use crate::faults::Plan;

pub(super) const PREFIX: &str = "/_local/";
const JSON: HeaderValue = HeaderValue::from_static("application/json");

pub(super) fn answer(server: &Server, method: &Method, path: &str, body: &Bytes) -> Answer {
    let faults = &server.desk.faults;
    match (path.strip_prefix(PREFIX).unwrap_or_default(), method) {
        ("state", &Method::GET) => json(StatusCode::OK, &state(server)),
        ("faults", &Method::GET) => json(StatusCode::OK, &Plan::of(&faults.rules())),
        ("faults", &Method::PUT) => replace_faults(server, body),
        ("faults", &Method::DELETE) => {
            faults.clear();
            json(StatusCode::OK, &Plan::of(&[]))
        }
        ("state" | "faults", _) => problem(
            StatusCode::METHOD_NOT_ALLOWED,
            "/_local/state can be read; /_local/faults can be read, put and deleted",
        ),
        _ => problem(StatusCode::NOT_FOUND, "there is /_local/state and /_local/faults"),
    }
}

fn replace_faults(server: &Server, body: &Bytes) -> Answer {
    let plan: Plan = match serde_json::from_slice(body) {
        Ok(plan) => plan,
        Err(error) => return problem(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    let seed = plan.seed;
    match plan.rules() {
        Ok(rules) => {
            let answer = json(StatusCode::OK, &Plan::of(&rules));
            server.desk.faults.replace(rules, seed);
            answer
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

fn state(server: &Server) -> State<'static> {
    let queues = server.desk.directory.list("").into_iter().map(|live| {
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
        note: "All of this is in memory: nothing is kept on disk, and it ends with the process.",
        queues: queues.collect(),
        requests: server
            .requests
            .read()
            .iter()
            .map(|(action, count)| (action.name(), count))
            .collect(),
    }
}

fn problem(status: StatusCode, sentence: &str) -> Answer {
    json(status, &serde_json::json!({ "error": sentence }))
}

fn json(status: StatusCode, value: &impl Serialize) -> Answer {
    match serde_json::to_vec_pretty(value) {
        Ok(body) => respond(status, JSON, body),
        Err(error) => respond(
            StatusCode::INTERNAL_SERVER_ERROR,
            HeaderValue::from_static("text/plain"),
            error.to_string(),
        ),
    }
}
