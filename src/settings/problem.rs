//! What is wrong with a configuration: every problem at once, each with its place, what was found
//! and what was expected.

use std::fmt;

use super::place::Place;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// What stands there.
    pub found: String,
    /// What could stand there instead, and why.
    pub expected: String,
}

/// Everything that is wrong with a configuration, in the order in which a reader meets it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError(pub Vec<Problem>);

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, found, expected } = self;
        write!(f, "{place}\n     found     {found}\n     expected  {expected}")
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => writeln!(f, "1 problem in the configuration")?,
            many => writeln!(f, "{many} problems in the configuration")?,
        }
        for (index, problem) in self.0.iter().enumerate() {
            write!(f, "\n{:>3}. {problem}\n", index + 1)?;
        }
        Ok(())
    }
}
