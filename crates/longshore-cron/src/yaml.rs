//! The file as a tree whose nodes know their places. It has no anchors, aliases and tags: a few lines
//! of them could stand for more nodes than fit into memory.

use std::mem;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError};

use super::problem::{FileProblem, Place};

/// `cron.yaml` has four levels.
const DEPTH: usize = 8;

/// What YAML calls null, unless it is in quotes.
const NULLS: [&str; 4] = ["~", "null", "Null", "NULL"];

/// A value and its place.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) value: Value,
}

#[derive(Debug, Clone)]
pub(crate) enum Value {
    /// A text, a number, or nothing.
    Scalar(String),
    List(Vec<Node>),
    /// Keys with their values, in order. A key can occur twice.
    Map(Vec<(Node, Node)>),
}

impl Node {
    /// What was found, in words.
    pub(crate) fn in_words(&self) -> String {
        match &self.value {
            Value::Scalar(text) if text.is_empty() => "nothing".to_owned(),
            Value::Scalar(text) => format!("{text:?}"),
            Value::List(_) => "a list".to_owned(),
            Value::Map(_) => "keys with values".to_owned(),
        }
    }
}

/// The first document of a text; `None` if the text has no document.
pub(crate) fn parse(text: &str) -> Result<Option<Node>, FileProblem> {
    let mut open: Vec<Open> = Vec::new();
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| syntax(&error, text))?;
        let place = place(&span.start);
        let complete = match event {
            Event::Alias(_) => return Err(unsupported(place, "an alias")),
            Event::Scalar(.., Some(_))
            | Event::SequenceStart(_, Some(_))
            | Event::MappingStart(_, Some(_)) => return Err(unsupported(place, "a tag")),
            Event::Scalar(text, style, ..) => {
                let is_null = style == ScalarStyle::Plain && NULLS.contains(&&*text);
                let text = if is_null { String::new() } else { text.into_owned() };
                Some(Node { place, value: Value::Scalar(text) })
            }
            Event::SequenceStart(..) | Event::MappingStart(..) if open.len() == DEPTH => {
                return Err(place.problem("too many levels", "a list of tasks, as in the example"));
            }
            Event::SequenceStart(..) => {
                open.push(Open { place, items: Vec::new(), is_map: false });
                None
            }
            Event::MappingStart(..) => {
                open.push(Open { place, items: Vec::new(), is_map: true });
                None
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop().map(Open::close),
            Event::DocumentEnd => return Ok(None),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) => {
                None
            }
        };
        match (complete, open.last_mut()) {
            (Some(node), Some(parent)) => parent.items.push(node),
            (Some(root), None) => return rest_is_empty(parser, text).map(|()| Some(root)),
            (None, _) => {}
        }
    }
    Ok(None)
}

/// A list or a map whose end has not been read.
struct Open {
    place: Place,
    items: Vec<Node>,
    is_map: bool,
}

impl Open {
    fn close(mut self) -> Node {
        let value = if self.is_map {
            let mut items = mem::take(&mut self.items).into_iter();
            let pairs = std::iter::from_fn(|| Some((items.next()?, items.next()?)));
            Value::Map(pairs.collect())
        } else {
            Value::List(self.items)
        };
        Node { place: self.place, value }
    }
}

/// The end of the document, so that what follows is not ignored.
fn rest_is_empty<'a, I: saphyr_parser::Input>(
    mut parser: Parser<'a, I>,
    text: &str,
) -> Result<(), FileProblem> {
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| syntax(&error, text))?;
        if let Event::DocumentStart(_) = event {
            return Err(place(&span.start).problem("a second document", "one document"));
        }
    }
    Ok(())
}

fn place(marker: &Marker) -> Place {
    Place { line: marker.line(), column: marker.col() + 1 }
}

fn unsupported(place: Place, what: &str) -> FileProblem {
    place.problem(
        what,
        "plain texts, lists and keys. Put a text that starts with * or ! into quotes",
    )
}

fn syntax(error: &ScanError, text: &str) -> FileProblem {
    let place = place(error.marker());
    let line = text.lines().nth(place.line.saturating_sub(1)).unwrap_or_default();
    let starts_alias =
        line.split_once(": ").is_some_and(|(_, value)| value.trim().starts_with('*'));
    let advice = if starts_alias {
        "; put the schedule into quotes, because * has a meaning in YAML"
    } else {
        ""
    };
    place.problem(line.trim().to_owned(), format!("YAML: {}{advice}", error.info()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> (usize, String) {
        let problem = parse(text).unwrap_err();
        (problem.line, format!("{} {}", problem.found, problem.expected))
    }

    #[test]
    fn a_schedule_without_quotes_has_advice() {
        let (line, text) = problem("version: 1\ncron:\n - name: a\n   schedule: * * * * *\n");
        assert_eq!(line, 4);
        assert!(text.contains("put the schedule into quotes"), "{text}");
    }

    #[test]
    fn aliases_tags_deep_levels_and_second_documents_are_refused() {
        for (text, found) in [
            ("a: &x 1\nb: *x\n", "an alias"),
            ("a: !!str 1\n", "a tag"),
            (&"[".repeat(9), "too many levels"),
            ("a: 1\n---\nb: 1\n", "a second document"),
        ] {
            assert!(problem(text).1.starts_with(found), "{text}: {:?}", problem(text));
        }
    }

    #[test]
    fn an_empty_file_has_no_document() {
        for text in ["", "\n", "# only a comment\n"] {
            assert!(parse(text).unwrap().is_none(), "{text:?}");
        }
    }
}
