//! `longshore health`, as a container's health check runs it.

use super::app::App;
use super::longshore::Longshore;
use crate::support::program::output_of;
use crate::support::test_server::{QUEUE, TestServer};

async fn asked(listen: &str, more: &[&str]) -> (Option<i32>, String) {
    let sources = ["health", "--listen", listen, "--queue", QUEUE, "--http", "http://127.0.0.1/"];
    let output = output_of(&[&sources[..], more].concat()).await;
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[tokio::test]
async fn the_health_command_asks_the_configured_address() {
    let server = TestServer::open().await;
    let app = App::answering(|_| async { 200 }).await;
    let settings = ["--set", "defaults.wait=1s", "--queue", QUEUE, "--http", app.url()];
    let worker = Longshore::run(&server.local, &settings);
    let address = worker.admin().await.replace("http://", "");
    assert_eq!(asked(&address, &[]).await, (Some(0), String::new()));
    // One that listens everywhere is asked here.
    let everywhere = address.replace("127.0.0.1", "0.0.0.0");
    assert_eq!(asked(&everywhere, &[]).await, (Some(0), String::new()));

    worker.terminate();
    assert_eq!(worker.ends().await.code, Some(0));
    let (code, said) = asked(&address, &[]).await;
    assert_eq!(code, Some(1));
    assert!(said.contains(&format!("no response from http://{address}/livez")), "{said}");
}

#[tokio::test]
async fn a_worker_with_a_missing_queue_is_alive_and_not_ready() {
    let server = TestServer::open().await;
    let settings = ["--queue", "nowhere", "--http", "http://127.0.0.1:1/"];
    let worker = Longshore::run(&server.local, &settings);
    let address = worker.admin().await.replace("http://", "");
    worker.says("cannot receive").await;
    assert_eq!(asked(&address, &[]).await.0, Some(0));
    let (code, said) = asked(&address, &["--ready"]).await;
    assert_eq!(code, Some(1));
    assert!(said.contains("is not polled"), "{said}");
}
