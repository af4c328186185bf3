//! Clients of the admin endpoint and of the local queue server that send what no client should.

mod bodies;
mod framing;
mod paths;
mod raw;

use longshore::admin::AdminServer;
use longshore::health::Health;
use longshore::telemetry::Metrics;
use longshore_local::Server;

use crate::support::config;
use raw::Raw;

/// An admin endpoint with one queue, on a free port.
fn admin() -> AdminServer {
    let metrics = Metrics::new();
    metrics.register(&config("orders").build().unwrap());
    AdminServer::start("127.0.0.1:0".parse().unwrap(), metrics, Health::default()).unwrap()
}

/// A local queue server with one queue, on a free port.
async fn local() -> Server {
    let local = Server::start().await.unwrap();
    local.create_queue("orders", &[]).unwrap();
    local
}

/// Both servers still answer.
async fn assert_both_answer(admin: &AdminServer, local: &Server) {
    let livez = Raw::ask(admin.address(), "GET /livez HTTP/1.1\r\nconnection: close\r\n\r\n").await;
    assert!(livez.starts_with("HTTP/1.1 200"), "{livez}");
    let state = "GET /_local/state HTTP/1.1\r\nconnection: close\r\n\r\n";
    let state = Raw::ask(local.address(), state).await;
    assert!(state.starts_with("HTTP/1.1 200"), "{state}");
}
