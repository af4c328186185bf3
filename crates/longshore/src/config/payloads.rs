//! Payloads that the sender stored in S3, because they were too large for SQS.

/// Which payloads the worker reads from S3 before the handler gets a message. The format is that of
/// the extended clients for SQS in Java and Python.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PayloadsConfig {
    /// The buckets that a message may name. Default: none, and no payload is read.
    pub buckets: Vec<String>,
    /// The largest payload in MiB: 1 to 1,024. Default: 16.
    pub max_mib: usize,
    /// Whether the object is deleted after its message was processed and deleted. Default: false.
    pub delete: bool,
}

impl PayloadsConfig {
    /// Reads payloads from these buckets.
    pub fn new<S: Into<String>>(buckets: impl IntoIterator<Item = S>) -> Self {
        Self { buckets: buckets.into_iter().map(Into::into).collect(), ..Self::default() }
    }

    /// Whether payloads are read.
    pub fn is_on(&self) -> bool {
        !self.buckets.is_empty()
    }

    /// The largest payload in bytes.
    pub fn max_bytes(&self) -> usize {
        self.max_mib << 20
    }
}

impl Default for PayloadsConfig {
    fn default() -> Self {
        Self { buckets: Vec::new(), max_mib: 16, delete: false }
    }
}

/// Whether this can be the name of a bucket: 3 to 63 lower-case letters, digits, dots and hyphens.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
pub(super) fn is_bucket(name: &str) -> bool {
    let is_allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-');
    (3..=63).contains(&name.len()) && name.bytes().all(is_allowed)
}
