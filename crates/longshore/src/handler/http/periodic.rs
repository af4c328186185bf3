//! Messages of periodic tasks, as the worker daemon of Elastic Beanstalk sends and receives them.
//! <https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/using-features-managing-env-tiers.html>

use std::borrow::Cow;

use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::queue::Message;

/// Attributes with this prefix are for the daemon, and not for the application.
const RESERVED: &str = "beanstalk.sqsd.";
const PATH: &str = "beanstalk.sqsd.path";
const SCHEDULED_TIME: &str = "beanstalk.sqsd.scheduled_time";

/// The attributes of a task and their headers.
const HEADERS: [(&str, HeaderName); 3] = [
    ("beanstalk.sqsd.task_name", HeaderName::from_static("x-aws-sqsd-taskname")),
    (SCHEDULED_TIME, HeaderName::from_static("x-aws-sqsd-scheduled-at")),
    (PATH, HeaderName::from_static("x-aws-sqsd-path")),
];

/// Whether the attribute is one of the daemon.
pub(super) fn is_reserved(name: &str) -> bool {
    name.starts_with(RESERVED)
}

/// Where the request of a task goes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Task {
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
}

/// The task of a message, if it is for one: the path in its attributes, on the host of `base`.
///
/// # Errors
/// If its path is none on this host.
pub(super) fn task(message: &Message, base: &Url) -> Result<Option<Task>, String> {
    let text = |name: &str| message.attributes.get(name)?.as_text();
    let Some(path) = text(PATH) else { return Ok(None) };
    let url = base.join(path).ok().filter(|url| path.starts_with('/') && is_on_host(url, base));
    let Some(url) = url else {
        return Err(format!("the attribute {PATH} is no path that starts with a slash"));
    };
    let header = |(name, header): &(&str, HeaderName)| {
        let text = text(name)?;
        let text = if *name == SCHEDULED_TIME { iso_8601(text) } else { text.into() };
        Some((header.clone(), HeaderValue::from_str(&text).ok()?))
    };
    Ok(Some(Task { url, headers: HEADERS.iter().filter_map(header).collect() }))
}

/// The daemon sends `2026-11-29 23:00:00 UTC`, and its header is `2026-11-29T23:00:00Z`. Another text stays
/// as it is.
fn iso_8601(text: &str) -> Cow<'_, str> {
    let parts: Vec<_> = text.split(' ').collect();
    let has_digits = |part: &str, separator: char, lengths: [usize; 3]| {
        let numbers: Vec<_> = part.split(separator).collect();
        let is_number = |number: &str| number.bytes().all(|byte| byte.is_ascii_digit());
        numbers.iter().map(|number| number.len()).eq(lengths) && numbers.into_iter().all(is_number)
    };
    match parts[..] {
        [date, time, "UTC"]
            if has_digits(date, '-', [4, 2, 2]) && has_digits(time, ':', [2, 2, 2]) =>
        {
            format!("{date}T{time}Z").into()
        }
        _ => text.into(),
    }
}

/// `//host/` is a path of another host.
fn is_on_host(url: &Url, base: &Url) -> bool {
    let place = |url: &Url| {
        let host = url.host_str().map(str::to_owned);
        (url.scheme().to_owned(), host, url.port_or_known_default())
    };
    place(url) == place(base)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::{AttributeContent, AttributeValue};

    fn message(attributes: &[(&str, &str)]) -> Message {
        let mut message = Message::new("id", "receipt", "elasticbeanstalk scheduled job");
        for (name, value) in attributes {
            let content = AttributeContent::Text((*value).to_owned());
            let value = AttributeValue { data_type: "String".to_owned(), content };
            message.attributes.insert((*name).to_owned(), value);
        }
        message
    }

    fn base() -> Url {
        Url::parse("http://127.0.0.1:8080/orders?x=1").unwrap()
    }

    #[test]
    fn the_path_of_a_task_is_on_the_host_of_the_application() {
        let message = message(&[
            (PATH, "/backup/daily?full=1"),
            ("beanstalk.sqsd.task_name", "backup"),
            ("beanstalk.sqsd.scheduled_time", "2026-11-29T23:00:00+00:00"),
        ]);
        let task = task(&message, &base()).unwrap().unwrap();
        assert_eq!(task.url.as_str(), "http://127.0.0.1:8080/backup/daily?full=1");
        assert_eq!(task.headers["x-aws-sqsd-taskname"], "backup");
        assert_eq!(task.headers["x-aws-sqsd-scheduled-at"], "2026-11-29T23:00:00+00:00");
        assert_eq!(task.headers["x-aws-sqsd-path"], "/backup/daily?full=1");
    }

    #[test]
    fn the_time_of_the_daemon_becomes_iso_8601_as_in_its_header() {
        for (sent, header) in [
            ("2026-11-29 23:00:00 UTC", "2026-11-29T23:00:00Z"),
            ("2026-11-29T23:00:00+00:00", "2026-11-29T23:00:00+00:00"),
            ("2026-11-29 23:00:00 CET", "2026-11-29 23:00:00 CET"),
            ("26-11-29 23:00:00 UTC", "26-11-29 23:00:00 UTC"),
            ("now", "now"),
        ] {
            let message = message(&[(PATH, "/backup"), (SCHEDULED_TIME, sent)]);
            let task = task(&message, &base()).unwrap().unwrap();
            assert_eq!(task.headers["x-aws-sqsd-scheduled-at"], header);
        }
    }

    #[test]
    fn a_path_of_another_host_is_refused() {
        assert_eq!(task(&message(&[("kind", "/a")]), &base()), Ok(None));
        for path in ["", "a", "//evil.example/", "http://evil.example/", "/\\evil.example/.."] {
            let found = task(&message(&[(PATH, path)]), &base());
            let is_here = matches!(&found, Ok(Some(task)) if is_on_host(&task.url, &base()));
            assert!(found.is_err() || is_here, "{path}: {found:?}");
        }
        assert!(task(&message(&[(PATH, "//evil.example/")]), &base()).is_err());
    }
}
