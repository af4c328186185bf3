//! The configuration file: its path, its text, and positions in it.

use std::ops::Range;
use std::path::Path;

use toml::de::DeTable;

use super::place::{Place, Position, Source};
use super::problem::Problem;
use super::sources::Sources;

/// The file that is read by default.
const DEFAULT_NAME: &str = "longshore.toml";

/// Maximum length of a quoted value, in characters.
const EXCERPT: usize = 60;

/// A configuration file.
pub(super) struct Document {
    name: String,
    text: String,
}

impl Document {
    /// Reads the file of these sources; `None` if they need none.
    pub(super) fn find(sources: &Sources) -> Result<Option<Self>, Problem> {
        if let Some(file) = &sources.file {
            return Self::read(sources, file, Source::Flag("--config".to_owned())).map(Some);
        }
        if let Some(file) = sources.variable("LONGSHORE_CONFIG") {
            let named_by = Source::Variable("LONGSHORE_CONFIG".to_owned());
            return Self::read(sources, Path::new(file), named_by).map(Some);
        }
        if sources.queue.is_some() {
            return Ok(None);
        }
        if sources.directory.join(DEFAULT_NAME).exists() {
            let start = Position { file: DEFAULT_NAME.to_owned(), line: 1, column: 1 };
            return Self::read(sources, Path::new(DEFAULT_NAME), Source::File(start)).map(Some);
        }
        Err(nothing_to_read())
    }

    /// Reads a file that a flag names, from the working directory.
    pub(super) fn named_by(flag: &str, file: &Path) -> Result<Self, Problem> {
        Self::read_from(Path::new(""), file, Source::Flag(flag.to_owned()))
    }

    fn read(sources: &Sources, file: &Path, named_by: Source) -> Result<Self, Problem> {
        Self::read_from(&sources.directory, file, named_by)
    }

    fn read_from(directory: &Path, file: &Path, named_by: Source) -> Result<Self, Problem> {
        let name = file.display().to_string();
        match std::fs::read_to_string(directory.join(file)) {
            Ok(text) => Ok(Self { name, text }),
            Err(error) => Err(Problem {
                place: Place { source: named_by, key: String::new() },
                found: format!("{name}: {error}"),
                expected: "a readable TOML file".to_owned(),
            }),
        }
    }

    /// Parses the file, or returns every syntax error.
    pub(super) fn parse(&self) -> Result<DeTable<'_>, Vec<Problem>> {
        let (table, errors) = DeTable::parse_recoverable(&self.text);
        if errors.is_empty() {
            return Ok(table.into_inner());
        }
        let mut problems: Vec<_> = errors.iter().map(|error| self.syntax_problem(error)).collect();
        problems.sort();
        Err(problems)
    }

    fn syntax_problem(&self, error: &toml::de::Error) -> Problem {
        let offset = error.span().map_or(self.text.len(), |span| span.start);
        let position = Position::at_offset(&self.name, &self.text, offset);
        let line = self.text.lines().nth(position.line - 1).unwrap_or_default();
        Problem {
            found: shorten(line.trim()),
            place: Place { source: Source::File(position), key: String::new() },
            expected: format!("TOML: {}", error.message()),
        }
    }

    /// The position of a span.
    pub(super) fn source(&self, span: &Range<usize>) -> Source {
        Source::File(Position::at_offset(&self.name, &self.text, span.start))
    }

    /// The text of a span, cut to one line.
    pub(super) fn excerpt(&self, span: Range<usize>) -> String {
        shorten(self.text.get(span).unwrap_or_default())
    }
}

fn shorten(text: &str) -> String {
    let mut lines = text.lines();
    let line = lines.next().unwrap_or_default();
    let short: String = line.chars().take(EXCERPT).collect();
    let whole = short.len() == line.len() && lines.next().is_none();
    if whole { short } else { format!("{short}…") }
}

fn nothing_to_read() -> Problem {
    Problem {
        place: Place { source: Source::Flag("--config".to_owned()), key: String::new() },
        found: format!("no file and no queue: this directory has no {DEFAULT_NAME}"),
        expected: "`--config FILE`, or one queue without a file: `--queue orders --http \
                   http://127.0.0.1:8080/` or `--queue orders -- ./handle-order`"
            .to_owned(),
    }
}
