//! What all pages have in common: the time of the data, and the link that starts a refresh.

use askama::Template;

use super::figures::time_of_day;
use crate::clock::Moment;

pub(super) struct Frame {
    /// The path of this page.
    pub(super) path: String,
    /// Whether the browser loads the page again every 5 seconds. It is off unless a user starts it,
    /// because a refresh closes what is unfolded.
    pub(super) refreshes: bool,
    pub(super) time: Option<String>,
}

impl Frame {
    pub(super) fn new(path: String, refreshes: bool, now: Option<Moment>) -> Self {
        Self { path, refreshes, time: now.map(time_of_day) }
    }
}

/// The HTML of a page, or the reason why there is none.
pub(super) fn html(page: &impl Template) -> String {
    page.render().unwrap_or_else(|error| format!("cannot render this page: {error}"))
}
