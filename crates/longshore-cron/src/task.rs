//! A periodic task, and the message of a run.

use longshore::queue::OutgoingMessage;

use super::run_time::RunTime;
use super::schedule::Schedule;

/// The body that the daemon of Elastic Beanstalk sends.
const BODY: &str = "elasticbeanstalk scheduled job";

/// A task of `cron.yaml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Its name, which no other task of the file has.
    pub name: String,
    /// The path of the request.
    pub path: String,
    /// When it runs.
    pub schedule: Schedule,
}

impl Task {
    /// The message of a run, with the attributes of the daemon of Elastic Beanstalk.
    pub fn message(&self, run: RunTime) -> OutgoingMessage {
        OutgoingMessage::new(BODY)
            .text("beanstalk.sqsd.path", &self.path)
            .text("beanstalk.sqsd.task_name", &self.name)
            .text("beanstalk.sqsd.scheduled_time", run.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_the_attributes_of_the_daemon() {
        let task = Task {
            name: "nightly-backup".to_owned(),
            path: "/backup?full=1".to_owned(),
            schedule: Schedule::parse("0 23 * * *").unwrap(),
        };
        let message = task.message(RunTime::from_unix_seconds(1_795_993_200));
        let text = |name: &str| message.attributes[name].as_text().unwrap();
        assert_eq!(message.body, "elasticbeanstalk scheduled job");
        assert_eq!(text("beanstalk.sqsd.path"), "/backup?full=1");
        assert_eq!(text("beanstalk.sqsd.task_name"), "nightly-backup");
        assert_eq!(text("beanstalk.sqsd.scheduled_time"), "2026-11-29 23:00:00 UTC");
        assert!(message.attributes.values().all(|value| value.data_type == "String"));
    }
}
