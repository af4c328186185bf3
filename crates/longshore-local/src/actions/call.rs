//! One request, and what every action may use to answer it.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;

use crate::action::Action;
use crate::directory::Directory;
use crate::faults::Faults;
use crate::live::Live;
use crate::refusal::{Reason, Refusal};

/// What the requests of one server share.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) directory: Arc<Directory>,
    pub(crate) faults: Faults,
    /// Ends long polls when the server stops.
    pub(crate) stop: CancellationToken,
}

pub(crate) struct Call<'a> {
    pub(crate) desk: &'a Desk,
    pub(crate) action: Action,
    /// The host and port by which the client knows us.
    pub(crate) host: &'a str,
    /// The client's `X-Amzn-Trace-Id`, which SQS copies into the messages sent.
    pub(crate) trace: Option<&'a str>,
    pub(crate) body: &'a [u8],
}

impl Call<'_> {
    /// Reads the request: a JSON object (serde would take an array for a struct too), or nothing for one
    /// without members.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        let body = if self.body.is_empty() { b"{}" } else { self.body };
        if !body.trim_ascii_start().starts_with(b"{") {
            return Err(Refusal::new(
                Reason::SerializationException,
                "The request is not a JSON object.",
            ));
        }
        let unreadable = |error| format!("The request cannot be read: {error}");
        serde_json::from_slice(body)
            .map_err(|error| Refusal::new(Reason::SerializationException, unreadable(error)))
    }

    /// The queue a `QueueUrl` names: by its last segment, whatever host and account come before.
    pub(super) fn queue(&self, url: &str) -> Result<Arc<Live>, Refusal> {
        match url.trim_end_matches('/').rsplit('/').next() {
            None | Some("") => Err(Refusal::missing("QueueUrl")),
            Some(name) => self.desk.directory.find(name),
        }
    }

    pub(crate) fn url_of(&self, name: &str) -> String {
        format!("http://{}/{}/{name}", self.host, self.desk.directory.account)
    }
}

pub(super) fn json(answer: &impl Serialize) -> Result<Vec<u8>, Refusal> {
    serde_json::to_vec(answer)
        .map_err(|error| Refusal::new(Reason::InternalFailure, error.to_string()))
}

/// The answer of actions that have nothing to say.
pub(super) fn nothing() -> Vec<u8> {
    b"{}".to_vec()
}
