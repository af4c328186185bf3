//! Any bytes on a connection: responses of HTTP, then the end of the connection.

use std::cell::Cell;
use std::sync::Arc;

use foreign_input::Input;
use proptest::prelude::{Strategy, any, prop_assert, prop_oneof, proptest};
use proptest::sample::select;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{Host, Limits, answer};
use crate::actions::ServerState;
use crate::server::bodies::Bodies;
use crate::server::places::Places;
use crate::settings::QueueAttributes;

const REQUESTS: &[(&str, &str, &str)] = &[
    ("POST /", "SendMessage", "{\"QueueUrl\":\"http://h/0/orders\",\"MessageBody\":\"body\"}"),
    ("POST /", "ReceiveMessage", "{\"QueueUrl\":\"http://h/0/orders\",\"WaitTimeSeconds\":20}"),
    ("POST /", "GetQueueUrl", "{\"QueueName\":\"orders\"}"),
    ("POST /000000000000/orders", "ListQueues", ""),
    ("GET /_local/state", "", ""),
];

/// A request in one of the two forms of a body.
fn request() -> impl Strategy<Value = String> {
    (select(REQUESTS), any::<bool>()).prop_map(|((line, action, body), chunked)| {
        let length = body.len();
        let framed = match chunked {
            true => format!("Transfer-Encoding: chunked\r\n\r\n{length:x}\r\n{body}\r\n0\r\n\r\n"),
            false => format!("Content-Length: {length}\r\n\r\n{body}"),
        };
        format!("{line} HTTP/1.1\r\nHost: h\r\nX-Amz-Target: AmazonSQS.{action}\r\n{framed}")
    })
}

/// One or two requests, with mutations.
fn stream() -> impl Strategy<Value = Input> {
    let stream = (request(), any::<bool>(), request())
        .prop_map(|(one, two, other)| if two { one + &other } else { one }.into_bytes());
    let stream = stream.boxed();
    prop_oneof![1 => stream.clone().prop_map(Input), 4 => foreign_input::bytes(stream)]
}

/// What the server sends until it closes the connection, at the latest when its limits of time are
/// over. The clock of the test is paused.
async fn answers(bytes: &[u8]) -> Vec<u8> {
    let server = Arc::new(ServerState::without_port());
    let none = QueueAttributes::new();
    let directory = &server.directory;
    directory.create(&directory.home, "orders", &none, QueueAttributes::new()).expect("a queue");
    let limits = Limits::DEFAULT;
    let place = Places::new(1, limits.response_bytes).place(0).await;
    let host = Host { server: Arc::clone(&server), bodies: Bodies::new(limits.body_bytes), limits };
    let (mut client, stream) = tokio::io::duplex(1024 * 1024);
    client.write_all(bytes).await.expect("the pipe has space");
    answer(stream, None, Arc::new(host), place).await;
    let mut answers = Vec::new();
    client.read_to_end(&mut answers).await.expect("a pipe has no errors");
    answers
}

#[test]
fn any_bytes_are_answered_or_the_connection_is_closed() {
    let (accepted, refused, closed) = (Cell::new(0), Cell::new(0), Cell::new(0));
    proptest!(|(stream in stream())| {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_time().start_paused(true).build().expect("a runtime");
        let answers = runtime.block_on(answers(&stream));
        let shown = answers.escape_ascii();
        let count = match answers.get(..10) {
            Some(b"HTTP/1.1 2" | b"HTTP/1.0 2") => &accepted,
            Some(b"HTTP/1.1 4" | b"HTTP/1.0 4") => &refused,
            Some(_) => panic!("{shown}"),
            None => {
                prop_assert!(answers.is_empty(), "{shown}");
                &closed
            }
        };
        count.set(count.get() + 1);
    });
    let reached = [accepted, refused, closed].map(Cell::into_inner);
    assert!(reached.iter().all(|count| *count > 0), "{reached:?}");
}
