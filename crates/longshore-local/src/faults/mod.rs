//! Failures on demand, so that tests can see how a consumer bears them: which fault, on which action,
//! how often. Off by default; the same seed and the same requests fail in the same way.

mod rule;
mod switch;
mod wire;

pub use rule::{Fault, Rule};
pub use switch::Faults;

pub(crate) use wire::Plan;
