//! Warnings and errors of dependencies. The SDK of AWS can log whole responses, with the credentials in
//! them, so Longshore logs the beginning of such an event, without secrets.

use std::fmt::{self, Write as _};

use longshore::format::bounded;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// The prefix of the event that the OpenTelemetry exporter logs for each failed batch. Longshore
/// logs export failures itself, at most once a minute.
const BATCH_ERROR: &str = "Export.Failed.";

/// Logs the events of dependencies again, as events of Longshore.
pub(super) struct Dependencies;

impl<S: Subscriber> Layer<S> for Dependencies {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        if metadata.name().starts_with(BATCH_ERROR) {
            return;
        }
        let (dependency, text) = (metadata.target(), text(event));
        if *metadata.level() == Level::ERROR {
            tracing::error!(dependency, text, "dependency logged an error");
        } else {
            tracing::warn!(dependency, text, "dependency logged a warning");
        }
    }
}

fn text(event: &Event<'_>) -> String {
    let mut fields = Fields::default();
    event.record(&mut fields);
    bounded(fields.message + &fields.others)
}

/// The fields of an event as text, the message first.
#[derive(Default)]
struct Fields {
    message: String,
    others: String,
}

impl Fields {
    fn add(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        let written = match field.name() {
            "message" => self.message.write_fmt(value),
            name => write!(self.others, " {name}={value}"),
        };
        written.expect("a String takes all that is written to it");
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field, format_args!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    /// Keeps the text of each event.
    #[derive(Clone, Default)]
    struct Heard(Arc<Mutex<Vec<String>>>);

    impl<S: Subscriber> Layer<S> for Heard {
        fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
            self.0.lock().unwrap().push(text(event));
        }
    }

    #[test]
    fn an_event_of_a_dependency_is_bounded_and_has_no_secret() {
        let heard = Heard::default();
        let subscriber = tracing_subscriber::registry().with(heard.clone());
        tracing::subscriber::with_default(subscriber, || {
            let answer = "<SecretAccessKey>hush</SecretAccessKey>\n<SessionToken>hush";
            tracing::warn!(%answer, "failed");
            tracing::error!(long = "x y".repeat(4_000), "failed");
        });
        let heard = heard.0.lock().unwrap();
        assert_eq!(
            heard[0],
            "failed answer=<SecretAccessKey>***</SecretAccessKey> <SessionToken>***"
        );
        assert!(heard[1].len() < 1_000, "{heard:#?}");
    }
}
