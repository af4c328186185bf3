//! Money: how AWS bills a request, and what polling a queue is forecast to cost.

pub mod forecast;
pub mod pricing;
