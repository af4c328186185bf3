//! Which queues the page shows, as the query of its address says. The page works without JavaScript,
//! so its filter is a form, and the details of a queue are a link.

use form_urlencoded::Serializer;

/// The key of the text that the names contain.
const FILTER: &str = "q";
/// The key of a queue whose details are shown.
const QUEUE: &str = "queue";

/// The filter, and the queues whose details were asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    filter: String,
    queues: Vec<String>,
}

impl Selection {
    /// The selection of a query: `q=TEXT&queue=NAME&queue=NAME`. Other keys are ignored.
    pub fn parse(query: &str) -> Self {
        let mut selection = Self::default();
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*key {
                FILTER => selection.filter = value.trim().to_owned(),
                QUEUE => selection.queues.push(value.into_owned()),
                _ => {}
            }
        }
        selection
    }

    /// The text that names must contain; empty for all.
    pub(super) fn filter(&self) -> &str {
        &self.filter
    }

    /// Whether the filter lets this name pass, in any case.
    pub(super) fn lists(&self, name: &str) -> bool {
        name.to_lowercase().contains(&self.filter.to_lowercase())
    }

    /// Whether the details of some queues were asked for.
    pub(super) fn has_queues(&self) -> bool {
        !self.queues.is_empty()
    }

    /// Whether the details of this queue were asked for.
    pub(super) fn has_queue(&self, name: &str) -> bool {
        self.queues.iter().any(|queue| queue == name)
    }

    /// The address of this page with the details of this queue, and the same filter.
    pub(super) fn address_of(&self, name: &str) -> String {
        let mut query = Serializer::new(String::new());
        if !self.filter.is_empty() {
            query.append_pair(FILTER, &self.filter);
        }
        format!("?{}", query.append_pair(QUEUE, name).finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_parsed_and_written() {
        let selection = Selection::parse("q=+Ord%26&queue=a%26b&x=1&queue=c");
        assert_eq!(selection.filter(), "Ord&");
        assert!(selection.lists("my-ORD&ers") && !selection.lists("mail"));
        assert!(selection.has_queue("a&b") && selection.has_queue("c"));
        assert_eq!(selection.address_of("a&b"), "?q=Ord%26&queue=a%26b");
        let all = Selection::parse("");
        assert!(all.lists("mail") && !all.has_queues());
        assert_eq!(all.address_of("\"<"), "?queue=%22%3C");
    }
}
