//! The server as its owner holds it.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use super::action::{RequestCounter, RequestCounts};
use super::actions::Desk;
use super::directory::Directory;
use super::faults::Faults;
use super::options::Options;
use super::queue::Counts;
use super::refusal::Refusal;
use super::server::{self, Server};

/// A running SQS-compatible server. Its queues live in memory and end with it; dropping it stops the
/// server too, without waiting.
#[derive(Debug)]
pub struct LocalQueue {
    server: Arc<Server>,
    tasks: TaskTracker,
    stop: DropGuard,
}

impl LocalQueue {
    /// Binds and serves on the current tokio runtime.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn start(options: Options) -> io::Result<Self> {
        let listener = TcpListener::bind(options.listen).await?;
        let address = listener.local_addr()?;
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let directory = Arc::new(Directory::new(&options, tasks.clone(), stop.clone()));
        let desk = Desk { directory, faults: options.faults, stop: stop.clone() };
        let server = Arc::new(Server { desk, requests: RequestCounter::default(), address });
        announce(address);
        tasks.spawn(server::accept(listener, Arc::clone(&server), tasks.clone()));
        Ok(Self { server, tasks, stop: stop.drop_guard() })
    }

    /// Where clients find it: `http://127.0.0.1:PORT`.
    pub fn endpoint_url(&self) -> String {
        format!("http://{}", self.server.address)
    }

    /// The address it is bound to.
    pub fn address(&self) -> SocketAddr {
        self.server.address
    }

    /// Creates a queue as `CreateQueue` does, and returns its URL.
    ///
    /// # Errors
    /// What `CreateQueue` would refuse.
    pub fn create_queue(&self, name: &str, attributes: &[(&str, &str)]) -> Result<String, Refusal> {
        let given =
            attributes.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        let queue = self.directory().create(name, &given, Default::default())?;
        Ok(format!("{}/{}/{}", self.endpoint_url(), self.directory().account, queue.name))
    }

    /// What a queue holds now; `None` if there is no such queue.
    pub fn counts(&self, queue_name: &str) -> Option<Counts> {
        Some(self.directory().find(queue_name).ok()?.counts())
    }

    /// Long polls open on a queue; 0 if there is no such queue.
    pub fn open_polls(&self, queue_name: &str) -> usize {
        self.counts(queue_name).map_or(0, |counts| counts.polls)
    }

    /// Waits until a queue's counts satisfy `enough`, and returns them; `None` if there is no such queue,
    /// or none any more. It sleeps until something happens. Cancel-safe.
    pub async fn until(
        &self,
        queue_name: &str,
        enough: impl Fn(&Counts) -> bool,
    ) -> Option<Counts> {
        self.directory().find(queue_name).ok()?.until(enough).await
    }

    /// How often each action was asked for since the start.
    pub fn requests(&self) -> RequestCounts {
        self.server.requests.read()
    }

    /// Waits until enough requests have come in, and returns the counts. Cancel-safe.
    pub async fn until_requests(&self, enough: impl Fn(&RequestCounts) -> bool) -> RequestCounts {
        self.server.requests.until(enough).await
    }

    /// What goes wrong on purpose, now and from now on.
    pub fn faults(&self) -> &Faults {
        &self.server.desk.faults
    }

    /// Stops accepting, ends long polls with nothing, lets other requests finish, and waits for all of it.
    pub async fn stop(self) {
        drop(self.stop);
        self.tasks.close();
        self.tasks.wait().await;
    }

    fn directory(&self) -> &Arc<Directory> {
        &self.server.desk.directory
    }
}

fn announce(address: SocketAddr) {
    tracing::info!(%address, "the local queue is open; it keeps nothing on disk");
    if !address.ip().is_loopback() {
        tracing::warn!(%address, "the local queue can be reached from the network, and checks no credentials");
    }
}
