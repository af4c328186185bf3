//! The running server.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde_json::Value;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::action::{Action, RequestCounter, RequestCounts};
use crate::actions::{self, Call, ServerState};
use crate::clock::TooFarAhead;
use crate::directory::Directory;
use crate::faults::Faults;
use crate::live::LiveQueue;
use crate::move_tasks::MoveTasks;
use crate::options::Options;
use crate::pollers::Pollers;
use crate::protocol::Parameters;
use crate::queue::{Counts, Message};
use crate::refusal::Refusal;
use crate::server::{self, Limits};

/// A running SQS-compatible server with any number of queues. [`Server::start`] starts one.
///
/// The queues are in memory and end with the server. Call [`stop`](Self::stop) to wait until all
/// connections are closed. Dropping it also stops the server, without waiting.
#[derive(Debug)]
pub struct Server {
    server: Arc<ServerState>,
    tasks: TaskTracker,
    stop: DropGuard,
}

impl Server {
    /// Starts to serve with the default [`Options`] on the current tokio runtime: on a free port of
    /// the loopback interface.
    ///
    /// # Errors
    /// If the port cannot be bound.
    ///
    /// # Panics
    /// Outside of a tokio runtime with I/O and time enabled.
    pub async fn start() -> io::Result<Self> {
        Self::start_with(Options::default()).await
    }

    /// Binds the address and starts to serve on the current tokio runtime.
    ///
    /// # Errors
    /// If the address cannot be bound.
    ///
    /// # Panics
    /// Outside of a tokio runtime with I/O and time enabled.
    pub async fn start_with(options: Options) -> io::Result<Self> {
        Self::start_within(options, Limits::DEFAULT).await
    }

    pub(crate) async fn start_within(options: Options, limits: Limits) -> io::Result<Self> {
        let listener = TcpListener::bind(options.listen).await?;
        let address = listener.local_addr()?;
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let server = Arc::new(ServerState {
            directory: Arc::new(Directory::new(&options, tasks.clone(), stop.clone())),
            move_tasks: MoveTasks::default(),
            faults: options.faults,
            requests: RequestCounter::default(),
            pollers: Pollers::default(),
            address,
            stop: stop.clone(),
        });
        log_address(address);
        let accept = server::accept(listener, Arc::clone(&server), tasks.clone(), limits);
        tasks.spawn(accept);
        Ok(Self { server, tasks, stop: stop.drop_guard() })
    }

    /// The URL for the `endpoint_url` setting of an SQS client, for example
    /// `http://127.0.0.1:9324`.
    pub fn endpoint_url(&self) -> String {
        format!("http://{}", self.server.address)
    }

    /// The address that the server listens on, with the actual port.
    pub fn address(&self) -> SocketAddr {
        self.server.address
    }

    /// Creates a queue and returns its URL. `attributes` are those of `CreateQueue`.
    ///
    /// If the queue already exists with the same attributes, this returns its URL.
    ///
    /// # Errors
    /// The error that `CreateQueue` returns, for example for an invalid name or attribute.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn create_queue(&self, name: &str, attributes: &[(&str, &str)]) -> Result<String, Refusal> {
        let attributes =
            attributes.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        let queue = self.directory().create(
            &self.directory().home,
            name,
            &attributes,
            Default::default(),
        )?;
        Ok(format!("{}/{}/{}", self.endpoint_url(), queue.scope.account, queue.name))
    }

    /// The current counts of messages and polls of a queue; `None` if the queue does not exist.
    pub fn counts(&self, queue_name: &str) -> Option<Counts> {
        Some(self.find(queue_name).ok()?.counts())
    }

    /// The messages of a queue in the order in which they were sent to it; `None` if the queue does
    /// not exist. It receives nothing, and changes no message.
    pub fn messages(&self, queue_name: &str) -> Option<Vec<Message>> {
        Some(self.find(queue_name).ok()?.act(|queue, _| queue.view()))
    }

    /// Performs an action of the SQS API without HTTP. `parameters` and the result are the JSON of
    /// the API reference.
    ///
    /// It is not counted in [`requests`](Self::requests), and no fault affects it.
    ///
    /// # Errors
    /// The error that the action returns.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub async fn perform(&self, action: Action, parameters: &Value) -> Result<Value, Refusal> {
        let (body, host) = (parameters.to_string(), self.server.address.to_string());
        let parameters = Parameters::Json(body.as_bytes());
        let server = &self.server;
        let call = Call::without_client(server, action, &host, parameters);
        let result = actions::perform(&call).await?;
        Ok(serde_json::from_slice(&result).unwrap_or_default())
    }

    /// The number of open long polls on a queue; 0 if the queue does not exist.
    pub fn open_polls(&self, queue_name: &str) -> usize {
        self.counts(queue_name).map_or(0, |counts| counts.polls)
    }

    /// Waits until the counts of a queue satisfy `condition`, and returns these counts.
    ///
    /// Returns `None` if the queue does not exist or is deleted. It has no time limit, and checks
    /// `condition` at the start and after each change. Cancel-safe.
    pub async fn until(
        &self,
        queue_name: &str,
        condition: impl Fn(&Counts) -> bool,
    ) -> Option<Counts> {
        self.find(queue_name).ok()?.until(condition).await
    }

    /// The number of requests for each action since the start.
    pub fn requests(&self) -> RequestCounts {
        self.server.requests.read()
    }

    /// Waits until the request counts satisfy `condition`, and returns these counts.
    ///
    /// It has no time limit, and checks `condition` at the start and after each request.
    /// Cancel-safe.
    pub async fn until_requests(
        &self,
        condition: impl Fn(&RequestCounts) -> bool,
    ) -> RequestCounts {
        self.server.requests.until(condition).await
    }

    /// The injected faults of this server, to read or to change.
    pub fn faults(&self) -> &Faults {
        &self.server.faults
    }

    /// The time of the queues. All timestamps, for example `SentTimestamp`, are of this clock.
    pub fn now(&self) -> SystemTime {
        self.directory().clock().now().system_time()
    }

    /// Advances the clock of the queues by `by`, rounded up to milliseconds, and returns the new
    /// time. A test can do this instead of sleeping.
    ///
    /// Delays, visibility timeouts, retention periods, deduplication intervals, receive attempts,
    /// cooldowns and the rates of move tasks end as if this time had passed without a request.
    /// Open long polls get the messages that become visible, and otherwise wait as long as their
    /// clients asked for: their wait time, the latency of faults and the limits of connections are
    /// real time. The clock never goes back.
    ///
    /// # Errors
    /// If the clock would be more than 3650 days ahead. Then it is unchanged.
    pub fn advance(&self, by: Duration) -> Result<SystemTime, TooFarAhead> {
        self.directory().clock().advance(by)?;
        Ok(self.now())
    }

    /// Stops the server: closes the port, ends long polls with an empty receive, and waits until
    /// other open requests are complete.
    pub async fn stop(self) {
        drop(self.stop);
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// A queue of the default account and region.
    fn find(&self, name: &str) -> Result<Arc<LiveQueue>, Refusal> {
        self.directory().find(&self.directory().home, name)
    }

    fn directory(&self) -> &Arc<Directory> {
        &self.server.directory
    }
}

fn log_address(address: SocketAddr) {
    tracing::info!(%address, "local queue is listening");
    if !address.ip().is_loopback() {
        tracing::warn!(
            %address,
            "local queue is reachable from the network and does not check credentials"
        );
    }
}
