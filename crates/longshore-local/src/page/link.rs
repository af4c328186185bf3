//! Links to the pages of queues. A queue of another region or account than the default one has them
//! in its path, so that two queues with one name have two pages.

use crate::scope::{Scope, is_account};

/// The path below which the pages of queues are.
const QUEUES: &str = "queues";

/// A link to the page of a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    /// The name of the queue, and its place if that is not the default one.
    pub(super) text: String,
    pub(crate) path: String,
}

impl Link {
    pub(crate) fn new(home: &Scope, scope: &Scope, name: &str) -> Self {
        if scope == home {
            return Self { text: name.to_owned(), path: format!("/{QUEUES}/{name}") };
        }
        let (region, account) = (&scope.region, &scope.account);
        Self {
            text: format!("{name} ({scope})"),
            path: format!("/{QUEUES}/{region}/{account}/{name}"),
        }
    }

    /// To the queue of an ARN.
    pub(super) fn of_arn(home: &Scope, arn: &str) -> Option<Self> {
        Scope::of_arn(arn).map(|(scope, name)| Self::new(home, &scope, name))
    }
}

/// The queue of a path and what follows its name, if the path is below that of the queues.
pub(crate) fn queue_of_path<'a, 'p>(
    home: &Scope,
    parts: &'p [&'a str],
) -> Option<(Scope, &'a str, &'p [&'a str])> {
    match parts {
        [QUEUES, region, account, name, rest @ ..] if is_account(account) => {
            Some((Scope::new(region, account), name, rest))
        }
        [QUEUES, name, rest @ ..] => Some((home.clone(), name, rest)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_a_link_leads_to_its_queue() {
        let home = Scope::new("us-east-1", "000000000000");
        for (scope, path) in [
            (home.clone(), "/queues/orders"),
            (Scope::new("eu-west-1", "000000000000"), "/queues/eu-west-1/000000000000/orders"),
            (Scope::new("us-east-1", "123456789012"), "/queues/us-east-1/123456789012/orders"),
        ] {
            let link = Link::new(&home, &scope, "orders");
            assert_eq!(link.path, path);
            assert_eq!(Link::of_arn(&home, &scope.arn("orders")), Some(link));
            let whole = format!("{path}/messages/m");
            let parts: Vec<&str> = whole.split('/').skip(1).collect();
            let rest = ["messages", "m"].as_slice();
            assert_eq!(queue_of_path(&home, &parts), Some((scope, "orders", rest)));
        }
        assert_eq!(queue_of_path(&home, &["queues"]), None);
        assert_eq!(queue_of_path(&home, &["other", "orders"]), None);
    }
}
