//! A message as its sender wrote it: body, attributes, digests and size. It knows nothing of queues
//! or of delivery.

mod attribute;
mod content;
mod filter;
mod validity;

pub(crate) use attribute::{Attribute, Attributes, Value};
pub(crate) use content::Content;
pub(crate) use filter::AttributeFilter;
