//! `cron.yaml`: its tasks, or all of its problems.

use super::problem::{FileProblem, Place};
use super::schedule::{Schedule, ScheduleError};
use super::task::Task;
use super::yaml::{self, Node, Value};

/// The largest number of tasks. Each has series of its own.
pub const MAX_TASKS: usize = 100;

/// The largest file, in bytes: 100 tasks of 2.5 KB.
pub const MAX_BYTES: usize = 256 * 1024;
/// The longest name, in bytes. It is a label, and a part of the key of an item in DynamoDB.
const MAX_NAME: usize = 256;
/// The longest path, in bytes.
const MAX_PATH: usize = 2_048;

const EXAMPLE: &str = "version: 1 and a list of tasks, as in `cron: [{name: backup, url: /backup, \
                       schedule: \"0 23 * * *\"}]`";

/// A valid file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CronFile {
    /// Its tasks, in order: at least one.
    pub tasks: Vec<Task>,
}

impl CronFile {
    /// Reads the text of a file.
    ///
    /// # Errors
    /// All problems at once, in their order. If the text is not YAML, only that.
    pub fn parse(text: &str) -> Result<Self, Vec<FileProblem>> {
        let start = Place { line: 1, column: 1 };
        if text.len() > MAX_BYTES {
            let found = format!("{} bytes", text.len());
            return Err(vec![start.problem(found, format!("a file of at most {MAX_BYTES} bytes"))]);
        }
        let root = yaml::parse(text).map_err(|problem| vec![problem])?;
        let root = root.ok_or_else(|| vec![start.problem("an empty file", EXAMPLE)])?;
        let mut reader = Reader { problems: Vec::new() };
        let tasks = reader.file(&root);
        if reader.problems.is_empty() {
            return Ok(Self { tasks });
        }
        reader.problems.sort();
        Err(reader.problems)
    }
}

/// The problems so far.
struct Reader {
    problems: Vec<FileProblem>,
}

impl Reader {
    fn file(&mut self, root: &Node) -> Vec<Task> {
        let Some([version, cron]) = self.keys(root, ["version", "cron"], EXAMPLE) else {
            return Vec::new();
        };
        if let Some(version) = version.filter(|version| !is_one(version)) {
            self.refuse(version, "1, which is the only version");
        }
        let Some(cron) = cron else { return Vec::new() };
        let Value::List(items) = &cron.value else {
            self.refuse(cron, "a list of tasks, each with name, url and schedule");
            return Vec::new();
        };
        if items.is_empty() || items.len() > MAX_TASKS {
            let found = format!("{} tasks", items.len());
            self.problems.push(cron.place.problem(found, format!("1 to {MAX_TASKS} tasks")));
        }
        self.tasks(items)
    }

    fn tasks(&mut self, items: &[Node]) -> Vec<Task> {
        let mut named: Vec<(&str, Place)> = Vec::new();
        let mut tasks = Vec::new();
        for item in items {
            let expected = "a task: name, url and schedule";
            let Some([name, url, schedule]) =
                self.keys(item, ["name", "url", "schedule"], expected)
            else {
                continue;
            };
            let name = name.and_then(|node| Some((self.name(node)?, node.place)));
            if let Some((name, place)) = name {
                match named.iter().find(|(other, _)| *other == name) {
                    Some((_, first)) => self.problems.push(place.problem(
                        format!("a second task with the name {name:?}"),
                        format!("a name that no other task has; the first one is in {first}"),
                    )),
                    None => named.push((name, place)),
                }
            }
            let path = url.and_then(|node| self.path(node));
            let schedule = schedule.and_then(|node| self.schedule(node));
            if let (Some((name, _)), Some(path), Some(schedule)) = (name, path, schedule) {
                tasks.push(Task { name: name.to_owned(), path: path.to_owned(), schedule });
            }
        }
        tasks
    }

    /// The values of these keys. Reports keys that are missing, unknown or there twice.
    fn keys<'n, const N: usize>(
        &mut self,
        node: &'n Node,
        names: [&str; N],
        expected: &str,
    ) -> Option<[Option<&'n Node>; N]> {
        let Value::Map(pairs) = &node.value else {
            self.refuse(node, expected);
            return None;
        };
        let mut found: [Option<&Node>; N] = [None; N];
        for (key, value) in pairs {
            let known = names
                .iter()
                .position(|name| matches!(&key.value, Value::Scalar(text) if text == name));
            match known {
                None => self.refuse(key, &format!("only the keys {}", names.join(", "))),
                Some(index) if found[index].is_some() => {
                    self.refuse(key, &format!("the key {} once", names[index]));
                }
                Some(index) => found[index] = Some(value),
            }
        }
        for (name, _) in names.iter().zip(&found).filter(|(_, value)| value.is_none()) {
            self.problems.push(node.place.problem(format!("no {name}"), expected));
        }
        Some(found)
    }

    fn name<'n>(&mut self, node: &'n Node) -> Option<&'n str> {
        let is_name = |text: &str| {
            !text.trim().is_empty() && text.len() <= MAX_NAME && !text.contains(char::is_control)
        };
        self.text(node, is_name, "a name of 1 to 256 bytes without control characters")
    }

    fn path<'n>(&mut self, node: &'n Node) -> Option<&'n str> {
        let is_path = |text: &str| {
            let is_local = text.starts_with('/') && !text.starts_with("//");
            is_local
                && text.len() <= MAX_PATH
                && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\' && byte != b'#')
        };
        let expected = "a path of the application that starts with one /, as in /backup. Encode \
                        other characters than those of a URL with %";
        self.text(node, is_path, expected)
    }

    fn text<'n>(
        &mut self,
        node: &'n Node,
        is_valid: impl Fn(&str) -> bool,
        expected: &str,
    ) -> Option<&'n str> {
        match &node.value {
            Value::Scalar(text) if is_valid(text) => Some(text),
            _ => {
                self.refuse(node, expected);
                None
            }
        }
    }

    fn schedule(&mut self, node: &Node) -> Option<Schedule> {
        let Value::Scalar(text) = &node.value else {
            let expected = ScheduleError::Fields(0).expected();
            self.refuse(node, &expected);
            return None;
        };
        match Schedule::parse(text) {
            Ok(schedule) => Some(schedule),
            Err(error) => {
                let found = format!("{text:?}: {error}");
                self.problems.push(node.place.problem(found, error.expected()));
                None
            }
        }
    }

    fn refuse(&mut self, node: &Node, expected: &str) {
        self.problems.push(node.place.problem(node.in_words(), expected));
    }
}

fn is_one(node: &Node) -> bool {
    matches!(&node.value, Value::Scalar(text) if text == "1")
}

#[cfg(test)]
mod tests;
