//! What the loader knows: every key, every variable, and the default of every key.

use std::collections::{BTreeMap, BTreeSet};

use toml::de::DeTable;

use crate::settings::queues;
use crate::settings::schema;
use crate::settings::section::Reader;
use crate::settings::sources::{FlagValue, Sources};

/// What the loader asks for when it reads one queue.
pub(super) struct Known {
    /// The defaults by key, as text. A key without a default has none.
    pub(super) defaults: BTreeMap<String, String>,
    /// All keys; those of a queue without its name.
    pub(super) keys: BTreeSet<String>,
    /// All environment variables.
    pub(super) variables: BTreeSet<String>,
}

/// Reads a queue with each kind of handler that has keys of its own.
pub(super) fn known() -> Known {
    let url = FlagValue::Text("http://127.0.0.1:8080/".to_owned());
    let mut known = known_with("http", url);
    let lambda = known_with("lambda", FlagValue::Words(vec!["bootstrap".to_owned()]));
    known.defaults.extend(lambda.defaults);
    known.keys.extend(lambda.keys);
    known.variables.extend(lambda.variables);
    known
}

/// Reads a configuration of one queue with this handler from flags.
fn known_with(kind: &str, handler: FlagValue) -> Known {
    let mut sources = Sources::default();
    let label = sources.add_queue("--queue", "orders");
    sources.set(&format!("--{kind}"), &format!("{label}.handler.{kind}"), handler);
    let mut reader = Reader {
        sources: &sources,
        document: None,
        keys: BTreeSet::new(),
        variables: BTreeSet::new(),
        effective: Vec::new(),
        problems: Vec::new(),
    };
    let table = DeTable::new();
    let parts = queues::find(&mut reader, &table);
    drop(schema::read(&mut reader, &table, &parts));
    let of_queue = format!("{label}.");
    let key = |path: &str| path.strip_prefix(&of_queue).unwrap_or(path).to_owned();
    let is_setting = |path: &&String| *path != "queue" && !path.starts_with("defaults.");
    // A queue needs a name and a handler. The values of these two are no defaults.
    let given = ["queue.name".to_owned(), format!("queue.handler.{kind}")];
    let value = |effective: &crate::settings::Effective| {
        let path = match effective.group.as_str() {
            "" => effective.key.clone(),
            group if group == label => effective.key.clone(),
            group => format!("{group}.{}", effective.key),
        };
        let prefix = if effective.group == label { "queue." } else { "" };
        (format!("{prefix}{path}"), effective.value.clone())
    };
    Known {
        defaults: reader
            .effective
            .iter()
            .map(value)
            .filter(|(path, _)| !given.contains(path))
            .collect(),
        keys: reader
            .keys
            .iter()
            .filter(is_setting)
            .map(|path| {
                let prefix = if path.starts_with(&of_queue) { "queue." } else { "" };
                format!("{prefix}{}", key(path))
            })
            .collect(),
        variables: reader.variables.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::reference::table::{ADDRESS, LABEL, PROCESS, queue_keys};

    #[test]
    fn the_table_has_every_key_of_the_loader_and_no_other() {
        let process = PROCESS.iter().map(|key| key.path.to_owned());
        let queue = ADDRESS
            .iter()
            .chain([&LABEL])
            .chain(queue_keys())
            .map(|key| format!("queue.{}", key.path));
        let table: BTreeSet<String> = process.chain(queue).collect();
        assert_eq!(known().keys, table);
    }

    #[test]
    fn the_table_has_every_variable_of_the_loader_and_no_other() {
        let name = |path: &str| format!("LONGSHORE_{}", path.replace('.', "_").to_uppercase());
        let own = PROCESS.iter().map(|key| name(key.path));
        let defaults = queue_keys().map(|key| name(&format!("defaults.{}", key.path)));
        let standard = PROCESS.iter().filter_map(|key| key.standard.map(str::to_owned));
        let table: BTreeSet<String> = own.chain(defaults).chain(standard).collect();
        assert_eq!(known().variables, table);
    }
}
