//! The seam to SQS: what a queue can do, in terms of the pipeline. Only this room names the SDK;
//! it knows nothing of handlers, leases or slots.

mod message;
pub mod pricing;

pub use message::{AttributeContent, AttributeValue, Message, Receipt};
