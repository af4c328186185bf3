//! What is billed is what AWS bills: every answered attempt, and a large answer for each of its 64
//! KiB.

use std::time::Duration;

use super::scene::{brisk, start, stop};
use crate::support::Log;
use crate::support::test_server::{QUEUE, TestServer, soon};

const CHUNK: usize = 64 * 1024;

/// What a worker was billed for its receives beyond one each, when it handled these bodies one by
/// one.
async fn surcharge(bodies: &[String]) -> f64 {
    let server = TestServer::open().await;
    let mut config = brisk(QUEUE);
    config.concurrency = 1;
    let log = Log::default();
    for body in bodies {
        server.send(body).await;
    }
    let rig = start(&server.local, config, log.handler(Duration::ZERO));
    let empty = server.local.until(QUEUE, |counts| counts.visible + counts.in_flight == 0);
    soon(empty).await.unwrap();
    let (_, scrape) = stop(rig).await;
    assert_eq!(log.len(), bodies.len());
    let billed = |action| scrape.sum("longshore_billed_requests_total", &[("action", action)]);
    let asked = |action| scrape.sum("longshore_api_requests_total", &[("action", action)]);
    assert_eq!(billed("delete"), asked("delete"));
    billed("receive") - asked("receive")
}

#[tokio::test]
async fn a_small_message_is_billed_as_one_request() {
    assert_eq!(surcharge(&["m".to_owned()]).await, 0.0);
}

#[tokio::test]
async fn a_large_message_is_billed_for_each_started_64_kib() {
    assert_eq!(surcharge(&["x".repeat(CHUNK)]).await, 0.0);
    assert_eq!(surcharge(&["x".repeat(CHUNK + 1)]).await, 1.0);
    assert_eq!(surcharge(&["x".repeat(4 * CHUNK), "y".repeat(3 * CHUNK)]).await, 3.0 + 2.0);
}
