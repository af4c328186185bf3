//! Settings that break a rule.

use std::fmt;

/// A rule that one or more settings break.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// The settings, by their keys in `longshore.toml`, such as `slo.latency.objective`, and their
    /// values.
    pub settings: Vec<(&'static str, String)>,
    /// What is accepted, and why.
    pub expected: String,
}

/// A configuration that cannot be used. Lists every violation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub struct InvalidConfig {
    /// What is configured, such as ``queue `orders` ``.
    pub subject: String,
    /// The violations; at least one.
    pub violations: Vec<Violation>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (key, value)) in self.settings.iter().enumerate() {
            let and = if index > 0 { " and " } else { "" };
            write!(f, "{and}{key} = {value}")?;
        }
        write!(f, "; expected {}", self.expected)
    }
}

impl fmt::Display for InvalidConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid configuration of {}", self.subject)?;
        for violation in &self.violations {
            write!(f, "\n  {violation}")?;
        }
        Ok(())
    }
}

/// Collects violations.
#[derive(Debug, Default)]
pub(crate) struct Violations(Vec<Violation>);

impl Violations {
    /// Adds a violation of these settings unless the rule holds.
    pub(crate) fn require(
        &mut self,
        holds: bool,
        settings: &[(&'static str, &dyn fmt::Display)],
        expected: impl Into<String>,
    ) {
        if !holds {
            let settings = settings.iter().map(|(key, value)| (*key, value.to_string())).collect();
            self.0.push(Violation { settings, expected: expected.into() });
        }
    }

    pub(crate) fn into_vec(self) -> Vec<Violation> {
        self.0
    }

    /// An error if there is any violation.
    pub(crate) fn check(self, subject: impl Into<String>) -> Result<(), InvalidConfig> {
        if self.0.is_empty() {
            return Ok(());
        }
        Err(InvalidConfig { subject: subject.into(), violations: self.0 })
    }
}
