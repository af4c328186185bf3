//! A worker on a local queue, a record of what its handlers saw, and the comparison of what it
//! counted with what the server saw.

use std::time::Duration;

use longshore::config::QueueConfigBuilder;
use longshore::{Connection, Handler, Report, Worker};
use longshore_local::{Action, Server};

use crate::support::test_server::soon;
use crate::support::{Rig, Scrape, config};

/// The actions that a worker asks for: the metric's label, and the server's own word.
const ACTIONS: [(&str, Action); 5] = [
    ("receive", Action::ReceiveMessage),
    ("delete", Action::DeleteMessageBatch),
    ("change_visibility", Action::ChangeMessageVisibilityBatch),
    ("get_attributes", Action::GetQueueAttributes),
    ("get_url", Action::GetQueueUrl),
];

/// Short waits, so that a test that stops its worker does not wait out a long poll.
pub(super) fn brisk(name: &str) -> QueueConfigBuilder {
    let mut config = config(name);
    config.wait = Duration::from_secs(1);
    config.delete_linger = Duration::from_millis(20);
    config
}

/// Starts a worker on one queue of this server.
pub(super) fn start(local: &Server, config: QueueConfigBuilder, handler: impl Handler) -> Rig {
    let connection = Connection::local(&local.endpoint_url());
    Rig::run(Worker::builder().add_sqs(&connection, config.build().unwrap(), handler))
}

/// Stops a worker in real time.
pub(super) async fn stop(rig: Rig) -> (Report, Scrape) {
    soon(rig.stop()).await
}

/// Every attempt that reached the server is in the scrape, and no other.
pub(super) fn assert_every_request_was_counted(scrape: &Scrape, local: &Server) {
    let requests = local.requests();
    for (label, action) in ACTIONS {
        let counted = scrape.sum("longshore_api_requests_total", &[("action", label)]);
        assert_eq!(counted, requests.get(action) as f64, "{label}: {requests:?}");
    }
    let counted = scrape.sum("longshore_api_requests_total", &[]);
    let known: u64 = ACTIONS.iter().map(|(_, action)| requests.get(*action)).sum();
    assert_eq!(counted, known as f64);
}
