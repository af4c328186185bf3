//! Loads the settings from all sources: one validated value, or all errors.

use std::collections::BTreeSet;

use toml::de::DeTable;

use super::config::Config;
use super::cron::CronConfig;
use super::document::Document;
use super::effective::Effective;
use super::problem::ConfigError;
use super::queue_settings::QueueSettings;
use super::queues::QueuePart;
use super::routes::RouteDraft;
use super::schema::QueueDraft;
use super::section::Reader;
use super::sources::Sources;
use super::{queues, rules, schema, unknown};

/// A configuration that can be run.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// What the program goes by.
    pub config: Config,
    /// Every value in it and where it came from, in the order of the schema.
    pub effective: Vec<Effective>,
    /// What is no problem but probably not meant. A sentence each.
    pub warnings: Vec<String>,
}

/// Reads, merges and checks.
///
/// # Errors
/// All problems of all sources at once; only a file that is not TOML hides what else is wrong.
pub fn load(sources: &Sources) -> Result<Loaded, ConfigError> {
    let document = Document::find(sources).map_err(|problem| ConfigError(vec![problem]))?;
    let table = match &document {
        Some(document) => document.parse().map_err(ConfigError)?,
        None => DeTable::new(),
    };
    let mut reader = Reader {
        sources,
        document: document.as_ref(),
        keys: BTreeSet::new(),
        variables: BTreeSet::new(),
        effective: Vec::new(),
        problems: Vec::new(),
    };
    let parts = queues::find(&mut reader, &table);
    let (mut config, drafts) = schema::read(&mut reader, &table, &parts);
    unknown::refuse(&mut reader, &table, &parts);
    rules::check(&config, &drafts, &parts, &mut reader);
    let cron = periodic_tasks(&drafts, &parts, &mut reader);
    let mut warnings = unknown::warnings(&reader);
    let Reader { effective, mut problems, .. } = reader;
    if !problems.is_empty() {
        problems.sort();
        return Err(ConfigError(problems));
    }
    let queues = drafts.into_iter().zip(cron);
    config.queues = queues.map(|(draft, cron)| validated(draft, cron)).collect();
    warnings.extend(rules::warnings(&config));
    Ok(Loaded { config, effective, warnings })
}

/// The periodic tasks of each queue.
fn periodic_tasks(
    drafts: &[QueueDraft],
    parts: &[QueuePart<'_>],
    reader: &mut Reader<'_>,
) -> Vec<Option<CronConfig>> {
    let queues = drafts.iter().zip(parts);
    let tasks = queues
        .map(|(draft, part)| draft.cron.load(&part.label, draft.builder.address.is_fifo(), reader));
    tasks.collect()
}

/// A queue without problems.
fn validated(draft: QueueDraft, cron: Option<CronConfig>) -> QueueSettings {
    QueueSettings {
        config: draft.builder.build().expect("every violation was reported"),
        handler: draft.handler,
        routes: draft.routes.into_iter().map(RouteDraft::checked).collect(),
        unrouted: draft.unrouted,
        has_batches: draft.has_batches,
        cron,
    }
}
