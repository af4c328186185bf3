//! Any request gets a response, with a status and a body that a client of SQS understands.

mod query;
mod valid;

use std::cell::RefCell;
use std::collections::BTreeSet;

use bytes::Bytes;
use foreign_input::Input;
use http_body_util::BodyExt as _;
use hyper::Request;
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::sample::select;
use serde_json::{Value, json};

use super::{Disconnect, answer};
use crate::action::Action;
use crate::actions::ServerState;

/// A request as a client sends it.
#[derive(Debug, Clone)]
struct Sent {
    method: &'static str,
    path: &'static str,
    headers: Vec<(&'static str, String)>,
    body: Input,
}

/// A response: its status, and its body as JSON.
type Received = (u16, Value);

fn server() -> ServerState {
    let server = ServerState::without_port();
    valid::create_queues(&server.directory);
    server
}

async fn exchange(server: &ServerState, sent: &Sent) -> Option<Result<Received, Disconnect>> {
    let headers = sent.headers.iter();
    let request = headers
        .fold(Request::builder(), |request, (name, value)| request.header(*name, value.as_bytes()));
    // Not a request of HTTP, for example because of a control character in a header.
    let (head, ()) = request.method(sent.method).uri(sent.path).body(()).ok()?.into_parts();
    let response = match answer(server, &head, None, &Bytes::from(sent.body.0.clone())).await {
        Ok(response) => response,
        Err(disconnect) => return Some(Err(disconnect)),
    };
    let status = response.status().as_u16();
    let Ok(body) = response.into_body().collect().await;
    let body = serde_json::from_slice(&body.to_bytes()).unwrap_or(Value::Null);
    Some(Ok((status, body)))
}

fn run<T>(test: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build().expect("a runtime");
    runtime.block_on(test)
}

fn target(action: Action) -> String {
    format!("AmazonSQS.{}", action.name())
}

/// A request for an action, with mutations.
fn mutated() -> impl Strategy<Value = (Action, Sent)> {
    (select(Action::ALL), any::<bool>()).prop_flat_map(|(action, fifo)| {
        let name =
            prop_oneof![9 => Just(target(action)), 1 => foreign_input::text(Just(target(action)))];
        let method = prop_oneof![20 => Just("POST"), 1 => select(&["GET", "PUT", "OPTIONS"][..])];
        let other = vec(
            (
                select(&["host", "x-amzn-trace-id", "content-type"][..]),
                foreign_input::hostile_text(),
            ),
            0..2,
        );
        let body = foreign_input::json(Just(valid::body(action, fifo)));
        (Just(action), name, method, other, body).prop_map(
            |(action, name, method, mut headers, body)| {
                headers.push(("x-amz-target", name));
                (action, Sent { method, path: "/", headers, body })
            },
        )
    })
}

/// A plan of faults, with mutations.
fn plan() -> impl Strategy<Value = Input> {
    let rule = prop_oneof![
        Just(json!({ "fault": "throttle", "action": "ReceiveMessage", "next": 2 })),
        (0..=10_u32).prop_map(|tenths| {
            json!({ "fault": "internal-failure", "chance": f64::from(tenths) / 10.0 })
        }),
        any::<u16>().prop_map(|ms| json!({ "fault": "latency", "milliseconds": ms })),
        select(&["unavailable", "cut-connection", "lose-answer", "fail-entry", "duplicate"][..])
            .prop_map(|fault| json!({ "fault": fault })),
    ];
    let plan = (vec(rule, 0..4), any::<u64>())
        .prop_map(|(rules, seed)| json!({ "seed": seed, "rules": rules }));
    foreign_input::json(plan)
}

/// Handles that exist, in the place of those of the valid requests.
struct Handles {
    /// Of the last received message.
    receipt: String,
    /// Of a task that runs.
    task: String,
}

impl Handles {
    fn put_into(&self, mut sent: Sent) -> Sent {
        if let Ok(text) = std::str::from_utf8(&sent.body.0) {
            let text = text.replace(valid::RECEIPT, &self.receipt);
            sent.body = Input(text.replace(valid::TASK, &self.task).into_bytes());
        }
        sent
    }

    /// Of a message that was sent and received, and of a task that was started.
    async fn new(server: &ServerState) -> Self {
        let receive = [Action::SendMessage, Action::ReceiveMessage];
        let receive = receive.map(|action| (action, valid::body(action, false)));
        let mut handles = Self { receipt: String::new(), task: String::new() };
        for (action, body) in valid::first().into_iter().chain(receive) {
            let headers = vec![("x-amz-target", target(action))];
            let body = Input(body.to_string().into_bytes());
            let sent = Sent { method: "POST", path: "/", headers, body };
            let (status, body) = exchange(server, &sent).await.expect("valid").expect("an answer");
            assert_eq!(status, 200, "{body}");
            handles.read(&body);
        }
        handles
    }

    fn read(&mut self, body: &Value) {
        if let Some(handle) = body["Messages"][0]["ReceiptHandle"].as_str() {
            self.receipt = handle.to_owned();
        }
        if let Some(handle) = body["TaskHandle"].as_str() {
            self.task = handle.to_owned();
        }
    }
}

#[test]
fn any_request_is_answered_as_sqs_would() {
    let reached = RefCell::new(BTreeSet::new());
    proptest!(|(requests in vec(mutated(), 1..16))| {
        run(async {
            let server = server();
            let mut handles = Handles::new(&server).await;
            for (action, sent) in requests {
                let sent = handles.put_into(sent);
                let Some(answer) = exchange(&server, &sent).await else { continue };
                let (status, body) = answer.expect("no fault closes the connection");
                prop_assert!(matches!(status, 200 | 400 | 403 | 404), "{}: {}", status, body);
                if status == 200 {
                    prop_assert!(body.is_object(), "{}", body);
                } else {
                    prop_assert!(body["__type"].as_str().is_some_and(|name| name.contains('#')));
                    prop_assert!(body["message"].is_string(), "{}", body);
                }
                handles.read(&body);
                reached.borrow_mut().insert((action.name(), status == 200));
            }
            Ok(())
        })?;
    });
    for action in Action::ALL {
        for accepted in [true, false] {
            let reached = reached.borrow().contains(&(action.name(), accepted));
            assert!(reached, "{}: no request with accepted {accepted}", action.name());
        }
    }
}

#[test]
fn any_plan_is_refused_or_active_as_it_is_shown() {
    let statuses = RefCell::new(BTreeSet::new());
    let method = prop_oneof![6 => Just("PUT"), 1 => select(&["GET", "DELETE", "POST"][..])];
    let path = prop_oneof![
        8 => Just("/_local/faults"),
        1 => select(&["/_local/state", "/_local/", "/_local/faults/x"][..]),
    ];
    proptest!(|(method in method, path in path, body in plan())| {
        run(async {
            let server = server();
            let before = server.faults.rules();
            let sent = Sent { method, path, headers: Vec::new(), body };
            let Some(answer) = exchange(&server, &sent).await else { return Ok(()) };
            let (status, body) = answer.expect("it is not an action");
            prop_assert!(matches!(status, 200 | 400 | 404 | 405), "{}", status);
            statuses.borrow_mut().insert(status);
            if status != 200 {
                prop_assert!(body["error"].is_string(), "{}", body);
                prop_assert_eq!(server.faults.rules(), before);
            } else if path == "/_local/faults" {
                let get = Sent { method: "GET", body: Input(Vec::new()), ..sent };
                let shown = exchange(&server, &get).await.expect("valid").expect("an answer").1;
                prop_assert_eq!(&shown, &body);
                let rules = server.faults.rules();
                let put = Sent { method: "PUT", body: Input(shown.to_string().into_bytes()), ..get };
                let again = exchange(&server, &put).await.expect("valid").expect("an answer");
                prop_assert_eq!(again, (200, shown));
                if method == "PUT" {
                    prop_assert_eq!(server.faults.rules(), rules);
                }
            }
            Ok(())
        })?;
    });
    assert_eq!(*statuses.borrow(), [200, 400, 404, 405].into());
}

#[test]
fn only_a_fault_fails_the_server_or_closes_the_connection() {
    let (failed, closed) = (RefCell::new(0), RefCell::new(0));
    let requests = vec((select(Action::ALL), any::<bool>()), 1..8);
    proptest!(|(plan in plan(), requests in requests)| {
        run(async {
            let server = server();
            let path = "/_local/faults";
            let put = Sent { method: "PUT", path, headers: Vec::new(), body: plan.clone() };
            exchange(&server, &put).await;
            let plan = String::from_utf8_lossy(&plan).into_owned();
            for (action, fifo) in requests {
                let headers = vec![("x-amz-target", target(action))];
                let body = Input(valid::body(action, fifo).to_string().into_bytes());
                let sent = Sent { method: "POST", path: "/", headers, body };
                match exchange(&server, &sent).await.expect("a request of HTTP") {
                    Ok((500 | 503, _)) => {
                        *failed.borrow_mut() += 1;
                        prop_assert!(plan.contains("internal-failure") || plan.contains("unavailable"));
                    }
                    Ok((status, _)) => prop_assert!(matches!(status, 200 | 400 | 403 | 404)),
                    Err(_) => {
                        *closed.borrow_mut() += 1;
                        prop_assert!(plan.contains("cut-connection") || plan.contains("lose-answer"));
                    }
                }
            }
            Ok(())
        })?;
    });
    assert!(failed.into_inner() > 0 && closed.into_inner() > 0);
}
