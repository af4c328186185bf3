//! One queue's metrics in the messaging conventions of OpenTelemetry, for the push by OTLP. They are
//! never scraped. <https://opentelemetry.io/docs/specs/semconv/messaging/messaging-metrics/>

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use metrics::{Counter, Histogram, Key, Label};

use super::series::{Family, METADATA, SharedRecorder};
use crate::label::LabelSet;
use crate::outcome::Ending;
use crate::queue::{Action, ApiResult};

/// What the name of every such metric begins with.
#[cfg(feature = "otlp")]
pub(crate) const PREFIX: &str = "messaging.";

/// The upper bounds of the buckets of both histograms, in seconds. The conventions prescribe them. A
/// long poll that finds no message takes 20 s, so it is above all of them.
#[cfg(feature = "otlp")]
pub(crate) const SECONDS: &[f64] =
    &[0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

const OPERATION_DURATION: &str = "messaging.client.operation.duration";
const CONSUMED_MESSAGES: &str = "messaging.client.consumed.messages";
const PROCESS_DURATION: &str = "messaging.process.duration";

/// The metrics of one queue. Each series appears when it occurs, because the server is unknown
/// before the first request.
pub(super) struct Messaging {
    server: Arc<OnceLock<Option<(String, u16)>>>,
    /// By action, then by result.
    operations: Vec<Family<ApiResult, Histogram>>,
    consumed: Box<dyn Fn() -> Counter + Send + Sync>,
    consumed_series: OnceLock<Counter>,
    processed: Family<Ending, Histogram>,
}

/// What the series of a queue have in common.
#[derive(Clone)]
struct Destination {
    recorder: SharedRecorder,
    queue: Arc<str>,
    server: Arc<OnceLock<Option<(String, u16)>>>,
}

impl Messaging {
    pub(super) fn new(recorder: &SharedRecorder, queue: &str) -> Self {
        let server = Arc::default();
        let to = Destination {
            recorder: recorder.clone(),
            queue: queue.into(),
            server: Arc::clone(&server),
        };
        let operation = |action: &Action| {
            let (to, name) = (to.clone(), action.as_str());
            let kind = match action {
                Action::Receive => "receive",
                Action::Send => "send",
                Action::Delete
                | Action::ChangeVisibility
                | Action::GetAttributes
                | Action::GetUrl => "settle",
            };
            let ok = ApiResult::Ok.as_str();
            Family::new(none, move |result| {
                to.histogram(OPERATION_DURATION, name, kind, Some(result).filter(|r| *r != ok))
            })
        };
        let operations = Action::ALL.iter().map(operation).collect();
        let process = to.clone();
        let done = Ending::Done.as_str();
        let processed = Family::new(none, move |ending| {
            let failed = Some(ending).filter(|ending| *ending != done);
            process.histogram(PROCESS_DURATION, "process", "process", failed)
        });
        let consumed = Box::new(move || to.counter(CONSUMED_MESSAGES, "receive", "receive"));
        Self { server, operations, consumed, consumed_series: OnceLock::new(), processed }
    }

    /// The meaning of each metric.
    pub(super) fn describe(recorder: &dyn metrics::Recorder) {
        let operation = "Duration of a request that receives, settles or sends messages.";
        let process = "Duration of a call of the handler.";
        recorder.describe_histogram(OPERATION_DURATION.into(), None, operation.into());
        recorder.describe_histogram(PROCESS_DURATION.into(), None, process.into());
        recorder.describe_counter(CONSUMED_MESSAGES.into(), None, "Messages received.".into());
    }

    /// A request to this server ended. Only receives, settles and sends are operations on messages.
    pub(super) fn request_ended(
        &self,
        action: Action,
        result: ApiResult,
        took: Duration,
        server: Option<(&str, u16)>,
    ) {
        self.server.get_or_init(|| server.map(|(host, port)| (host.to_owned(), port)));
        match action {
            Action::Receive | Action::Delete | Action::ChangeVisibility | Action::Send => {
                self.operations[action.index()].get(result).record(took);
                self.consumed();
            }
            Action::GetAttributes | Action::GetUrl => {}
        }
    }

    /// A message was received. It is not counted again when its handler starts.
    pub(super) fn message_received(&self) {
        self.consumed().increment(1);
    }

    /// A handler ended.
    pub(super) fn handler_ended(&self, ending: Ending, ran: Duration) {
        self.processed.get(ending).record(ran);
    }

    fn consumed(&self) -> &Counter {
        self.consumed_series.get_or_init(|| (self.consumed)())
    }
}

fn none<L>(_: L) -> bool {
    false
}

impl Destination {
    fn key(
        &self,
        metric: &'static str,
        operation: &'static str,
        kind: &'static str,
        failure: Option<&'static str>,
    ) -> Key {
        let mut labels = vec![
            Label::from_static_parts("messaging.system", "aws_sqs"),
            Label::from_static_parts("messaging.operation.name", operation),
            Label::from_static_parts("messaging.operation.type", kind),
            Label::new("messaging.destination.name", self.queue.clone()),
        ];
        if let Some(Some((host, port))) = self.server.get() {
            labels.push(Label::new("server.address", host.clone()));
            labels.push(Label::new("server.port", port.to_string()));
        }
        labels.extend(failure.map(|failure| Label::from_static_parts("error.type", failure)));
        Key::from_parts(metric, labels)
    }

    fn histogram(
        &self,
        metric: &'static str,
        operation: &'static str,
        kind: &'static str,
        failure: Option<&'static str>,
    ) -> Histogram {
        let key = self.key(metric, operation, kind, failure);
        self.recorder.register_histogram(&key, &METADATA)
    }

    fn counter(
        &self,
        metric: &'static str,
        operation: &'static str,
        kind: &'static str,
    ) -> Counter {
        let key = self.key(metric, operation, kind, None);
        self.recorder.register_counter(&key, &METADATA)
    }
}
