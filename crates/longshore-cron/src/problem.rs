//! A problem of the file, with its place.

use std::fmt;

/// One problem. Lines and columns start at 1; columns count characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileProblem {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
    /// What was found.
    pub found: String,
    /// What is accepted, and why.
    pub expected: String,
}

/// A place in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl Place {
    /// The problem that this was found here.
    pub(crate) fn problem(
        self,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) -> FileProblem {
        let Self { line, column } = self;
        FileProblem { line, column, found: found.into(), expected: expected.into() }
    }
}

/// As in `line 3, column 5`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}
