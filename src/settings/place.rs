//! Where a value was written, precisely enough to go there.

use std::fmt;

/// The layer a value comes from, and where in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A place in the configuration file.
    File(Position),
    /// An environment variable, by its name.
    Variable(String),
    /// A flag of the command line, as it is typed.
    Flag(String),
    /// Nothing was said.
    Default,
}

/// A place in a file. Line and column count from one; columns count characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The file, as it was named.
    pub file: String,
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Position {
    /// The place that is `offset` bytes into `text`.
    pub(super) fn of(file: &str, text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            file: file.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

/// Where a key was written, and under which name: a queue's `wait` may be `defaults.wait`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Where to look.
    pub source: Source,
    /// The key's path there. Empty where the problem is not one key's.
    pub key: String,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column } = self;
        write!(f, "{file}:{line}:{column}")
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(position) => write!(f, "{position}"),
            Self::Variable(name) => f.write_str(name),
            Self::Flag(flag) => f.write_str(flag),
            Self::Default => f.write_str("default"),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { source, key } = self;
        if key.is_empty() { write!(f, "{source}") } else { write!(f, "{source}  {key}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one_and_columns_count_characters() {
        let text = "a = 1\nüber = 2\n";
        let at = |offset| {
            let position = Position::of("f", text, offset);
            (position.line, position.column)
        };
        assert_eq!(at(0), (1, 1));
        assert_eq!(at(4), (1, 5));
        assert_eq!(at(text.find('2').unwrap()), (2, 8));
        assert_eq!(at(text.len()), (3, 1));
    }
}
