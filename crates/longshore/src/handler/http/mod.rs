//! The HTTP handler: one POST request for each message.

mod answer;
mod batch;
mod headers;
mod lambda;
mod post;

pub use lambda::LambdaUrlHandler;
pub use post::{HttpError, HttpHandler};
