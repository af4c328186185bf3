//! An HTTP call for each message: its headers, the call, and what the answer means. Knows nothing of
//! what the server does.

mod answer;
mod headers;
mod post;

pub use post::{HttpError, HttpHandler};
