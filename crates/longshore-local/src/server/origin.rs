//! Refuses what the pages of other web sites send. Each page in a browser can send a form to
//! 127.0.0.1, so without this check any page could purge the queues of a developer.

use hyper::header::{HOST, HeaderValue, ORIGIN};
use hyper::http::request::Parts;
use hyper::{Method, StatusCode};

use super::response::{HttpResponse, new_response};
use super::target::TARGET;

const FETCH_SITE: &str = "sec-fetch-site";

/// Whether a browser sent the request for a page of another origin, and the request could change
/// something. Programs that are not browsers do not send these headers.
pub(super) fn is_foreign(head: &Parts) -> bool {
    // A browser asks before it sends this header to another origin, and this server does not agree.
    if head.headers.contains_key(TARGET) || only_reads(head) {
        return false;
    }
    let text = |name: &str| head.headers.get(name).map(HeaderValue::to_str);
    match (text(FETCH_SITE), text(ORIGIN.as_str()), text(HOST.as_str())) {
        (Some(site), _, _) => !matches!(site, Ok("same-origin" | "none")),
        (None, Some(Ok(origin)), Some(Ok(host))) => {
            let authority = origin.split_once("://").map(|(_, authority)| authority);
            !authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host))
        }
        (None, Some(_), _) => true,
        (None, None, _) => false,
    }
}

/// Whether the request is a link to a page. A large queue makes other answers expensive.
fn only_reads(head: &Parts) -> bool {
    let query = head.uri.query().unwrap_or_default();
    matches!(head.method, Method::GET | Method::HEAD)
        && !head.uri.path().starts_with("/_")
        && !form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "Action")
}

/// In plain text, because a browser shows it to a person.
pub(super) fn refusal() -> HttpResponse {
    let message = "A page of another origin sent this request, so it is refused. Send it from the \
                   page of this server, or without a browser.\n";
    new_response(StatusCode::FORBIDDEN, HeaderValue::from_static("text/plain"), message)
}

#[cfg(test)]
mod tests {
    use hyper::Request;

    use super::*;

    fn foreign(method: &str, uri: &str, headers: &[(&str, &str)]) -> bool {
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers.iter().chain(&[("host", "127.0.0.1:9324")]) {
            request = request.header(*name, *value);
        }
        is_foreign(&request.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn a_form_of_another_origin_is_foreign() {
        for headers in [
            [("sec-fetch-site", "cross-site")],
            [("sec-fetch-site", "same-site")],
            [("origin", "http://evil.example")],
            [("origin", "http://127.0.0.1:8080")],
            [("origin", "null")],
        ] {
            assert!(foreign("POST", "/queues/orders/purge", &headers), "{headers:?}");
            assert!(foreign("POST", "/", &headers), "{headers:?}");
            assert!(foreign("GET", "/?Action=PurgeQueue&QueueUrl=x", &headers), "{headers:?}");
            assert!(foreign("GET", "/_aws/sqs/messages", &headers), "{headers:?}");
            assert!(!foreign("GET", "/", &headers), "a link to the page is followed: {headers:?}");
        }
    }

    #[test]
    fn the_page_and_programs_are_not_foreign() {
        for headers in [
            &[][..],
            &[("origin", "http://127.0.0.1:9324")],
            &[("origin", "http://127.0.0.1:9324"), ("sec-fetch-site", "same-origin")],
            &[("sec-fetch-site", "none")],
            &[("origin", "http://evil.example"), ("x-amz-target", "AmazonSQS.SendMessage")],
        ] {
            assert!(!foreign("POST", "/queues/orders/purge", headers), "{headers:?}");
        }
    }
}
