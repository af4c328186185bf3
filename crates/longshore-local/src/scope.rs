//! Where a queue is: an account in a region. Queues of two places are apart, even with one name.

use std::sync::Arc;

use hyper::http::request::Parts;

/// An account in a region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Scope {
    pub(crate) region: Arc<str>,
    pub(crate) account: Arc<str>,
}

impl Scope {
    pub(crate) fn new(region: &str, account: &str) -> Self {
        Self { region: region.into(), account: account.into() }
    }

    /// The place that the signature of a request names: its region, and the account if the access
    /// key id is one. A request without a signature is for `home`.
    pub(crate) fn of_request(head: &Parts, home: &Self) -> Self {
        let header = head.headers.get("authorization").and_then(|value| value.to_str().ok());
        let signed = header.and_then(|header| Some(header.split_once("Credential=")?.1.to_owned()));
        let credential = signed.or_else(|| {
            let mut query = form_urlencoded::parse(head.uri.query()?.as_bytes());
            let found = query.find(|(name, _)| name == "X-Amz-Credential");
            found.map(|(_, value)| value.into_owned())
        });
        credential.as_deref().map_or_else(|| home.clone(), |scope| Self::of_credential(scope, home))
    }

    /// Of `KEY/20261130/eu-west-1/sqs/aws4_request`.
    fn of_credential(credential: &str, home: &Self) -> Self {
        let mut parts = credential.split('/');
        let (key, region) = (parts.next().unwrap_or_default(), parts.nth(1).unwrap_or_default());
        Self {
            region: if is_region(region) { region.into() } else { home.region.clone() },
            account: if is_account(key) { key.into() } else { home.account.clone() },
        }
    }

    /// The region and the account of the URL of a queue, as far as it has them, and the name.
    pub(crate) fn of_url<'a>(&self, url: &'a str) -> (Self, &'a str) {
        let mut parts = url.trim_end_matches('/').rsplit('/');
        let name = parts.next().unwrap_or_default();
        let account = parts.next().filter(|account| is_account(account));
        let account = account.unwrap_or(&self.account);
        let region = region_of_url(url).unwrap_or(&self.region);
        (Self::new(region, account), name)
    }

    /// Another account in the same region.
    pub(crate) fn of_account(&self, account: &str) -> Self {
        Self { region: self.region.clone(), account: account.into() }
    }

    /// The place and the name in `arn:aws:sqs:REGION:ACCOUNT:NAME`.
    pub(crate) fn of_arn(arn: &str) -> Option<(Self, &str)> {
        let parts: Vec<&str> = arn.split(':').collect();
        match parts[..] {
            ["arn", _, "sqs", region, account, name] => Some((Self::new(region, account), name)),
            _ => None,
        }
    }

    pub(crate) fn arn(&self, name: &str) -> String {
        format!("arn:aws:sqs:{}:{}:{name}", self.region, self.account)
    }
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.region, self.account)
    }
}

/// The region of a URL in one of the forms of AWS and LocalStack: `sqs.REGION.…`,
/// `REGION.queue.…` and `…/queue/REGION/ACCOUNT/NAME`.
fn region_of_url(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let labels: Vec<&str> = authority.split('.').collect();
    let parts: Vec<&str> = path.split('/').collect();
    let region = match (&labels[..], &parts[..]) {
        (["sqs", region, _, ..] | [region, "queue", ..], _) | (_, ["queue", region, _, _]) => {
            region
        }
        _ => return None,
    };
    Some(*region).filter(|region| is_region(region) && region.contains('-'))
}

fn is_region(text: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=32).contains(&text.len()) && text.chars().all(is_allowed)
}

pub(crate) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.chars().all(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use hyper::Request;

    use super::*;

    fn home() -> Scope {
        Scope::new("us-east-1", "000000000000")
    }

    fn of(uri: &str, authorization: &str) -> Scope {
        let request = Request::builder().uri(uri).header("authorization", authorization);
        Scope::of_request(&request.body(()).unwrap().into_parts().0, &home())
    }

    fn signed(credential: &str) -> Scope {
        of(
            "/",
            &format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=x"),
        )
    }

    #[test]
    fn the_region_is_that_of_the_signature() {
        assert_eq!(
            signed("test/20261130/eu-west-1/sqs/aws4_request"),
            Scope::new("eu-west-1", "000000000000")
        );
        let presigned =
            "/?Action=ListQueues&X-Amz-Credential=test%2F20261130%2Feu-west-1%2Fsqs%2Faws4_request";
        assert_eq!(of(presigned, ""), Scope::new("eu-west-1", "000000000000"));
    }

    #[test]
    fn an_access_key_id_of_twelve_digits_is_an_account() {
        let account = "123456789012/20261130/us-east-1/sqs/aws4_request";
        assert_eq!(signed(account), Scope::new("us-east-1", "123456789012"));
        assert_eq!(signed("12345678901x/20261130/us-east-1/sqs/aws4_request"), home());
        assert_eq!(signed("1234567890123/20261130/us-east-1/sqs/aws4_request"), home());
    }

    #[test]
    fn a_request_without_a_readable_signature_is_for_the_default() {
        for foreign in ["", "test", "test//", "test/20261130/EU West/sqs", "/20261130"] {
            assert_eq!(signed(foreign), home(), "{foreign:?}");
        }
        assert_eq!(signed(&format!("test/20261130/{}/sqs", "x".repeat(33))), home());
        assert_eq!(of("/", "Bearer x"), home());
    }

    #[test]
    fn a_url_can_name_another_account() {
        let other = Scope::new("us-east-1", "123456789012");
        assert_eq!(home().of_url("http://h/123456789012/orders/"), (other, "orders"));
        assert_eq!(home().of_url("http://h/queue/orders"), (home(), "orders"));
        assert_eq!(home().of_url("orders"), (home(), "orders"));
        assert_eq!(home().of_url("http://127.0.0.1:9324/0/orders"), (home(), "orders"));
        let west = Scope::new("eu-west-2", "000000000000");
        for url in [
            "http://sqs.eu-west-2.localhost.localstack.cloud:4566/000000000000/orders",
            "http://eu-west-2.queue.localhost.localstack.cloud:4566/000000000000/orders",
            "http://localhost:4566/queue/eu-west-2/000000000000/orders",
            "https://sqs.eu-west-2.amazonaws.com/000000000000/orders",
        ] {
            assert_eq!(home().of_url(url), (west.clone(), "orders"), "{url}");
        }
        assert_eq!(home().of_url(""), (home(), ""));
    }

    #[test]
    fn an_arn_names_a_place_and_a_queue() {
        let arn = home().arn("orders");
        assert_eq!(arn, "arn:aws:sqs:us-east-1:000000000000:orders");
        assert_eq!(Scope::of_arn(&arn), Some((home(), "orders")));
        for foreign in
            ["", "arn:aws:sns:us-east-1:000000000000:orders", "arn:aws:sqs:a:b", "a:b:sqs:d:e:f"]
        {
            assert_eq!(Scope::of_arn(foreign), None, "{foreign:?}");
        }
    }
}
