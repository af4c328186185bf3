//! The responses of the page, with the headers that protect a browser.

use hyper::StatusCode;
use hyper::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};

use super::response::{HttpResponse, new_response};
use crate::page;

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// No scripts. Styles and forms only from and to this server, and no framing by other pages.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; \
                      form-action 'self'; frame-ancestors 'none'";

pub(super) fn html(status: StatusCode, html: String) -> HttpResponse {
    guarded(status, HTML, html)
}

pub(super) fn missing(problem: &str) -> HttpResponse {
    html(StatusCode::NOT_FOUND, page::problem(problem))
}

/// With headers that stop a browser from running anything in it.
pub(super) fn guarded(status: StatusCode, kind: HeaderValue, body: String) -> HttpResponse {
    const HEADERS: [(HeaderName, &str); 4] = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    let mut response = new_response(status, kind, body);
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
