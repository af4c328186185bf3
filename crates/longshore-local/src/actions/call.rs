//! One request for an action, and the state of the server that it uses.

use std::net::SocketAddr;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;

use crate::action::{Action, RequestCounter};
use crate::directory::Directory;
use crate::faults::Faults;
use crate::live::LiveQueue;
use crate::move_tasks::MoveTasks;
use crate::pollers::{Client, Pollers};
use crate::protocol::Parameters;
use crate::refusal::Refusal;
use crate::scope::Scope;

/// The state that all requests of one server share.
#[derive(Debug)]
pub(crate) struct ServerState {
    pub(crate) directory: Arc<Directory>,
    pub(crate) move_tasks: MoveTasks,
    pub(crate) faults: Faults,
    pub(crate) requests: RequestCounter,
    pub(crate) pollers: Pollers,
    /// The host in queue URLs if a request has no `Host` header.
    pub(crate) address: SocketAddr,
    /// Ends long polls when the server stops.
    pub(crate) stop: CancellationToken,
}

#[cfg(test)]
impl ServerState {
    /// A server without a port, with the default options.
    pub(crate) fn without_port() -> Self {
        let (options, stop) = (crate::Options::default(), CancellationToken::new());
        let tasks = tokio_util::task::TaskTracker::new();
        Self {
            directory: Arc::new(Directory::new(&options, tasks, stop.clone())),
            move_tasks: MoveTasks::default(),
            faults: options.faults,
            requests: RequestCounter::default(),
            pollers: Pollers::default(),
            address: options.listen,
            stop,
        }
    }
}

/// A request for an action.
pub(crate) struct Call<'a> {
    pub(crate) server: &'a ServerState,
    pub(crate) action: Action,
    /// The place of the client.
    pub(crate) scope: Scope,
    /// The host and port with which the client reaches the server.
    pub(crate) host: &'a str,
    /// The `X-Amzn-Trace-Id` header, which SQS copies into the sent messages.
    pub(crate) trace: Option<&'a str>,
    pub(crate) client: Client<'a>,
    pub(crate) parameters: Parameters<'a>,
}

impl<'a> Call<'a> {
    /// A call that no client of the network makes. It is for the default place.
    pub(crate) fn without_client(
        server: &'a ServerState,
        action: Action,
        host: &'a str,
        parameters: Parameters<'a>,
    ) -> Self {
        let (scope, client) = (server.directory.home.clone(), Client::default());
        Self { server, action, scope, host, trace: None, client, parameters }
    }

    /// The parameters as the struct of the action.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        self.parameters.read()
    }

    /// The result of the action.
    pub(super) fn answer(&self, response: &impl Serialize) -> Result<Vec<u8>, Refusal> {
        self.parameters.write(self.action, response)
    }

    /// The answer of an action without a result.
    pub(super) fn no_result(&self) -> Vec<u8> {
        self.parameters.nothing()
    }

    /// The queue of a `QueueUrl`. Any host is accepted. If the region or the account of the URL has
    /// no such queue, it is that of the client, so that a URL of AWS can be used.
    pub(crate) fn queue(&self, url: &str) -> Result<Arc<LiveQueue>, Refusal> {
        match self.scope.of_url(url) {
            (_, "") => Err(Refusal::missing("QueueUrl")),
            (scope, name) => {
                let here = self.scope.of_account(&scope.account);
                self.server.directory.find_in(&[scope, here, self.scope.clone()], name)
            }
        }
    }

    pub(crate) fn queue_url(&self, queue: &LiveQueue) -> String {
        format!("http://{}/{}/{}", self.host, queue.scope.account, queue.name)
    }
}
