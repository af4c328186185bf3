//! What a local queue server can be told.

use std::net::{Ipv4Addr, SocketAddr};

use super::faults::Faults;

/// How to start a [`super::LocalQueue`]. The default listens on a free port of the loopback interface,
/// which nobody else on the network can reach: there are no credentials to keep others out.
#[derive(Clone, Debug)]
pub struct Options {
    /// Port 0 takes a free one.
    pub listen: SocketAddr,
    /// Appears in queue ARNs.
    pub region: String,
    /// Appears in queue URLs and ARNs, and as every message's `SenderId`.
    pub account: String,
    /// What goes wrong on purpose; can be changed while the server runs.
    pub faults: Faults,
    /// Messages one queue can have in flight; SQS allows about 120,000.
    pub in_flight_limit: usize,
    /// Whether a queue must rest for 60 seconds after a purge or a delete, as on SQS. Off unless asked for:
    /// tests purge and recreate queues all the time.
    pub cooldowns: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            region: "us-east-1".to_owned(),
            account: "000000000000".to_owned(),
            faults: Faults::default(),
            in_flight_limit: 120_000,
            cooldowns: false,
        }
    }
}
