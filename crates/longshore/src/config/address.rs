//! How queues and URLs are written: what AWS accepts, checked before AWS is asked.

use super::options::QueueAddress;

/// What is wrong with a queue's address; `None` where nothing is.
pub fn objection(address: &QueueAddress) -> Option<&'static str> {
    let name = address.queue_name();
    if name.ends_with(".fifo") {
        return Some(
            "a standard queue: FIFO queues are not worked yet, since the order within a message \
             group would not be kept",
        );
    }
    let (sound, expected) = match address {
        QueueAddress::Name(_) => {
            (is_queue_name(name), "a queue name: 1 to 80 letters, digits, hyphens and underscores")
        }
        QueueAddress::Url(url) => (
            is_http_url(url) && is_queue_name(name),
            "a queue's URL, as in \"https://sqs.us-east-1.amazonaws.com/123456789012/orders\"",
        ),
        QueueAddress::Arn(arn) => (
            is_queue_arn(arn),
            "a queue's ARN, as in \"arn:aws:sqs:us-east-1:123456789012:orders\"",
        ),
    };
    (!sound).then_some(expected)
}

/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html>
fn is_queue_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=80).contains(&name.len()) && name.bytes().all(allowed)
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

/// Whether the HTTP client that will ask it can make sense of it.
pub fn is_http_url(text: &str) -> bool {
    text.parse::<http::Uri>().is_ok_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https"))
            && uri.host().is_some_and(|host| !host.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_sound(text: &str) -> bool {
        objection(&QueueAddress::from(text)).is_none()
    }

    #[test]
    fn names_urls_and_arns_that_aws_accepts_are_sound() {
        assert!(is_sound("orders"));
        assert!(is_sound(&"x".repeat(80)));
        assert!(is_sound("https://sqs.us-east-1.amazonaws.com/123456789012/orders"));
        assert!(is_sound("http://127.0.0.1:9324/000000000000/orders"));
        assert!(is_sound("arn:aws:sqs:us-east-1:123456789012:orders"));
        assert!(is_sound("arn:aws-cn:sqs:cn-north-1:123456789012:orders"));
    }

    #[test]
    fn others_are_not() {
        assert!(!is_sound(""));
        assert!(!is_sound(&"x".repeat(81)));
        assert!(!is_sound("my orders"));
        assert!(!is_sound("ftp://example.com/1/orders"));
        assert!(!is_sound("https://sqs.us-east-1.amazonaws.com/123456789012/"));
        assert!(!is_sound("arn:aws:sns:us-east-1:123456789012:orders"));
        assert!(!is_sound("arn:aws:sqs:us-east-1:1234:orders"));
    }

    #[test]
    fn fifo_queues_are_refused_with_the_reason_however_they_are_named() {
        for text in ["orders.fifo", "arn:aws:sqs:us-east-1:123456789012:orders.fifo"] {
            let objection = objection(&QueueAddress::from(text)).unwrap();
            assert!(objection.contains("order within a message group"), "{objection}");
        }
    }
}
