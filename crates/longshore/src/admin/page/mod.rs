//! The status page: what `/slo` says, for people. Made on the server when somebody asks and not before;
//! it needs no script, and with one it is refreshed in place.

mod course;
mod figures;
mod objectives;
mod pictures;
mod plots;
mod queue;
mod view;

use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName};
use axum::http::header::{REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse, Response};

use crate::health::Health;
use crate::slo::Report;
use crate::telemetry::Metrics;

/// From here and nowhere else, no code or style in the page itself, and in no frame of others.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The status page of a worker as it is now, as HTML. It wants its `page.css` and `page.js` beside it.
pub fn status_page(metrics: &Metrics, health: &Health) -> String {
    view::html(&Report::of(metrics, health), &metrics.queues())
}

pub(super) fn answer(metrics: &Metrics, health: &Health) -> Response {
    let html = status_page(metrics, health);
    let headers: [(HeaderName, &str); 5] = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, html).into_response()
}

/// Its style sheet.
pub(super) async fn style() -> Response {
    asset("text/css; charset=utf-8", include_str!("page.css").to_owned() + &plots::style())
}

/// Its script.
pub(super) async fn script() -> Response {
    asset("text/javascript; charset=utf-8", include_str!("page.js").to_owned())
}

fn asset(kind: &'static str, text: String) -> Response {
    let headers =
        [(CONTENT_TYPE, kind), (CACHE_CONTROL, "no-cache"), (X_CONTENT_TYPE_OPTIONS, "nosniff")];
    (headers, text).into_response()
}
