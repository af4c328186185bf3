//! The keys of the file.

use std::path::Path;

use toml::de::DeTable;

use super::queue::{Given, InitMessage, InitQueue, InitRedrive};
use super::reader::{Reader, Value};
use crate::settings::document::Document;
use crate::settings::problem::ConfigError;
use crate::settings::section::join;

/// Reads the queues of the file, in its order.
///
/// # Errors
/// All problems of the file at once. SQS checks the values of attributes when it creates the queues.
pub fn load_init(file: &Path) -> Result<Vec<InitQueue>, ConfigError> {
    let document =
        Document::named_by("--init", file).map_err(|problem| ConfigError(vec![problem]))?;
    let table = document.parse().map_err(ConfigError)?;
    let mut reader = Reader { document: &document, problems: Vec::new() };
    let queues = reader.file(&table);
    if reader.problems.is_empty() {
        return Ok(queues);
    }
    reader.problems.sort();
    Err(ConfigError(reader.problems))
}

const FILE: &[&str] = &["queue"];
const QUEUE: &[&str] = &["name", "attributes", "redrive", "tags", "messages"];
const REDRIVE: &[&str] = &["to", "max_receives"];
const MESSAGE: &[&str] = &["body", "group", "deduplication_id", "delay_seconds"];

impl Reader<'_> {
    fn file(&mut self, table: &DeTable<'_>) -> Vec<InitQueue> {
        self.refuse_unknown(table, "", FILE);
        let Some(value) = table.get("queue") else {
            // A misspelled `queue` is reported already.
            if !self.problems.is_empty() {
                return Vec::new();
            }
            self.report("queue", 0..0, "the queues of the server, each as `[[queue]]`");
            return Vec::new();
        };
        let queues = self.array("queue", value, "the queues of the server, each as `[[queue]]`");
        let queues: Vec<_> = queues.iter().filter_map(|queue| self.queue(queue)).collect();
        self.refuse_repeated(&queues);
        queues
    }

    fn refuse_repeated(&mut self, queues: &[InitQueue]) {
        for (index, InitQueue { name, .. }) in queues.iter().enumerate() {
            if queues[..index].iter().any(|earlier| earlier.name.value == name.value) {
                self.problems
                    .push(name.problem("another name, because an earlier queue has this one"));
            }
        }
    }

    fn queue(&mut self, queue: &Value<'_>) -> Option<InitQueue> {
        let table = self.table("queue", queue, QUEUE)?;
        let name = self.required(table, "queue", queue, "name");
        let attributes = self.pairs(table, "attributes");
        let redrive = table.get("redrive").and_then(|value| self.redrive(value));
        let tags = self.pairs(table, "tags");
        let list = "a list of bodies, or of tables with `body`";
        let messages = table.get("messages").map(|value| self.array("queue.messages", value, list));
        let messages = messages.into_iter().flatten();
        let messages = messages.filter_map(|message| self.message(message)).collect();
        Some(InitQueue {
            name: name?,
            attributes,
            redrive,
            tags: tags.into_iter().map(|(key, tag)| (key, tag.value)).collect(),
            messages,
        })
    }

    fn redrive(&mut self, value: &Value<'_>) -> Option<Given<InitRedrive>> {
        let path = "queue.redrive";
        let table = self.table(path, value, REDRIVE)?;
        let to = self.required(table, path, value, "to");
        let max_receives = match table.get("max_receives") {
            Some(number) => self.integer(&join(path, "max_receives"), number),
            None => {
                self.report(path, value.span(), "the key `max_receives`, which it needs");
                None
            }
        };
        let redrive = InitRedrive { to: to?.value, max_receives: max_receives? };
        Some(self.given(path, value.span(), redrive))
    }

    fn message(&mut self, value: &Value<'_>) -> Option<Given<InitMessage>> {
        let path = "queue.messages";
        if let Some(body) = value.get_ref().as_str() {
            let message = InitMessage { body: body.to_owned(), ..InitMessage::default() };
            return Some(self.given(path, value.span(), message));
        }
        if value.get_ref().as_table().is_none() {
            let expected = format!("a text, or a table with the keys {}", MESSAGE.join(", "));
            self.report(path, value.span(), &expected);
            return None;
        }
        let table = self.table(path, value, MESSAGE)?;
        let body = self.required(table, path, value, "body");
        let group = self.optional(table, path, "group");
        let deduplication_id = self.optional(table, path, "deduplication_id");
        let delay = table.get("delay_seconds");
        let delay_seconds =
            delay.and_then(|number| self.integer(&join(path, "delay_seconds"), number));
        let message = InitMessage { body: body?.value, group, deduplication_id, delay_seconds };
        Some(self.given(path, value.span(), message))
    }
}
