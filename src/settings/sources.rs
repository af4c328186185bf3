//! The sources of a configuration: file, environment and command line.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use longshore::config::QueueAddress;

/// The sources, weakest first: defaults, file, environment, flags.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The directory of `longshore.toml` and of a relative `file`.
    pub directory: PathBuf,
    /// The file. `None`: that of `LONGSHORE_CONFIG`, otherwise `longshore.toml` if it exists.
    pub file: Option<PathBuf>,
    /// The `LONGSHORE_` and `OTEL_` variables. An empty variable is not set.
    pub environment: BTreeMap<String, String>,
    pub(super) flags: Vec<Flag>,
    /// The label of the queue on the command line.
    pub(super) queue: Option<String>,
}

/// The value of a key on the command line.
#[derive(Debug, Clone)]
pub(super) struct Flag {
    pub(super) name: String,
    pub(super) key: String,
    pub(super) value: FlagValue,
}

/// The two forms of a value on the command line.
#[derive(Debug, Clone)]
pub enum FlagValue {
    /// One text.
    Text(String),
    /// A program and its arguments.
    Words(Vec<String>),
}

impl Sources {
    /// Only the file of this directory.
    pub fn in_directory(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into(), ..Self::default() }
    }

    /// Only this file.
    pub fn from_file(file: impl Into<PathBuf>) -> Self {
        Self { file: Some(file.into()), ..Self::default() }
    }

    /// The working directory and the environment of this process.
    pub fn from_process() -> Self {
        let environment = std::env::vars_os()
            .map(|(name, value)| (lossy(name), lossy(value)))
            .filter(|(name, _)| name.starts_with("LONGSHORE_") || name.starts_with("OTEL_"))
            .collect();
        Self { environment, ..Self::default() }
    }

    /// Sets a key, such as `shutdown.grace` or `queue.orders.wait`, from a flag. The last value of
    /// a key counts.
    pub fn set(&mut self, name: &str, key: &str, value: FlagValue) {
        self.flags.push(Flag { name: name.to_owned(), key: key.to_owned(), value });
    }

    /// Adds a queue by name, URL or ARN. Without a `file`, `longshore.toml` is then not read.
    /// Returns the path of the queue's keys.
    pub fn add_queue(&mut self, name: &str, address: &str) -> String {
        let address = QueueAddress::from(address);
        let label = label_of(&address);
        let (key, value) = (address.key(), address.to_string());
        self.set(name, &format!("{label}.{key}"), FlagValue::Text(value));
        self.queue = Some(label.clone());
        label
    }

    /// The value of a variable, unless it is empty.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

/// The path of a queue's keys.
pub(super) fn label_of(address: &QueueAddress) -> String {
    format!("queue.{}", address.queue_name())
}

fn lossy(text: OsString) -> String {
    text.to_string_lossy().into_owned()
}
