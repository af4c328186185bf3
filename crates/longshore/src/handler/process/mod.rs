//! Processes that belong to the worker: none outlives it. Knows nothing of messages.

pub(super) mod anonymous_file;
mod group;
mod guard;
mod inherited;
mod lines;
mod output;
mod program;

pub(super) use group::ProcessGroup;
pub(super) use inherited::{PREFIX, TRACE, inherited_names};
pub(super) use lines::Line;
pub(super) use output::Output;
pub(super) use program::check_program;
