//! A message as its sender wrote it: body, attributes, digests and size. This module does not use
//! queues or deliveries.

mod attribute;
mod content;
mod decimal;
pub(crate) mod digest;
mod validity;

pub(crate) use attribute::{Attribute, Attributes, Value};
pub(crate) use content::Content;
