//! Known findings that are accepted, with a reason and a date at which they are looked at again.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use time::{Date, Month};

use crate::checks::CHECKS;
use crate::finding::Finding;

/// Accepted findings.
#[derive(Debug, Clone, Default)]
pub struct Baseline {
    entries: Vec<Entry>,
    today: Option<Date>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    accept: Vec<Entry>,
}

/// One accepted finding.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    check: String,
    queue: String,
    reason: String,
    expires: toml::value::Datetime,
}

/// A finding that the baseline accepts.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Accepted {
    /// The finding.
    pub finding: Finding,
    /// Why it is accepted.
    pub reason: String,
    /// The last day on which it is accepted, as `YYYY-MM-DD`.
    pub expires: String,
}

/// An entry of the baseline that accepts nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct BaselineProblem {
    /// The check of the entry.
    pub check: String,
    /// The queue of the entry.
    pub queue: String,
    /// Why it accepts nothing.
    pub problem: String,
}

/// A baseline that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidBaseline(String);

/// Findings, by whether they are accepted.
pub(crate) struct Sorted {
    pub(crate) findings: Vec<Finding>,
    pub(crate) accepted: Vec<Accepted>,
    pub(crate) problems: Vec<BaselineProblem>,
}

impl Entry {
    fn last_day(&self) -> Option<Date> {
        let date = self.expires.date?;
        let month = Month::try_from(date.month).ok()?;
        Date::from_calendar_date(i32::from(date.year), month, date.day).ok()
    }

    fn matches(&self, finding: &Finding) -> bool {
        self.check == finding.check && self.queue == finding.queue
    }

    fn check(&self) -> Result<(), InvalidBaseline> {
        let place = format!("the entry for {} of {}", self.check, self.queue);
        if !CHECKS.iter().any(|check| check.id == self.check) {
            let known: Vec<_> = CHECKS.iter().map(|check| check.id).collect();
            let found =
                format!("there is no check {:?}; the checks are {}", self.check, known.join(", "));
            return Err(InvalidBaseline(found));
        }
        if self.reason.trim().is_empty() {
            return Err(InvalidBaseline(format!("{place} needs a reason")));
        }
        if self.last_day().is_none() || self.expires.time.is_some() {
            let expires = &self.expires;
            let found = format!(
                "{place} expires at {expires}, but must have a date, for example 2027-06-30"
            );
            return Err(InvalidBaseline(found));
        }
        Ok(())
    }
}

impl Baseline {
    /// Reads a baseline. Entries that expired before `today` accept nothing.
    ///
    /// # Errors
    /// If the text is no TOML, has an unknown key or check, or an entry lacks a reason or a date.
    pub fn parse(text: &str, today: Date) -> Result<Self, InvalidBaseline> {
        let file: File = toml::from_str(text)
            .map_err(|error| InvalidBaseline(error.to_string().trim_end().to_owned()))?;
        file.accept.iter().try_for_each(Entry::check)?;
        Ok(Self { entries: file.accept, today: Some(today) })
    }

    fn is_expired(&self, entry: &Entry) -> bool {
        entry.last_day().zip(self.today).is_some_and(|(last, today)| today > last)
    }

    /// Separates accepted findings from the others. An entry that no check decided is not judged.
    pub(crate) fn sort(
        &self,
        found: Vec<Finding>,
        is_decided: impl Fn(&str, &str) -> bool,
    ) -> Sorted {
        let mut sorted = Sorted {
            findings: Vec::new(),
            accepted: Vec::new(),
            problems: self.problems(&found, is_decided),
        };
        for finding in found {
            let accepts = |entry: &&Entry| entry.matches(&finding) && !self.is_expired(entry);
            match self.entries.iter().find(accepts) {
                Some(Entry { reason, expires, .. }) => {
                    let (reason, expires) = (reason.clone(), expires.to_string());
                    sorted.accepted.push(Accepted { finding, reason, expires });
                }
                None => sorted.findings.push(finding),
            }
        }
        sorted
    }

    fn problems(
        &self,
        found: &[Finding],
        is_decided: impl Fn(&str, &str) -> bool,
    ) -> Vec<BaselineProblem> {
        let problem = |entry: &Entry| {
            let is_found = found.iter().any(|finding| entry.matches(finding));
            match (is_found, self.is_expired(entry)) {
                (true, false) => None,
                (true, true) => {
                    Some(format!("expired on {}, and the finding is still there", entry.expires))
                }
                (false, _) if !is_decided(&entry.check, &entry.queue) => None,
                (false, _) => Some("matches no finding: remove it".to_owned()),
            }
        };
        self.entries
            .iter()
            .filter_map(|entry| {
                let problem = problem(entry)?;
                Some(BaselineProblem {
                    check: entry.check.clone(),
                    queue: entry.queue.clone(),
                    problem,
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::Policies;
    use crate::queue::Queue;

    fn today() -> Date {
        Date::from_calendar_date(2026, Month::November, 29).unwrap()
    }

    fn entry(check: &str, rest: &str) -> String {
        format!("[[accept]]\ncheck = {check:?}\nqueue = \"orders\"\n{rest}\n")
    }

    fn untagged() -> Vec<Finding> {
        let mut queue = Queue::example("orders");
        queue.tags = Some([].into());
        let check = CHECKS.iter().find(|check| check.id == "tags").unwrap();
        vec![check.find(&queue, &Policies::default()).unwrap().unwrap()]
    }

    #[test]
    fn an_entry_accepts_until_the_end_of_its_day() {
        for (expires, accepted) in [("2026-11-29", 1), ("2026-11-28", 0)] {
            let text = entry("tags", &format!("reason = \"a test\"\nexpires = {expires}"));
            let sorted = Baseline::parse(&text, today()).unwrap().sort(untagged(), |_, _| true);
            assert_eq!((sorted.accepted.len(), sorted.findings.len()), (accepted, 1 - accepted));
            assert_eq!(sorted.problems.len(), 1 - accepted, "an expired entry is reported");
        }
    }

    #[test]
    fn an_entry_without_a_finding_is_reported() {
        let text = entry("encryption-off", "reason = \"a test\"\nexpires = 2030-01-01");
        let sorted = Baseline::parse(&text, today()).unwrap().sort(untagged(), |_, _| true);
        assert_eq!(sorted.problems[0].problem, "matches no finding: remove it");
        let other = Baseline::parse(&text, today()).unwrap().sort(untagged(), |_, _| false);
        assert_eq!(other.problems, [], "a queue that was not audited is not judged");
    }

    #[test]
    fn an_invalid_entry_is_named_with_what_is_accepted() {
        let error = |text: &str| Baseline::parse(text, today()).unwrap_err().to_string();
        let rest = "reason = \"a\"\nexpires = 2030-01-01";
        assert!(
            error(&entry("tag", rest))
                .starts_with("there is no check \"tag\"; the checks are empty")
        );
        let without = entry("tags", "reason = \" \"\nexpires = 2030-01-01");
        assert_eq!(error(&without), "the entry for tags of orders needs a reason");
        let timed = entry("tags", "reason = \"a\"\nexpires = 10:00:00");
        assert!(error(&timed).contains("must have a date, for example 2027-06-30"));
        assert!(error(&entry("tags", &format!("{rest}\nowner = \"a\""))).contains("unknown field"));
    }
}
