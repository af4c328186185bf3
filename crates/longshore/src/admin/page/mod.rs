//! The status page: the report of `/slo` for people. The server renders it for each request. The
//! page works without JavaScript; with it, the page refreshes in place.

mod charts;
mod figure;
mod objectives;
mod plots;
mod queue;
mod rates;
mod verdict_view;
mod view;

use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName};
use axum::http::header::{REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse, Response};

use crate::health::Health;
use crate::report::Report;
use crate::telemetry::Metrics;

/// Scripts and styles only from this server, none inline, and no framing by other pages.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The status page of this moment, as HTML. It refers to `page.css` and `page.js` in the same
/// directory.
pub fn status_page(metrics: &Metrics, health: &Health) -> String {
    view::html(&Report::new(metrics, health), &metrics.queues())
}

/// The headers of the status page.
pub(super) fn headers() -> [(HeaderName, &'static str); 5] {
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
