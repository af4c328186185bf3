//! The HTTP handler: one POST request for each message.

mod answer;
mod headers;
mod post;

pub use post::{HttpError, HttpHandler};
