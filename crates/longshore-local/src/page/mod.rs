//! The page of the server, for people. It reads the state and changes nothing: no message is
//! received. It works without JavaScript, and escapes all text of clients.

mod figures;
mod frame;
mod link;
mod messages;
mod overview;
mod pollers;
mod problem;
mod queue;
#[cfg(test)]
mod tests;

pub(crate) use link::{Link, queue_of_path};
pub(crate) use overview::overview;
pub(crate) use problem::problem;
pub(crate) use queue::{Form, Visit, queue};

/// The style sheet, which each page refers to as `/page.css`.
pub(crate) const STYLE: &str = include_str!("page.css");
