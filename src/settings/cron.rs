//! The periodic tasks of a queue: their file, and which worker sends them.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use longshore_cron::{CronFile, FileProblem, MAX_BYTES};

use super::effective::Effective;
use super::place::{Place, Position, Source};
use super::problem::Problem;
use super::section::{Reader, Section};

/// The periodic tasks that are sent to a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CronConfig {
    /// The valid file.
    pub file: CronFile,
    /// Which worker sends them.
    pub sender: CronSender,
    /// How long after its time a missed run is still sent.
    pub grace: Duration,
}

/// Which of several workers sends periodic tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CronSender {
    /// The one that writes first to this table of DynamoDB.
    Table(String),
    /// This one.
    Leader,
    /// Another one.
    Other,
}

/// The settings before they are validated.
#[derive(Debug, Clone)]
pub(super) struct CronDraft {
    path: Option<String>,
    table: Option<String>,
    leader: Option<bool>,
    grace: Duration,
}

/// As in the daemon of Elastic Beanstalk.
const GRACE: Duration = Duration::from_secs(300);
const SHORTEST_GRACE: Duration = Duration::from_secs(60);

const ONE_SENDER: &str = "cron_table = \"longshore-cron\", a table of DynamoDB by which the workers \
                          agree on the one that sends a task; or cron_leader = true on one worker, \
                          and cron_leader = false on the others";

impl Default for CronDraft {
    fn default() -> Self {
        Self { path: None, table: None, leader: None, grace: GRACE }
    }
}

impl CronDraft {
    /// Reads the keys.
    pub(super) fn read(&mut self, section: &mut Section<'_, '_>) {
        section.set("cron", &mut self.path);
        section.set("cron_table", &mut self.table);
        section.set("cron_leader", &mut self.leader);
        section.set("cron_grace", &mut self.grace);
    }

    /// Reads the file, and reports its problems and those of the keys. `None` for a queue without tasks,
    /// and if there are problems.
    pub(super) fn load(
        &self,
        group: &str,
        is_fifo: bool,
        reader: &mut Reader<'_>,
    ) -> Option<CronConfig> {
        let path = self.path.as_deref()?;
        let mut keys = Keys { group, reader };
        let place = keys.place("cron")?;
        if is_fifo {
            let expected = "no periodic tasks for a FIFO queue: their messages have no group, and \
                            Elastic Beanstalk sends them to standard queues only";
            keys.refuse("cron", &format!("cron = {path}"), expected);
        }
        if self.grace < SHORTEST_GRACE {
            let found = format!("cron_grace = {}", humantime::format_duration(self.grace));
            keys.refuse("cron_grace", &found, "1m to 1day");
        }
        let sender = self.decide(&mut keys);
        let file = read(path, &place, reader);
        Some(CronConfig { file: file?, sender: sender?, grace: self.grace })
    }

    fn decide(&self, keys: &mut Keys<'_, '_>) -> Option<CronSender> {
        match (&self.table, self.leader) {
            (Some(table), None | Some(false)) if is_table(table) => {
                Some(CronSender::Table(table.clone()))
            }
            (Some(table), None | Some(false)) => {
                let expected = "the name of a table: 3 to 255 letters, digits, hyphens, dots and \
                                underscores; or its ARN";
                keys.refuse("cron_table", &format!("cron_table = {table}"), expected);
                None
            }
            (None, Some(true)) => Some(CronSender::Leader),
            (None, Some(false)) => Some(CronSender::Other),
            (Some(table), Some(true)) => {
                let found = format!("cron_leader = true and cron_table = {table}");
                keys.refuse("cron_leader", &found, &format!("one of the two: {ONE_SENDER}"));
                None
            }
            (None, None) => {
                keys.refuse("cron", "cron without cron_table and cron_leader", ONE_SENDER);
                None
            }
        }
    }
}

/// The keys of one queue.
struct Keys<'k, 'a> {
    group: &'k str,
    reader: &'k mut Reader<'a>,
}

impl Keys<'_, '_> {
    /// Where a value was set. `None` if it could not be read, which is reported already.
    fn place(&self, key: &str) -> Option<Place> {
        let is_it = |value: &&Effective| value.group == self.group && value.key == key;
        Some(self.reader.effective.iter().find(is_it)?.place.clone())
    }

    fn refuse(&mut self, key: &str, found: &str, expected: &str) {
        let Some(place) = self.place(key) else { return };
        let (found, expected) = (found.to_owned(), expected.to_owned());
        self.reader.report(Problem { place, found, expected });
    }
}

/// Reads a file, whose path starts in the directory of the file that names it.
fn read(path: &str, named_in: &Place, reader: &mut Reader<'_>) -> Option<CronFile> {
    let file = base(named_in).join(path);
    let name = file.display().to_string();
    let text = match text_of(&reader.sources.directory.join(&file)) {
        Ok(text) => text,
        Err(error) => {
            let found = format!("{name}: {error}");
            let expected = "a readable cron.yaml, from the directory of longshore.toml".to_owned();
            reader.report(Problem { place: named_in.clone(), found, expected });
            return None;
        }
    };
    match CronFile::parse(&text) {
        Ok(file) => Some(file),
        Err(problems) => {
            problems.into_iter().for_each(|problem| reader.report(in_file(&name, problem)));
            None
        }
    }
}

/// The text of a file, and of a file that is too large the beginning, which is refused.
fn text_of(file: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    File::open(file)?.take(MAX_BYTES as u64 + 1).read_to_string(&mut text)?;
    Ok(text)
}

/// A path in a variable or a flag starts in the working directory.
fn base(named_in: &Place) -> PathBuf {
    match &named_in.source {
        Source::File(Position { file, .. }) => {
            Path::new(file).parent().unwrap_or(Path::new("")).to_owned()
        }
        Source::Variable(_) | Source::Flag(_) | Source::Default => PathBuf::new(),
    }
}

fn in_file(file: &str, problem: FileProblem) -> Problem {
    let FileProblem { line, column, found, expected } = problem;
    let source = Source::File(Position { file: file.to_owned(), line, column });
    Problem { place: Place { source, key: String::new() }, found, expected }
}

/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html>
fn is_table(name: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let name = match name.strip_prefix("arn:") {
        None => name,
        Some(arn) => match arn.split_once(":table/") {
            Some((_, name)) => name,
            None => return false,
        },
    };
    (3..=255).contains(&name.len()) && name.bytes().all(is_allowed)
}
