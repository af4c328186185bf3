//! Which queues are read.

use std::collections::{BTreeMap, BTreeSet};

use longshore::config::QueueAddress;
use longshore::queue::region_of_url;

use super::connection::Connection;
use super::error::AccountError;
use super::failure::Failure;

/// The largest page of `ListQueues`.
const PAGE: i32 = 1_000;

/// Which queues of the account are read.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// These queues: names, URLs or ARNs. Otherwise all of the account and region.
    pub queues: Vec<String>,
    /// Queues whose name starts with this.
    pub prefix: Option<String>,
    /// Queues with this tag and, if there is one, this value.
    pub tag: Option<(String, Option<String>)>,
}

impl Selection {
    /// Whether all queues of the account and region are read.
    pub(super) fn is_everything(&self) -> bool {
        self.queues.is_empty() && self.prefix.is_none() && self.tag.is_none()
    }

    /// Whether a queue is named, so that it must exist.
    pub(super) fn is_by_name(&self) -> bool {
        !self.queues.is_empty()
    }

    pub(super) fn has_tag(&self, tags: &BTreeMap<String, String>) -> bool {
        self.tag.as_ref().is_none_or(|(key, value)| {
            let found = tags.get(key);
            found.is_some_and(|found| value.as_ref().is_none_or(|value| found == value))
        })
    }

    /// The error for a filter without a match.
    pub(super) fn no_match(&self, region: &str) -> AccountError {
        let prefix =
            self.prefix.as_ref().map(|prefix| format!("has a name that starts with {prefix:?}"));
        let tag = self.tag.as_ref().map(|(key, value)| match value {
            Some(value) => format!("has the tag {key}={value}"),
            None => format!("has the tag {key}"),
        });
        let filter: Vec<_> = [prefix, tag].into_iter().flatten().collect();
        AccountError::NoMatch { region: region.to_owned(), filter: filter.join(" and ") }
    }
}

/// The URLs of the queues, without those that the tag excludes later.
pub(super) async fn list(
    connection: &Connection,
    selection: &Selection,
) -> Result<Vec<String>, AccountError> {
    if selection.is_by_name() {
        let mut urls = BTreeSet::new();
        for queue in &selection.queues {
            urls.insert(url(connection, queue).await?);
        }
        return Ok(urls.into_iter().collect());
    }
    let urls = all(connection, selection.prefix.as_deref()).await.map_err(|failure| {
        let mut advice = failure.advice("sqs:ListQueues");
        if failure.is_denied() {
            advice.push_str(". Without it, name the queues with --queue");
        }
        AccountError::NotListed { place: connection.place(), error: failure.text, advice }
    })?;
    if urls.is_empty() && selection.prefix.is_some() {
        return Err(selection.no_match(connection.region()));
    }
    Ok(urls)
}

async fn all(connection: &Connection, prefix: Option<&str>) -> Result<Vec<String>, Failure> {
    let mut urls = Vec::new();
    let mut token = None;
    loop {
        connection.count_request();
        let request = connection.sqs.list_queues().max_results(PAGE);
        let request =
            request.set_queue_name_prefix(prefix.map(str::to_owned)).set_next_token(token);
        let page = request.send().await.map_err(|error| Failure::new(&error))?;
        urls.extend(page.queue_urls.unwrap_or_default());
        token = page.next_token;
        if token.is_none() {
            return Ok(urls);
        }
    }
}

fn region_of(address: &QueueAddress) -> Option<&str> {
    match address {
        QueueAddress::Url(url) => region_of_url(url),
        QueueAddress::Arn(arn) => arn.split(':').nth(3).filter(|region| !region.is_empty()),
        _ => None,
    }
}

async fn url(connection: &Connection, queue: &str) -> Result<String, AccountError> {
    let address = QueueAddress::from(queue);
    if let Some(region) = region_of(&address).filter(|region| *region != connection.region()) {
        return Err(AccountError::OtherRegion {
            queue: queue.to_owned(),
            region: region.to_owned(),
            audited: connection.region().to_owned(),
        });
    }
    if let QueueAddress::Url(url) = address {
        return Ok(url);
    }
    let found = url_of(connection, address.queue_name(), address.account()).await;
    found.map_err(|failure| AccountError::NotFound {
        queue: queue.to_owned(),
        advice: failure.advice("sqs:GetQueueUrl"),
        error: failure.text,
    })
}

/// The URL of a queue of this or another account.
pub(super) async fn url_of(
    connection: &Connection,
    name: &str,
    account: Option<&str>,
) -> Result<String, Failure> {
    connection.count_request();
    let request = connection.sqs.get_queue_url().queue_name(name);
    let request = request.set_queue_owner_aws_account_id(account.map(str::to_owned));
    let found = request.send().await.map_err(|error| Failure::new(&error))?;
    Ok(found.queue_url.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_filter_compares_the_value_only_if_it_has_one() {
        let tags = BTreeMap::from([("team".to_owned(), "shop".to_owned())]);
        let with = |value: Option<&str>| Selection {
            tag: Some(("team".to_owned(), value.map(str::to_owned))),
            ..Selection::default()
        };
        let found = [None, Some("shop"), Some("mail")].map(|value| with(value).has_tag(&tags));
        assert_eq!(found, [true, true, false]);
    }

    #[test]
    fn the_error_names_all_filters() {
        let selection = Selection {
            prefix: Some("shop-".to_owned()),
            tag: Some(("team".to_owned(), None)),
            ..Selection::default()
        };
        assert_eq!(
            selection.no_match("eu-west-1").to_string(),
            "no queue of eu-west-1 has a name that starts with \"shop-\" and has the tag team"
        );
    }
}
