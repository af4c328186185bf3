//! The attributes a queue is created with and can be changed by: their names, ranges, defaults and
//! how they are told apart. Numbers that are measured (message counts, timestamps) are not settings.

mod complete;
mod encryption;
mod fifo;
mod number;
mod queue_name;
mod redrive;

pub(crate) use complete::{Given, Settings};
pub(crate) use fifo::Fifo;
pub(crate) use number::Number;
pub(crate) use redrive::{RedriveAllowPolicy, RedrivePolicy};
