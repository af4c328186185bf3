//! The page for a request that has no page of its own.

use askama::Template;

use super::frame::{Frame, html};

#[derive(Template)]
#[template(path = "problem.html")]
struct Problem<'a> {
    frame: Frame,
    problem: &'a str,
}

/// A page that says what is wrong.
pub(crate) fn problem(problem: &str) -> String {
    html(&Problem { frame: Frame::new("/".to_owned(), false, None), problem })
}
