//! The status page: the report of `/slo` for people. The server renders it for each request. The
//! page works without JavaScript; with it, the page refreshes in place.

mod charts;
mod etag;
mod failures;
mod figure;
mod groups;
mod objectives;
mod overview;
mod plots;
mod queue;
mod rates;
mod selection;
mod tiles;
mod verdict_view;
mod view;

use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG};
use axum::http::header::{REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::encoding::Encoding;
use crate::health::Health;
use crate::report::Report;
use crate::telemetry::Metrics;

pub use selection::Selection;

/// Scripts, styles and forms only from and to this server, none inline, and no framing by other
/// pages.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// The status page of this moment, as HTML. It refers to `page.css` and `page.js` in the same
/// directory.
pub fn status_page(metrics: &Metrics, health: &Health, selection: &Selection) -> String {
    view::html(&Report::new(metrics, health), &metrics.queues(), selection)
}

/// The response to a request for the page. It has no body if the client already has this page.
pub(super) fn respond(html: String, request: &HeaderMap, encoding: Encoding) -> Response {
    let tag = etag::of(&html);
    let known = etag::is_known(request, &tag);
    let tag = [(ETAG, HeaderValue::from_str(&tag).expect("a tag is printable ASCII"))];
    if known {
        return (StatusCode::NOT_MODIFIED, tag, headers(), encoding.headers()).into_response();
    }
    (tag, encoding.response(headers(), html)).into_response()
}

fn headers() -> [(HeaderName, &'static str); 5] {
    [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ]
}

/// The style sheet.
pub(super) async fn style() -> Response {
    asset("text/css; charset=utf-8", include_str!("page.css").to_owned() + &plots::style())
}

/// The script.
pub(super) async fn script() -> Response {
    asset("text/javascript; charset=utf-8", include_str!("page.js").to_owned())
}

fn asset(kind: &'static str, text: String) -> Response {
    let headers =
        [(CONTENT_TYPE, kind), (CACHE_CONTROL, "no-cache"), (X_CONTENT_TYPE_OPTIONS, "nosniff")];
    (headers, text).into_response()
}
