//! What a configuration is made from, before any of it is read: the file, the environment and the
//! command line.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use longshore::config::QueueAddress;

use super::queues::label_of;

/// Everything that has a say, weakest first: defaults, file, environment, flags.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// Where `longshore.toml` is looked for, and what a relative `file` is relative to.
    pub directory: PathBuf,
    /// The file to read. `None`: the one `LONGSHORE_CONFIG` names, else `longshore.toml` if there is one.
    pub file: Option<PathBuf>,
    /// The environment's `LONGSHORE_` and `OTEL_` variables. An empty one counts as not set.
    pub environment: BTreeMap<String, String>,
    pub(super) flags: Vec<Flag>,
    /// The label of the queue that flags alone describe.
    pub(super) queue: Option<String>,
}

/// One key's value on the command line.
#[derive(Debug, Clone)]
pub(super) struct Flag {
    pub(super) name: String,
    pub(super) key: String,
    pub(super) value: FlagValue,
}

/// The two shapes a value has on a command line.
#[derive(Debug, Clone)]
pub enum FlagValue {
    /// One word, to be read as the key demands.
    Text(String),
    /// A program and its arguments.
    Words(Vec<String>),
}

impl Sources {
    /// What stands in a directory, and nothing else.
    pub fn in_directory(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into(), ..Self::default() }
    }

    /// This file alone.
    pub fn of_file(file: impl Into<PathBuf>) -> Self {
        Self { file: Some(file.into()), ..Self::default() }
    }

    /// The working directory and the environment of this process: the only place that reads them.
    pub fn of_this_process() -> Self {
        let environment = std::env::vars_os()
            .map(|(name, value)| (lossy(name), lossy(value)))
            .filter(|(name, _)| name.starts_with("LONGSHORE_") || name.starts_with("OTEL_"))
            .collect();
        Self { environment, ..Self::default() }
    }

    /// Says what the flag `name`, as it is typed, gives to a key: `shutdown.grace`, `queue.orders.wait`.
    /// Of several values for one key the last counts.
    pub fn set(&mut self, name: &str, key: &str, value: FlagValue) {
        self.flags.push(Flag { name: name.to_owned(), key: key.to_owned(), value });
    }

    /// Adds a queue, by name, URL or ARN, to those of the file; without a `file`, `longshore.toml`
    /// is then not looked for. Returns the path of the queue's keys.
    pub fn add_queue(&mut self, name: &str, address: &str) -> String {
        let address = QueueAddress::from(address);
        let label = label_of(&address);
        let (key, value) = match address {
            QueueAddress::Name(name) => ("name", name),
            QueueAddress::Url(url) => ("url", url),
            QueueAddress::Arn(arn) => ("arn", arn),
        };
        self.set(name, &format!("{label}.{key}"), FlagValue::Text(value));
        self.queue = Some(label.clone());
        label
    }

    /// A variable's value, where it is set to anything.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

fn lossy(text: OsString) -> String {
    text.to_string_lossy().into_owned()
}
