//! Finds the queues in all sources, before their settings are read.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::place::{Place, Source};
use super::problem::Problem;
use super::section::{Layer, LayerKind, Reader, Section};
use super::sources::label_of;
use longshore::config::QueueAddress;

/// A queue in the file or on the command line.
pub(super) struct QueuePart<'a> {
    /// The path of its keys: `queue.orders`, or its number if it has no name.
    pub(super) label: String,
    /// Its table and the offset of the table, if it is in the file.
    pub(super) table: Option<(&'a DeTable<'a>, usize)>,
}

impl<'a> QueuePart<'a> {
    /// Its section: its own layers, then those of all queues.
    pub(super) fn section<'r>(
        &self,
        reader: &'r mut Reader<'a>,
        fallback: &[Layer<'a>],
    ) -> Section<'r, 'a> {
        let table = self.table.map(|(table, start)| LayerKind::Table(table, start));
        let kinds = [Some(LayerKind::Flags), table].into_iter().flatten();
        let own = kinds.map(|kind| Layer { kind, path: self.label.clone() });
        let layers = own.chain(fallback.iter().cloned()).collect();
        Section { reader, group: self.label.clone(), prefix: String::new(), layers }
    }
}

/// The queues of the file in order, then the queue of the command line.
pub(super) fn find<'a>(reader: &mut Reader<'a>, table: &'a DeTable<'a>) -> Vec<QueuePart<'a>> {
    reader.keys.insert("queue".to_owned());
    let mut parts = table.get("queue").map_or_else(Vec::new, |queues| in_file(reader, queues));
    let flagged = reader.sources.queue.clone();
    parts.extend(flagged.map(|label| QueuePart { label, table: None }));
    for index in 0..parts.len() {
        let (before, part) = (&parts[..index], &parts[index]);
        if before.iter().any(|other| other.label == part.label) {
            reader.report(named_twice(reader, part));
            parts[index].label = number(index);
        }
    }
    if parts.is_empty() && reader.problems.is_empty() {
        reader.report(no_queue(reader));
    }
    parts
}

fn in_file<'a>(reader: &mut Reader<'a>, value: &'a Spanned<DeValue<'a>>) -> Vec<QueuePart<'a>> {
    let DeValue::Array(queues) = value.get_ref() else {
        reader.report(not_a_queue(reader, value.span()));
        return Vec::new();
    };
    let mut parts = Vec::new();
    for (index, queue) in queues.iter().enumerate() {
        if let DeValue::Table(table) = queue.get_ref() {
            let table = (table, queue.span().start);
            parts.push(QueuePart { label: label(table.0, index), table: Some(table) });
        } else {
            reader.report(not_a_queue(reader, queue.span()));
        }
    }
    parts
}

fn label(table: &DeTable<'_>, index: usize) -> String {
    let text = |key: &str| table.get(key)?.get_ref().as_str();
    if let Some(label) = text("label") {
        return format!("queue.{label}");
    }
    let address = ["name", "url", "arn"].iter().find_map(|key| text(key));
    match address {
        Some(address) => label_of(&QueueAddress::from(address)),
        None => number(index),
    }
}

/// The label of a queue without a name.
fn number(index: usize) -> String {
    format!("queue #{}", index + 1)
}

fn not_a_queue(reader: &Reader<'_>, span: Range<usize>) -> Problem {
    let found = reader.document.map(|document| document.excerpt(span.clone()));
    Problem {
        place: place(reader, span, "queue"),
        found: found.unwrap_or_default(),
        expected: "[[queue]] with two brackets, because there can be several queues".to_owned(),
    }
}

fn named_twice(reader: &Reader<'_>, part: &QueuePart<'_>) -> Problem {
    let place = match part.table {
        Some((_, start)) => place(reader, start..start, &part.label),
        None => Place { source: Source::Flag("--queue".to_owned()), key: part.label.clone() },
    };
    Problem {
        place,
        found: "a second queue with this name".to_owned(),
        expected:
            "a label that no other queue has, as in label = \"orders-eu\": it names the queue \
                   in metrics and logs"
                .to_owned(),
    }
}

fn no_queue(reader: &Reader<'_>) -> Problem {
    Problem {
        place: place(reader, 0..0, "queue"),
        found: "no queue".to_owned(),
        expected: "at least one: [[queue]], below it name = \"orders\" and \
                   handler = { command = [\"./handle-order\"] }"
            .to_owned(),
    }
}

fn place(reader: &Reader<'_>, span: Range<usize>, key: &str) -> Place {
    let source = reader.document.map_or(Source::Default, |document| document.source(&span));
    Place { source, key: key.to_owned() }
}
