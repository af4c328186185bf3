//! Reads keys from all layers, and records the known keys, the effective values and the problems.
//! Each key is named once, where it is read; its place, its source and its variable follow from
//! that.

use std::collections::BTreeSet;

use longshore::format::masked;
use toml::de::{DeTable, DeValue};

use super::document::Document;
use super::effective::Effective;
use super::place::{Place, Source};
use super::problem::Problem;
use super::setting::{RawValue, Setting};
use super::sources::{FlagValue, Sources};

/// The state that all sections of one load share.
pub(super) struct Reader<'a> {
    pub(super) sources: &'a Sources,
    pub(super) document: Option<&'a Document>,
    /// The paths of all known keys.
    pub(super) keys: BTreeSet<String>,
    /// The names of all known variables.
    pub(super) variables: BTreeSet<String>,
    pub(super) effective: Vec<Effective>,
    pub(super) problems: Vec<Problem>,
}

impl Reader<'_> {
    /// Adds a problem once, because a key of `[defaults]` is read for every queue.
    pub(super) fn report(&mut self, problem: Problem) {
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }
}

/// A layer of a section, and the path of its keys there.
#[derive(Clone)]
pub(super) struct Layer<'a> {
    pub(super) kind: LayerKind<'a>,
    pub(super) path: String,
}

/// The kinds of layers.
#[derive(Clone, Copy)]
pub(super) enum LayerKind<'a> {
    Flags,
    Variables,
    /// A table of the file, and its offset.
    Table(&'a DeTable<'a>, usize),
}

/// A group of keys in all its layers, strongest first.
pub(super) struct Section<'r, 'a> {
    pub(super) reader: &'r mut Reader<'a>,
    /// The group of its effective values.
    pub(super) group: String,
    /// The prefix of its keys in that group.
    pub(super) prefix: String,
    pub(super) layers: Vec<Layer<'a>>,
}

/// The problem was reported already.
pub(super) struct Reported;

struct Candidate<'a> {
    raw: RawValue<'a>,
    found: String,
    place: Place,
}

impl<'a> Section<'_, 'a> {
    /// Sets `value` from the strongest layer that has the key. Weaker layers are read too, so that
    /// their mistakes are reported now.
    pub(super) fn set<T: Setting>(&mut self, key: &str, value: &mut T) {
        let candidates = self.candidates(key, None);
        self.decide(key, candidates, value);
    }

    /// The same for a key with a variable of OpenTelemetry or of the AWS tools. That variable is
    /// weaker than the key's own variable, and stronger than the file.
    pub(super) fn set_as<T: Setting>(&mut self, key: &str, standard: &str, value: &mut T) {
        let candidates = self.candidates(key, Some(standard));
        self.decide(key, candidates, value);
    }

    fn decide<T: Setting>(&mut self, key: &str, candidates: Vec<Candidate<'a>>, value: &mut T) {
        let key_here = format!("{}{key}", self.prefix);
        let mut place = Place { source: Source::Default, key: join(&self.group, &key_here) };
        let mut sound = true;
        for candidate in candidates.into_iter().rev() {
            match T::read(&candidate.raw) {
                Ok(read) => (*value, place) = (read, candidate.place),
                Err(expected) => {
                    sound = false;
                    let Candidate { place, found, .. } = candidate;
                    self.reader.report(Problem { place, found, expected });
                }
            }
        }
        if sound {
            let group = self.group.clone();
            self.reader.effective.push(Effective {
                group,
                key: key_here,
                // A URL can contain a password, an argument a token.
                value: masked(&value.show()),
                place,
            });
        }
    }

    /// Which of these alternative keys is set, by the strongest layer that has any.
    pub(super) fn one_of(
        &mut self,
        keys: &[&'static str],
    ) -> Result<Option<&'static str>, Reported> {
        for layer in self.layers.clone() {
            let raw: Vec<_> = keys
                .iter()
                .filter_map(|key| self.lookup(&layer, key).pop().map(|candidate| (*key, candidate)))
                .collect();
            match &raw[..] {
                [] => {}
                [(key, _)] => return Ok(Some(key)),
                [.., (_, last)] => {
                    let found: Vec<_> = raw
                        .iter()
                        .map(|(key, candidate)| format!("{key} = {}", candidate.found))
                        .collect();
                    self.reader.report(Problem {
                        place: last.place.clone(),
                        found: found.join(" and "),
                        expected: format!("one of {}", keys.join(", ")),
                    });
                    return Err(Reported);
                }
            }
        }
        Ok(None)
    }

    /// Reads what only a queue itself can have: `[defaults]` must not give all queues one address.
    pub(super) fn with_own_layers<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        let own = self.layers.iter().filter(|layer| layer.path == self.group).cloned().collect();
        let all = std::mem::replace(&mut self.layers, own);
        let result = read(self);
        self.layers = all;
        result
    }

    /// The section inside this one.
    pub(super) fn child(&mut self, key: &str) -> Section<'_, 'a> {
        let layers = self.layers.clone();
        let layers = layers.iter().filter_map(|layer| self.inner_layer(layer, key)).collect();
        let (group, prefix) = if self.group.is_empty() {
            (key.to_owned(), String::new())
        } else {
            (self.group.clone(), format!("{}{key}.", self.prefix))
        };
        Section { reader: self.reader, group, prefix, layers }
    }

    fn inner_layer(&mut self, layer: &Layer<'a>, key: &str) -> Option<Layer<'a>> {
        let path = join(&layer.path, key);
        let LayerKind::Table(table, _) = layer.kind else {
            return Some(Layer { kind: layer.kind, path });
        };
        let value = table.get(key)?;
        if let DeValue::Table(inner) = value.get_ref() {
            return Some(Layer { kind: LayerKind::Table(inner, value.span().start), path });
        }
        let Candidate { place, found, .. } = self.in_file(path, value)?;
        let expected = format!("a table: `{key} = {{ … }}` or `[{}]`", place.key);
        self.reader.report(Problem { place, found, expected });
        None
    }

    /// Reports a missing key of this section.
    pub(super) fn report_missing(&mut self, found: &str, expected: &str) {
        let table = self.layers.iter().find_map(|layer| match layer.kind {
            LayerKind::Table(_, start) => Some(self.reader.document?.source(&(start..start))),
            LayerKind::Flags | LayerKind::Variables => None,
        });
        let source = table.unwrap_or_else(|| Source::Flag("--queue".to_owned()));
        let key = match self.prefix.strip_suffix('.') {
            Some(inner) => join(&self.group, inner),
            None => self.group.clone(),
        };
        let place = Place { source, key };
        let (found, expected) = (found.to_owned(), expected.to_owned());
        self.reader.report(Problem { place, found, expected });
    }

    /// Reports the value of a key that was set.
    pub(super) fn refuse(&mut self, key: &str, expected: &str) {
        if let Some(Candidate { place, found, .. }) = self.candidates(key, None).into_iter().next()
        {
            self.reader.report(Problem { place, found, expected: expected.to_owned() });
        }
    }

    /// All values of a key, strongest first.
    fn candidates(&mut self, key: &str, standard: Option<&str>) -> Vec<Candidate<'a>> {
        let mut candidates = Vec::new();
        for layer in self.layers.clone() {
            candidates.extend(self.lookup(&layer, key));
            if let (LayerKind::Variables, Some(name)) = (layer.kind, standard) {
                candidates.extend(self.in_variable(name.to_owned(), join(&layer.path, key)));
            }
        }
        candidates
    }

    fn lookup(&mut self, layer: &Layer<'a>, key: &str) -> Vec<Candidate<'a>> {
        let path = join(&layer.path, key);
        self.reader.keys.insert(path.clone());
        match layer.kind {
            LayerKind::Flags => self.in_flags(&path),
            LayerKind::Variables => self.in_variables(path).into_iter().collect(),
            LayerKind::Table(table, _) => {
                table.get(key).and_then(|value| self.in_file(path, value)).into_iter().collect()
            }
        }
    }

    fn in_flags(&self, path: &str) -> Vec<Candidate<'a>> {
        let flags = self.reader.sources.flags.iter().rev().filter(|flag| flag.key == path);
        flags
            .map(|flag| {
                let (raw, found) = match &flag.value {
                    FlagValue::Text(text) => (RawValue::Text(text), text.clone()),
                    FlagValue::Words(words) => (RawValue::Words(words), format!("{words:?}")),
                };
                let source = Source::Flag(flag.name.clone());
                Candidate { raw, found, place: Place { source, key: path.to_owned() } }
            })
            .collect()
    }

    fn in_variables(&mut self, key: String) -> Option<Candidate<'a>> {
        let name = format!("LONGSHORE_{}", key.replace('.', "_").to_ascii_uppercase());
        self.in_variable(name, key)
    }

    fn in_variable(&mut self, name: String, key: String) -> Option<Candidate<'a>> {
        self.reader.variables.insert(name.clone());
        let text = self.reader.sources.variable(&name)?;
        let place = Place { source: Source::Variable(name), key };
        Some(Candidate { raw: RawValue::Text(text), found: text.to_owned(), place })
    }

    fn in_file(&self, key: String, value: &'a toml::Spanned<DeValue<'a>>) -> Option<Candidate<'a>> {
        let document = self.reader.document?;
        let source = document.source(&value.span());
        Some(Candidate {
            raw: RawValue::Toml(value.get_ref()),
            found: document.excerpt(value.span()),
            place: Place { source, key },
        })
    }
}

/// The path of a key in a table.
pub(super) fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}
