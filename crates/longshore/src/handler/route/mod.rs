//! Routes: several handlers of one queue, and which of them gets a message.

mod condition;
mod matching;
mod routes;
mod unrouted;

pub use condition::{Condition, InvalidPointer};
pub(crate) use matching::Matching;
pub(crate) use routes::OTHERS;
pub(crate) use routes::Route;
pub use routes::{MAX_ROUTES, ROUTE_NAME, Routes, is_route_name};
