//! The steps of reading an account.

/// A step of the audit, for a progress bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The queues are listed.
    Listing,
    /// The attributes and tags of this many queues are read. One `Progress::advance` for each.
    Reading(usize),
    /// The metrics are read with this many requests. One `Progress::advance` for each.
    Measuring(usize),
}

/// Is called while an account is read.
pub trait Progress {
    /// A step begins.
    fn begin(&self, step: Step);
    /// A part of the step is done.
    fn advance(&self);
}
