//! Objectives as arithmetic: how fast an error budget burns, over which windows that matters, and the
//! Prometheus rules that say so. Knows nothing of the worker that counts the events.

pub mod rules;
pub mod windows;
