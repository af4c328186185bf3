//! How a queue is identified, and which names, URLs and ARNs AWS accepts.

use std::fmt;

const FIFO_SUFFIX: &str = ".fifo";

/// How a queue is identified.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum QueueAddress {
    /// By name, in the account of the credentials. The worker looks up its URL once, at the start.
    Name(String),
    /// By URL, which is used unchanged.
    Url(String),
    /// By ARN, `arn:aws:sqs:REGION:ACCOUNT:NAME`. The worker looks up its URL once, at the start.
    Arn(String),
}

/// A text with a scheme is a URL, one that starts with `arn:` is an ARN, any other is a name.
impl From<&str> for QueueAddress {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

/// See `From<&str>`.
impl From<String> for QueueAddress {
    fn from(text: String) -> Self {
        if text.contains("://") {
            Self::Url(text)
        } else if text.starts_with("arn:") {
            Self::Arn(text)
        } else {
            Self::Name(text)
        }
    }
}

impl fmt::Display for QueueAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Name(text) | Self::Url(text) | Self::Arn(text)) = self;
        f.write_str(text)
    }
}

impl QueueAddress {
    /// The queue's name: the last part of a URL or an ARN.
    pub fn queue_name(&self) -> &str {
        match self {
            Self::Name(name) => name,
            Self::Url(url) => url.rsplit('/').next().unwrap_or(url),
            Self::Arn(arn) => arn.rsplit(':').next().unwrap_or(arn),
        }
    }

    /// The account in a URL or an ARN. A name has none.
    pub fn account(&self) -> Option<&str> {
        match self {
            Self::Name(_) => None,
            Self::Url(url) => url.rsplit('/').nth(1),
            Self::Arn(arn) => arn.split(':').nth(4),
        }
    }

    /// Whether it is a FIFO queue. SQS requires the suffix `.fifo` in the name of each.
    /// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html>
    pub fn is_fifo(&self) -> bool {
        self.queue_name().ends_with(FIFO_SUFFIX)
    }

    /// The key in `longshore.toml`.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Name(_) => "name",
            Self::Url(_) => "url",
            Self::Arn(_) => "arn",
        }
    }

    /// What is accepted instead; `None` if the address is valid.
    pub(super) fn objection(&self) -> Option<&'static str> {
        let name = self.queue_name();
        let (is_valid, expected) = match self {
            Self::Name(_) => (
                is_queue_name(name),
                "a queue name: 1 to 80 letters, digits, hyphens and underscores; that of a FIFO \
                 queue ends with `.fifo`",
            ),
            Self::Url(url) => (
                is_http_url(url) && is_queue_name(name),
                "a queue URL, as in \"https://sqs.us-east-1.amazonaws.com/123456789012/orders\"",
            ),
            Self::Arn(arn) => (
                is_queue_arn(arn),
                "a queue ARN, as in \"arn:aws:sqs:us-east-1:123456789012:orders\"",
            ),
        };
        (!is_valid).then_some(expected)
    }
}

/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html>
fn is_queue_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let base = name.strip_suffix(FIFO_SUFFIX).unwrap_or(name);
    !base.is_empty() && name.len() <= 80 && base.bytes().all(allowed)
}

fn is_queue_arn(arn: &str) -> bool {
    let parts: Vec<&str> = arn.split(':').collect();
    let ["arn", partition, "sqs", region, account, name] = parts[..] else { return false };
    partition.starts_with("aws")
        && !region.is_empty()
        && account.len() == 12
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && is_queue_name(name)
}

/// Whether this is a URL that the HTTP client accepts.
pub fn is_http_url(text: &str) -> bool {
    text.parse::<http::Uri>().is_ok_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https"))
            && uri.host().is_some_and(|host| !host.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_valid(text: &str) -> bool {
        QueueAddress::from(text).objection().is_none()
    }

    #[test]
    fn names_urls_and_arns_that_aws_accepts_are_valid() {
        assert!(is_valid("orders"));
        assert!(is_valid(&"x".repeat(80)));
        assert!(is_valid("https://sqs.us-east-1.amazonaws.com/123456789012/orders"));
        assert!(is_valid("http://127.0.0.1:9324/000000000000/orders"));
        assert!(is_valid("arn:aws:sqs:us-east-1:123456789012:orders"));
        assert!(is_valid("arn:aws-cn:sqs:cn-north-1:123456789012:orders"));
        assert!(is_valid("orders.fifo"));
        assert!(is_valid(&format!("{}.fifo", "x".repeat(75))));
        assert!(is_valid("arn:aws:sqs:us-east-1:123456789012:orders.fifo"));
    }

    #[test]
    fn other_names_urls_and_arns_are_invalid() {
        assert!(!is_valid(""));
        assert!(!is_valid(&"x".repeat(81)));
        assert!(!is_valid("my orders"));
        assert!(!is_valid(".fifo"));
        assert!(!is_valid("orders.fifo.fifo"));
        assert!(!is_valid(&format!("{}.fifo", "x".repeat(76))));
        assert!(!is_valid("ftp://example.com/1/orders"));
        assert!(!is_valid("https://sqs.us-east-1.amazonaws.com/123456789012/"));
        assert!(!is_valid("arn:aws:sns:us-east-1:123456789012:orders"));
        assert!(!is_valid("arn:aws:sqs:us-east-1:1234:orders"));
    }
}
