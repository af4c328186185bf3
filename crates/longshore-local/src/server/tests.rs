//! The limits of connections.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use super::connection::Limits;
use crate::Server;
use crate::options::Options;

const LONG: Duration = Duration::from_secs(3600);
/// A server that does not close a connection within this time never does.
const PATIENCE: Duration = Duration::from_secs(30);
const STATE: &str = "GET /_local/state HTTP/1.1\r\nconnection: close\r\n\r\n";

async fn start(limits: Limits) -> Server {
    Server::start_within(Options::default(), limits).await.unwrap()
}

async fn connect(address: SocketAddr, bytes: &str) -> TcpStream {
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(bytes.as_bytes()).await.unwrap();
    client
}

/// Everything until the server closes the connection, even by a reset.
async fn rest(mut client: TcpStream) -> String {
    let mut rest = Vec::new();
    let read = async {
        let mut part = [0; 4096];
        while let Ok(length @ 1..) = client.read(&mut part).await {
            rest.extend_from_slice(&part[..length]);
        }
    };
    tokio::time::timeout(PATIENCE, read).await.expect("the server never closed");
    String::from_utf8(rest).unwrap()
}

fn long_poll(url: &str) -> String {
    let body = format!(r#"{{"QueueUrl":"{url}","WaitTimeSeconds":20}}"#);
    format!(
        "POST / HTTP/1.1\r\nx-amz-target: AmazonSQS.ReceiveMessage\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Sends these bytes again and again, until the server has closed its side and resets them.
async fn until_closed(client: &mut TcpStream, bytes: &[u8]) {
    let send = async {
        while client.write_all(bytes).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, send).await.expect("the server never closed");
}

#[tokio::test]
async fn unfinished_headers_and_idle_connections_are_closed() {
    let server = start(Limits { head: Duration::from_millis(200), ..Limits::DEFAULT }).await;
    let silent = connect(server.address(), "").await;
    let slow = connect(server.address(), "GET / HTTP/1.1\r\nhost: ").await;
    assert_eq!(rest(silent).await, "");
    assert_eq!(rest(slow).await, "");
}

#[tokio::test]
async fn an_unfinished_body_is_closed() {
    let limits = Limits { head: LONG, body: Duration::from_millis(200), ..Limits::DEFAULT };
    let server = start(limits).await;
    let slow = connect(server.address(), "POST / HTTP/1.1\r\ncontent-length: 9\r\n\r\n{").await;
    assert_eq!(rest(slow).await, "");
}

#[tokio::test]
async fn large_headers_are_refused() {
    let server = start(Limits { head: LONG, ..Limits::DEFAULT }).await;
    let head = format!("GET / HTTP/1.1\r\nhost: x\r\nlarge: {}", "x".repeat(17 * 1024));
    let answer = rest(connect(server.address(), &head).await).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
}

#[tokio::test]
async fn a_new_connection_closes_an_idle_one_and_no_long_poll() {
    let limits = Limits { connections: 2, head: LONG, ..Limits::DEFAULT };
    let server = start(limits).await;
    let url = server.create_queue("orders", &[]).unwrap();
    let _poll = connect(server.address(), &long_poll(&url)).await;
    server.until("orders", |counts| counts.polls == 1).await.unwrap();
    let idle = connect(server.address(), "").await;
    let new = connect(server.address(), STATE).await;
    assert!(rest(new).await.starts_with("HTTP/1.1 200"));
    assert_eq!(rest(idle).await, "");
    assert_eq!(server.open_polls("orders"), 1);
}

#[tokio::test]
async fn headers_and_bodies_that_come_byte_by_byte_are_closed() {
    let short = Duration::from_millis(300);
    let server = start(Limits { head: short, body: short, ..Limits::DEFAULT }).await;
    for start in ["GET / HTTP/1.1\r\nhost: ", "POST / HTTP/1.1\r\ncontent-length: 100000\r\n\r\n{"]
    {
        let mut slow = connect(server.address(), start).await;
        until_closed(&mut slow, b"x").await;
        assert_eq!(rest(slow).await, "");
    }
}

#[tokio::test]
async fn a_client_that_does_not_read_its_response_is_closed() {
    let limits = Limits { head: LONG, response: Duration::from_millis(200), ..Limits::DEFAULT };
    let server = start(limits).await;
    let url = server.create_queue("orders", &[]).unwrap();
    for _ in 0..10 {
        let body = format!(r#"{{"QueueUrl":"{url}","MessageBody":"{}"}}"#, "x".repeat(1_000_000));
        let head = format!("connection: close\r\ncontent-length: {}", body.len());
        let send = format!(
            "POST / HTTP/1.1\r\nx-amz-target: AmazonSQS.SendMessage\r\n{head}\r\n\r\n{body}"
        );
        assert!(rest(connect(server.address(), &send).await).await.starts_with("HTTP/1.1 200"));
    }
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut client = socket.connect(server.address()).await.unwrap();
    let body = format!(r#"{{"QueueUrl":"{url}","MaxNumberOfMessages":10}}"#);
    let receive = format!(
        "POST / HTTP/1.1\r\nx-amz-target: AmazonSQS.ReceiveMessage\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    client.write_all(receive.as_bytes()).await.unwrap();
    client.readable().await.unwrap();
    until_closed(&mut client, b"\r\n").await;
    assert!(rest(client).await.len() < 10_000_000);
}

#[tokio::test]
async fn bodies_that_need_too_much_memory_together_are_refused() {
    let limits = Limits { body_bytes: 1_000_000, ..Limits::DEFAULT };
    let server = start(limits).await;
    let part = "x".repeat(700_000);
    let head = "POST / HTTP/1.1\r\ncontent-length: 1000000\r\n";
    let first = connect(server.address(), &format!("{head}\r\n{part}")).await;
    // Both wait for the rest, unless one has no memory.
    let second = connect(server.address(), &format!("{head}\r\n{part}")).await;
    let (first, second) = (rest(first), rest(second));
    let refused = tokio::select! {
        answer = first => answer,
        answer = second => answer,
    };
    assert!(refused.starts_with("HTTP/1.1 503"), "{refused}");
    assert!(rest(connect(server.address(), STATE).await).await.starts_with("HTTP/1.1 200"));
}
