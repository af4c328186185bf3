//! What all pages have in common: the time of the data, and the link that starts a refresh.

use std::time::Duration;

use askama::Template;

use super::figures::{span, time};
use crate::clock::Moment;

pub(super) struct Frame {
    /// The path of this page.
    pub(super) path: String,
    /// Whether the browser loads the page again every 5 seconds. It is off unless a user starts it,
    /// because a refresh closes what is unfolded.
    pub(super) refreshes: bool,
    pub(super) time: Option<String>,
    /// How far the clock was advanced.
    pub(super) ahead: Option<String>,
}

impl Frame {
    /// The same, with how far the clock is ahead.
    pub(super) fn ahead(self, ahead: Duration) -> Self {
        let millis = u64::try_from(ahead.as_millis()).unwrap_or(u64::MAX);
        Self { ahead: (millis > 0).then(|| span(millis)), ..self }
    }

    pub(super) fn new(path: String, refreshes: bool, now: Option<Moment>) -> Self {
        Self { path, refreshes, time: now.map(time), ahead: None }
    }
}

/// The HTML of a page, or the reason why there is none.
pub(super) fn html(page: &impl Template) -> String {
    page.render().unwrap_or_else(|error| format!("cannot render this page: {error}"))
}
