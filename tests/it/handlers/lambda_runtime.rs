//! A runtime of Lambda for the tests: this program, started again by the handler under test. What it
//! does is the body of the first message of each event.

#![expect(clippy::disallowed_methods, reason = "it is a process of its own, without a worker")]

use std::env;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::exit;
use std::time::Duration;

use longshore::handler::LambdaFunction;
use serde_json::{Value, json};

/// The program and the arguments of the runtime. `mode` is what it does before it asks for an event.
pub(super) fn function(mode: &str) -> LambdaFunction {
    let program = env::current_exe().unwrap().to_str().unwrap().to_owned();
    let arguments = ["--exact", "handlers::lambda_runtime::runs", "--nocapture", "--skip", mode];
    let command = [program].into_iter().chain(arguments.map(String::from));
    LambdaFunction::new("fulfil", command.collect()).handler(Some("app.handler".to_owned()))
}

/// The runtime. It is no test: in the process of the tests it does nothing.
#[test]
fn runs() {
    let Ok(api) = env::var("AWS_LAMBDA_RUNTIME_API") else { return };
    match env::args().next_back().as_deref() {
        Some("breaks") => {
            println!("no module named app");
            exit(3);
        }
        Some("reports") => {
            let error = json!({ "errorType": "ImportError", "errorMessage": "no module app" });
            post(&api, "/2018-06-01/runtime/init/error", &error);
            exit(1);
        }
        Some("hangs") => std::thread::sleep(Duration::from_secs(600)),
        _ => loop {
            invocation(&api);
        },
    }
}

fn invocation(api: &str) {
    let (headers, event) = exchange(api, "GET", "/2018-06-01/runtime/invocation/next", "");
    let header = |name: &str| {
        let line = headers.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
        line.unwrap_or_default().to_owned()
    };
    let id = header("lambda-runtime-aws-request-id");
    let event: Value = serde_json::from_str(&event).unwrap();
    let answer = match event["Records"][0]["body"].as_str().unwrap() {
        "fails" => {
            let error = json!({ "errorType": "ValueError", "errorMessage": "no stock\ntrace" });
            return post(api, &format!("/2018-06-01/runtime/invocation/{id}/error"), &error);
        }
        "exits" => exit(7),
        sleeps if sleeps.starts_with("sleeps ") => {
            // The test waits for this file.
            std::fs::write(&sleeps["sleeps ".len()..], "").unwrap();
            return std::thread::sleep(Duration::from_secs(600));
        }
        "partly" => {
            let second = &event["Records"][1]["messageId"];
            json!({ "batchItemFailures": [{ "itemIdentifier": second }] })
        }
        path => {
            let seen = json!({
                "event": event,
                "pid": std::process::id(),
                "deadline": header("lambda-runtime-deadline-ms"),
                "arn": header("lambda-runtime-invoked-function-arn"),
                "trace": header("lambda-runtime-trace-id"),
                "variables": env::vars().collect::<std::collections::BTreeMap<_, _>>(),
            });
            std::fs::write(path, seen.to_string()).unwrap();
            Value::Null
        }
    };
    post(api, &format!("/2018-06-01/runtime/invocation/{id}/response"), &answer);
}

fn post(api: &str, path: &str, body: &Value) {
    let (status, _) = exchange(api, "POST", path, &body.to_string());
    assert!(status.starts_with("HTTP/1.1 202"), "{status}");
}

/// Sends a request on a connection of its own, and returns the head and the body of the response.
fn exchange(api: &str, method: &str, path: &str, body: &str) -> (String, String) {
    let mut stream = TcpStream::connect(api).unwrap();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {api}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let (mut reader, mut head) = (BufReader::new(stream), String::new());
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(reader.read_line(&mut head).unwrap(), 0, "the worker closed: {head}");
    }
    let mut body = String::new();
    reader.read_to_string(&mut body).unwrap();
    (head, body)
}
