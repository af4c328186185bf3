//! The problems of a configuration, each with its place, what was found and what is accepted.

use std::borrow::Cow;
use std::fmt;

use longshore::format::{masked, printable};

use super::place::Place;

/// One problem.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Its place.
    pub place: Place,
    /// What was found.
    pub found: String,
    /// What is accepted, and why.
    pub expected: String,
}

/// All problems of a configuration, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError(pub Vec<Problem>);

/// In three lines, whatever the configuration contains.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, found, expected } = self;
        let found = if found.trim().is_empty() {
            format!("{found:?}")
        } else {
            masked(&without_user(found))
        };
        let place = place.to_string();
        let [place, found, expected] = [&place, &found, expected].map(|text| printable(text));
        write!(f, "{place}\n     found     {found}\n     expected  {expected}")
    }
}

/// What was found, without a user and a password before an `@`. A value with a mistake can be no URL.
fn without_user(found: &str) -> Cow<'_, str> {
    let Some(at) = found.rfind('@') else { return found.into() };
    let start = match found.find("://") {
        Some(scheme) if scheme < at => scheme + "://".len(),
        _ => found[..at].rfind(['"', '\'', ' ', '=']).map_or(0, |before| before + 1),
    };
    format!("{}***{}", &found[..start], &found[at..]).into()
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
