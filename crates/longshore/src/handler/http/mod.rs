//! The HTTP handler: one POST request for each message.

mod answer;
mod batch;
mod headers;
mod lambda;
mod periodic;
mod post;
mod reject_status;

pub use lambda::LambdaUrlHandler;
pub use post::{HttpError, HttpHandler};
pub use reject_status::{RejectStatus, RejectStatusError};
