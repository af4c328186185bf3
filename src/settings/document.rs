//! The configuration file: which one it is, its text, and the places in it.

use std::ops::Range;
use std::path::Path;

use toml::de::DeTable;

use super::place::{Place, Position, Source};
use super::problem::Problem;
use super::sources::Sources;

/// The file that is read where none is named.
const USUAL_NAME: &str = "longshore.toml";

/// How much of a value is quoted in a problem, in characters.
const EXCERPT: usize = 60;

/// The text of a configuration file, and the name it goes by.
pub(super) struct Document {
    name: String,
    text: String,
}

impl Document {
    /// Reads the file that `sources` asks for; `None` where it asks for none.
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
        if sources.directory.join(USUAL_NAME).exists() {
            let start = Position { file: USUAL_NAME.to_owned(), line: 1, column: 1 };
            return Self::read(sources, Path::new(USUAL_NAME), Source::File(start)).map(Some);
        }
        Err(nothing_to_read())
    }

    fn read(sources: &Sources, file: &Path, named_by: Source) -> Result<Self, Problem> {
        let name = file.display().to_string();
        match std::fs::read_to_string(sources.directory.join(file)) {
            Ok(text) => Ok(Self { name, text }),
            Err(error) => Err(Problem {
                place: Place { source: named_by, key: String::new() },
                found: format!("{name}: {error}"),
                expected: "a TOML file that can be read".to_owned(),
            }),
        }
    }

    /// The file as a tree of values that know their places, or everything that is not TOML in it.
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
        let position = Position::of(&self.name, &self.text, offset);
        let line = self.text.lines().nth(position.line - 1).unwrap_or_default();
        Problem {
            found: shorten(line.trim()),
            place: Place { source: Source::File(position), key: String::new() },
            expected: format!("TOML: {}", error.message()),
        }
    }

    /// The place of a span.
    pub(super) fn source(&self, span: &Range<usize>) -> Source {
        Source::File(Position::of(&self.name, &self.text, span.start))
    }

    /// What is written in a span, short enough for one line.
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
        found: format!("neither a file nor a queue: there is no {USUAL_NAME} in this directory"),
        expected: "`--config FILE`, or one queue without a file: `--queue orders --http \
                   http://127.0.0.1:8080/` or `--queue orders -- ./handle-order`"
            .to_owned(),
    }
}
