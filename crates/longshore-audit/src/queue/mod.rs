//! One queue, and what is known of it. All checks read only this.

mod attributes;
mod encryption;
mod facts;
mod policy;
mod price;
mod redrive;
mod setting;
mod usage;

pub use attributes::InvalidAttribute;
pub use encryption::Encryption;
pub(crate) use facts::LONGEST_WAIT;
pub use facts::{Place, Queue};
pub use policy::{Policy, Statement};
pub use redrive::{DeadLetterQueue, Redrive, RedriveAllow, Source};
pub use setting::Setting;
pub use usage::{Usage, WorkerCounters};
