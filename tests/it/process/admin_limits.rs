//! Clients of the admin endpoint that misbehave: the worker keeps its memory and its descriptors.
#![cfg(target_os = "linux")]

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::app::App;
use super::longshore::Longshore;
use crate::support::test_server::{QUEUE, TestServer, soon};

/// A connection to the admin endpoint of the worker that has sent these bytes, as far as it could.
async fn connect(worker: &Longshore, bytes: &[u8]) -> TcpStream {
    let admin = worker.admin().await;
    let mut client = TcpStream::connect(admin.strip_prefix("http://").unwrap()).await.unwrap();
    // The endpoint refuses what it does not want to read.
    drop(client.write_all(bytes).await);
    client
}

#[tokio::test]
async fn large_unfinished_headers_take_no_memory() {
    let server = TestServer::open().await;
    let worker = Longshore::run(&server.local, &["--queue", QUEUE, "--", "true"]);
    assert_eq!(worker.get("/livez").await.0, 200);
    worker.scrape().await;
    let before = worker.peak_memory();
    let head = format!("GET /metrics HTTP/1.1\r\nhost: x\r\nlarge: {}", "x".repeat(390_000));
    let mut clients = Vec::new();
    for _ in 0..450 {
        clients.push(connect(&worker, head.as_bytes()).await);
    }
    assert_eq!(worker.get("/livez").await, (200, "alive\n".to_owned()));
    worker.scrape().await;
    let grown = worker.peak_memory() - before;
    assert!(grown < 24 * 1024 * 1024, "its memory grew by {grown} bytes");
}

#[tokio::test]
async fn idle_connections_take_no_descriptors_from_the_messages() {
    let server = TestServer::open().await;
    let app = App::taking(Duration::ZERO).await;
    let worker = Longshore::run(&server.local, &["--queue", QUEUE, "--http", app.url()]);
    worker.admin().await;
    worker.limit_descriptors(256);
    let mut clients = Vec::new();
    for _ in 0..300 {
        clients.push(connect(&worker, b"").await);
    }
    let line = worker.says("too many admin connections").await;
    assert!(line.contains("\"limit\":64"), "{line}");
    assert_eq!(worker.get("/livez").await.0, 200);
    server.send_many(40).await;
    app.log().until(40).await;
    let empty = server.local.until(QUEUE, |counts| counts.visible + counts.in_flight == 0);
    soon(empty).await.unwrap();
    assert_eq!(worker.scrape().await.sum("longshore_handler_errors_total", &[]), 0.0);
}

#[tokio::test]
async fn without_a_free_descriptor_an_idle_connection_closes() {
    let server = TestServer::open().await;
    let worker = Longshore::run(&server.local, &["--queue", QUEUE, "--", "true"]);
    assert_eq!(worker.get("/livez").await.0, 200);
    soon(server.local.until(QUEUE, |counts| counts.polls == 1)).await.unwrap();
    worker.limit_descriptors(worker.descriptors() + 4);
    let mut clients = Vec::new();
    for _ in 0..12 {
        clients.push(connect(&worker, b"").await);
    }
    worker.says("cannot accept an admin connection").await;
    assert_eq!(worker.get("/livez").await, (200, "alive\n".to_owned()));
    worker.stop().await;
    server.send("ends the poll").await;
    let ended = worker.ends().await;
    let failed = ended.lines.iter().filter(|line| line.contains("cannot accept"));
    assert_eq!(failed.count(), 1);
}

#[tokio::test]
async fn a_slow_header_and_an_idle_connection_are_closed() {
    let server = TestServer::open().await;
    let worker = Longshore::run(&server.local, &["--queue", QUEUE, "--", "true"]);
    let mut slow = connect(&worker, b"GET /livez HTTP/1.1\r\nhost: ").await;
    let mut idle = connect(&worker, b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let (mut nothing, mut answer) = (String::new(), String::new());
    soon(slow.read_to_string(&mut nothing)).await.unwrap();
    soon(idle.read_to_string(&mut answer)).await.unwrap();
    assert_eq!(nothing, "");
    assert!(answer.ends_with("alive\n"), "{answer}");
}
