//! What leaves by OTLP: the real binary, a collector in the test, HTTP and gRPC.

pub(super) mod collector;
mod crate_user;
mod envelopes;
mod exemplars;
mod journey;
mod metrics;
mod names;
mod payloads;
mod settings;
mod trouble;

use super::longshore::Longshore;
use crate::support::test_server::{QUEUE, TestServer};

/// A worker with `more` settings that hands messages to `app`, with little to wait for.
fn worker(
    server: &TestServer,
    app: &str,
    more: &[&str],
    environment: &[(&str, &str)],
) -> Longshore {
    let endpoint = server.local.endpoint_url();
    let own = ["run", "--endpoint-url", &endpoint, "--listen", "127.0.0.1:0"];
    let quick = ["--set", "defaults.delete_linger=10ms", "--set", "defaults.wait=1s"];
    let queue = ["--queue", QUEUE, "--http", app];
    Longshore::start_in(&[&own[..], &quick, more, &queue].concat(), environment)
}
