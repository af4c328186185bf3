//! The settings of a queue: the attributes that `CreateQueue` and `SetQueueAttributes` accept, with
//! their names, ranges and defaults. Measured attributes, such as message counts and timestamps,
//! are not settings.

mod boolean;
mod fifo;
mod name;
mod number;
mod policy;
mod queue;
mod redrive;
mod security;
mod tags;

pub(crate) use fifo::Fifo;
pub(crate) use number::Number;
pub(crate) use policy::{Permission, Policy};
pub(crate) use queue::{QueueAttributes, Settings};
pub(crate) use redrive::RedriveAllowPolicy;
pub(crate) use tags::check_tags;
