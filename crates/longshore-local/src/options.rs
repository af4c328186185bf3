//! The options of a local queue server.

use std::net::{Ipv4Addr, SocketAddr};

use crate::faults::Faults;

/// How to start a [`Server`](crate::Server).
///
/// The default listens on a free port of the loopback interface. Other machines cannot connect to
/// it. This matters because the server does not check credentials.
///
/// ```
/// use longshore_local::Options;
///
/// let options = Options { listen: ([127, 0, 0, 1], 9324).into(), ..Options::default() };
/// # assert_eq!(options.listen.port(), 9324);
/// ```
#[derive(Clone, Debug)]
pub struct Options {
    /// The address to listen on. Port 0 selects a free port. Default: `127.0.0.1:0`.
    pub listen: SocketAddr,
    /// The AWS region in queue ARNs. Default: `us-east-1`.
    pub region: String,
    /// The AWS account id in queue URLs and ARNs, and the `SenderId` of every message. Default:
    /// `000000000000`.
    pub account: String,
    /// The injected faults. They can be changed while the server runs. Default: none.
    pub faults: Faults,
    /// The maximum number of messages that one queue can have in flight. Default: 120,000, about
    /// the quota of SQS.
    pub in_flight_limit: usize,
    /// Whether to apply the cooldowns of SQS: 60 s between two purges of a queue, and 60 s between
    /// the deletion of a queue and the creation of a queue with the same name. Default: `false`,
    /// because tests often purge and create queues again.
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
