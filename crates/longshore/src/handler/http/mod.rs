//! The HTTP handler: one POST request for each message.

mod answer;
mod batch;
mod headers;
mod post;

pub use post::{HttpError, HttpHandler};
