//! One key of the configuration, with its type and its description.

/// The type of a value in `longshore.toml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text with a unit, such as `"20s"` or `"1m 30s"`.
    Duration,
    /// A whole number with its minimum and maximum.
    Count(u64, Option<u64>),
    Number,
    Boolean,
    Text,
    /// An `http` or `https` URL.
    Url,
    /// A program and its arguments.
    Words,
    /// A list of texts, which can be empty.
    Names,
    /// A list of HTTP statuses that can reject a message.
    Statuses,
    /// One of these texts.
    Choice(&'static [&'static str]),
    /// A list of these texts.
    Choices(&'static [&'static str]),
}

/// One key.
pub(super) struct Key {
    /// The path from the top, or from a queue.
    pub(super) path: &'static str,
    pub(super) kind: Kind,
    pub(super) description: &'static str,
    /// The variable of OpenTelemetry or of the AWS tools that sets the same value.
    pub(super) standard: Option<&'static str>,
}

pub(super) const fn key(path: &'static str, kind: Kind, description: &'static str) -> Key {
    Key { path, kind, description, standard: None }
}

/// A key that a variable of OpenTelemetry or of the AWS tools sets too.
pub(super) const fn standard(
    path: &'static str,
    kind: Kind,
    standard: &'static str,
    description: &'static str,
) -> Key {
    Key { path, kind, description, standard: Some(standard) }
}
