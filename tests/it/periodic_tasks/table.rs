//! A table in memory, which evaluates conditions as DynamoDB does.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use longshore::queue::{ConditionalUpdate, FailureKind, Item, QueueError, TableValue, Updated};
use longshore_cron::ItemTable;

/// Cheap to clone; all clones are one table.
#[derive(Debug, Clone, Default)]
pub(super) struct FakeTable(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    items: BTreeMap<String, Item>,
    is_down: bool,
    /// The next updates take effect, and their answers are lost.
    lost_answers: usize,
    requests: usize,
}

impl FakeTable {
    pub(super) fn is_down(&self, is_down: bool) {
        self.0.lock().unwrap().is_down = is_down;
    }

    pub(super) fn lose_answers(&self, answers: usize) {
        self.0.lock().unwrap().lost_answers = answers;
    }

    pub(super) fn items(&self) -> BTreeMap<String, Item> {
        self.0.lock().unwrap().items.clone()
    }

    pub(super) fn put(&self, key: &str, item: Item) {
        self.0.lock().unwrap().items.insert(key.to_owned(), item);
    }

    pub(super) fn requests(&self) -> usize {
        self.0.lock().unwrap().requests
    }
}

impl ItemTable for FakeTable {
    fn update<'a>(
        &'a self,
        update: &'a ConditionalUpdate<'a>,
    ) -> BoxFuture<'a, Result<Updated, QueueError>> {
        ready(self.0.lock().unwrap().update(update)).boxed()
    }
}

impl State {
    fn update(&mut self, update: &ConditionalUpdate<'_>) -> Result<Updated, QueueError> {
        self.requests += 1;
        if self.is_down {
            return Err(QueueError::new("UpdateItem", FailureKind::Unavailable));
        }
        let (name, key) = update.key;
        let before = self.items.get(key).cloned();
        let mut seen = before.clone().unwrap_or_default();
        if before.is_some() {
            seen.insert(name.to_owned(), TableValue::Text(key.to_owned()));
        }
        let values = update.set.iter().chain(&update.compared);
        let values: BTreeMap<_, _> = values.map(|(name, value)| (*name, value.clone())).collect();
        if !holds(update.condition, &seen, &values) {
            return Ok(Updated::No(before.unwrap_or_default()));
        }
        let item = self.items.entry(key.to_owned()).or_default();
        item.extend(update.set.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        if self.lost_answers > 0 {
            self.lost_answers -= 1;
            return Err(QueueError::new("UpdateItem", FailureKind::Timeout));
        }
        Ok(Updated::Yes(before.unwrap_or_default()))
    }
}

/// Whether a condition of `OR`, `AND`, parentheses and comparisons holds for an item.
fn holds(condition: &str, item: &Item, values: &BTreeMap<&str, TableValue>) -> bool {
    let condition = condition.trim();
    if let Some((left, right)) = split(condition, " OR ") {
        return holds(left, item, values) || holds(right, item, values);
    }
    if let Some((left, right)) = split(condition, " AND ") {
        return holds(left, item, values) && holds(right, item, values);
    }
    if let Some(inner) = condition.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        return holds(inner, item, values);
    }
    if let Some(rest) = condition.strip_prefix("attribute_not_exists(#") {
        return !item.contains_key(rest.trim_end_matches(')'));
    }
    let [name, operator, value] = condition.split(' ').collect::<Vec<_>>()[..] else {
        panic!("DynamoDB would refuse {condition:?}");
    };
    let value = &values[value.strip_prefix(':').unwrap()];
    let Some(found) = item.get(name.strip_prefix('#').unwrap()) else { return false };
    match (found, operator, value) {
        (found, "=", value) => found == value,
        (TableValue::Number(found), "<", TableValue::Number(value)) => found < value,
        (TableValue::Number(found), ">", TableValue::Number(value)) => found > value,
        _ => panic!("DynamoDB would refuse {condition:?}"),
    }
}

/// Splits at the first operator that is not in parentheses.
fn split<'c>(condition: &'c str, operator: &str) -> Option<(&'c str, &'c str)> {
    let outside = |at: usize| {
        let before = &condition[..at];
        before.matches('(').count() == before.matches(')').count()
    };
    let (at, _) = condition.match_indices(operator).find(|(at, _)| outside(*at))?;
    Some((&condition[..at], &condition[at + operator.len()..]))
}
