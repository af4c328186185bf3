//! Money: how AWS bills requests, which of them are wasted, and what a queue is forecast to cost.

mod busy_month;
pub mod forecast;
mod idle_month;
mod month;
pub mod pricing;
pub mod waste;

pub use busy_month::{BusyCost, BusyMonth};
pub use idle_month::{IDLE_ATTRIBUTES_INTERVAL, IdleCost, IdleMonth};
pub use month::requests_per_month;
