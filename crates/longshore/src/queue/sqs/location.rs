//! What a queue's URL implies: server, region and endpoint.
//! <https://docs.aws.amazon.com/general/latest/gr/sqs-service.html>

use std::borrow::Cow;

/// A queue's URL and its server.
#[derive(Debug)]
pub(super) struct Location {
    pub(super) url: String,
    /// Host and port.
    server: Option<(String, u16)>,
}

impl Location {
    pub(super) fn new(url: String) -> Self {
        let server = url.parse::<http::Uri>().ok().and_then(|uri| {
            let default_port = if uri.scheme_str() == Some("https") { 443 } else { 80 };
            Some((uri.host()?.to_owned(), uri.port_u16().unwrap_or(default_port)))
        });
        Self { url, server }
    }

    /// The URL without user and password, for traces.
    pub(super) fn without_user(&self) -> Cow<'_, str> {
        let parts = self.url.split_once("://").zip(authority(&self.url));
        let Some(((scheme, rest), (user, _))) = parts.filter(|(_, (user, _))| !user.is_empty())
        else {
            return self.url.as_str().into();
        };
        format!("{scheme}://{}", &rest[user.len()..]).into()
    }

    /// The host and the port.
    pub(super) fn server(&self) -> Option<(&str, u16)> {
        self.server.as_ref().map(|(host, port)| (host.as_str(), *port))
    }
}

/// The URL of a queue of the same account and region, by its ARN. SQS requires that of a dead-letter
/// queue. <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html>
pub(super) fn sibling(url: &str, arn: &str) -> Option<String> {
    let (parent, _) = url.rsplit_once('/')?;
    let name = arn.rsplit(':').next().filter(|name| !name.is_empty())?;
    Some(format!("{parent}/{name}"))
}

/// The region in the host of a queue's URL, if the host is one of AWS or follows its pattern.
pub fn region(url: &str) -> Option<&str> {
    let host = host(url)?;
    if host == "queue.amazonaws.com" {
        return Some("us-east-1");
    }
    let labels: Vec<&str> = host.split('.').collect();
    labels.windows(2).find_map(|pair| match *pair {
        ["sqs" | "sqs-fips", region] | [region, "queue"] if is_region(region) => Some(region),
        _ => None,
    })
}

/// The endpoint, if the SDK cannot derive it from the region: a VPC endpoint or another server.
/// `None` for the public endpoints of AWS and their legacy names.
pub(super) fn endpoint(url: &str) -> Option<&str> {
    let host = host(url)?;
    let name = host.strip_suffix(".cn").unwrap_or(host).strip_suffix("amazonaws.com");
    let public = name.is_some_and(|name| {
        name.ends_with("queue.")
            || region(url).is_some_and(|region| name == format!("sqs.{region}."))
    });
    (!public).then(|| origin(url)).flatten()
}

/// Whether the host of a URL is this machine.
pub fn is_loopback(url: &str) -> bool {
    let host = host(url).unwrap_or_default();
    host == "localhost" || host.starts_with("127.") || host == "[::1]"
}

/// Scheme, host and port.
fn origin(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split('/').next()?;
    url.get(..scheme.len() + "://".len() + authority.len())
}

/// User and password with their `@`, then host and port.
fn authority(url: &str) -> Option<(&str, &str)> {
    let (_, authority) = origin(url)?.split_once("://")?;
    Some(authority.split_at(authority.rfind('@').map_or(0, |at| at + 1)))
}

fn host(url: &str) -> Option<&str> {
    let (_, authority) = authority(url)?;
    let port = authority.rfind(':').filter(|&colon| !authority[colon..].contains(']'));
    Some(port.map_or(authority, |colon| &authority[..colon]))
}

/// As in `us-gov-west-1`.
fn is_region(label: &str) -> bool {
    let parts: Vec<&str> = label.split('-').collect();
    let (Some(number), true) = (parts.last(), parts.len() >= 3) else { return false };
    number.parse::<u8>().is_ok()
        && parts[..parts.len() - 1].iter().all(|part| part.bytes().all(|b| b.is_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_implies_its_region_and_endpoint() {
        let vpc = "https://vpce-0a-1b.sqs.eu-west-1.vpce.amazonaws.com";
        for (origin, region_named, own_endpoint) in [
            ("https://sqs.us-east-1.amazonaws.com", Some("us-east-1"), false),
            ("https://sqs.cn-north-1.amazonaws.com.cn", Some("cn-north-1"), false),
            ("https://us-west-2.queue.amazonaws.com", Some("us-west-2"), false),
            ("https://queue.amazonaws.com", Some("us-east-1"), false),
            ("https://sqs-fips.us-gov-west-1.amazonaws.com", Some("us-gov-west-1"), true),
            ("https://sqs.eu-central-1.api.aws", Some("eu-central-1"), true),
            (vpc, Some("eu-west-1"), true),
            ("http://sqs.eu-west-3.localhost.localstack.cloud:4566", Some("eu-west-3"), true),
            ("http://sqs.internal:9324", None, true),
            ("http://127.0.0.1:9324", None, true),
            ("http://[::1]:9324", None, true),
        ] {
            let url = format!("{origin}/123456789012/orders");
            assert_eq!(region(&url), region_named, "{url}");
            assert_eq!(endpoint(&url), own_endpoint.then_some(origin), "{url}");
        }
    }

    #[test]
    fn a_dead_letter_queue_is_beside_its_queue() {
        let arn = "arn:aws:sqs:eu-west-1:123456789012:orders-dead";
        for (url, expected) in [
            (
                "https://sqs.eu-west-1.amazonaws.com/123456789012/orders",
                Some("https://sqs.eu-west-1.amazonaws.com/123456789012/orders-dead"),
            ),
            ("http://127.0.0.1:9324/queue/orders", Some("http://127.0.0.1:9324/queue/orders-dead")),
        ] {
            assert_eq!(sibling(url, arn).as_deref(), expected);
            assert_eq!(sibling(url, ""), None);
        }
    }

    #[test]
    fn only_this_machine_is_loopback() {
        for url in ["http://localhost:9324", "http://127.0.0.1/1/q", "http://[::1]:80/q"] {
            assert!(is_loopback(url), "{url}");
        }
        for url in [
            "http://localhost.example.com/",
            "https://sqs.us-east-1.amazonaws.com",
            "http://127.0.0.1:1@example.com/",
            "x",
        ] {
            assert!(!is_loopback(url), "{url}");
        }
    }

    #[test]
    fn a_trace_has_neither_user_nor_password_of_a_url() {
        for (url, shown) in [
            ("http://user:p@ss@sqs.internal:9324/1/q", "http://sqs.internal:9324/1/q"),
            ("https://token@sqs.internal/1/q", "https://sqs.internal/1/q"),
            ("https://sqs.internal/1/q@x", "https://sqs.internal/1/q@x"),
        ] {
            assert_eq!(Location::new(url.to_owned()).without_user(), shown);
        }
        assert!(is_loopback("http://user:password@127.0.0.1:9324/1/q"));
    }
}
