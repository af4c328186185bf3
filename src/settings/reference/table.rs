//! Every key once, with its type and its description. The keys of `[[queue]]` are also those of
//! `[defaults]`, except for the address of the queue.

use super::cron_keys::CRON;
use super::handler_keys::HANDLER;
use super::key::{Key, Kind, key, standard};
use super::route_keys::UNROUTED;
use Kind::{Boolean, Choice, Choices, Count, Duration, Names, Number, Text, Url};

const PROTOCOLS: &[&str] = &["http/protobuf", "grpc"];
const COMPRESSIONS: &[&str] = &["none", "gzip"];
const SAMPLERS: &[&str] = &[
    "always_on",
    "always_off",
    "traceidratio",
    "parentbased_always_on",
    "parentbased_always_off",
    "parentbased_traceidratio",
];

/// The keys of the whole process.
pub(super) const PROCESS: &[Key] = &[
    key(
        "concurrency",
        Count(1, Some(120_000)),
        "Maximum number of messages that all queues together process at the same time. It can be lower than the number of queues, because an open long poll does not count. Without it, only the limit of each queue applies.",
    ),
    key("aws.region", Text, "The region. Without it, the usual AWS sources apply."),
    key(
        "aws.endpoint_url",
        Url,
        "The URL of another endpoint: a local queue server or a VPC endpoint.",
    ),
    standard(
        "aws.s3_endpoint_url",
        Url,
        "AWS_ENDPOINT_URL_S3",
        "The URL of another endpoint of S3, for `payloads.buckets`: a local server or a VPC endpoint.",
    ),
    key("admin.listen", Text, "Address and port of the status page, metrics and health."),
    key(
        "admin.first_scrape",
        Duration,
        "How long a run with `--until-empty` waits before its first receive until its metrics have been scraped once. The default is 30 s if `admin.listen` is not a loopback address. `0s` disables the wait.",
    ),
    key("shutdown.grace", Duration, "How long handlers may continue after SIGTERM."),
    key("shutdown.interrupt", Duration, "How long interrupted handlers have to end."),
    key("shutdown.settle", Duration, "How long the last deletes and releases may take."),
    key("shutdown.flush", Duration, "How long the export of the last traces and metrics may take."),
    key(
        "shutdown.last_scrape",
        Duration,
        "How long the metrics endpoint waits for the last scrape. `0s` disables the wait.",
    ),
    key("shutdown.limit", Duration, "The time between SIGTERM and SIGKILL on the platform."),
    standard("otlp.disabled", Boolean, "OTEL_SDK_DISABLED", "Disables the export."),
    standard(
        "otlp.endpoint",
        Url,
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "The URL of the collector. With `http/protobuf`, the path of each signal is added.",
    ),
    standard(
        "otlp.protocol",
        Choice(PROTOCOLS),
        "OTEL_EXPORTER_OTLP_PROTOCOL",
        "The protocol of the collector.",
    ),
    standard(
        "otlp.compression",
        Choice(COMPRESSIONS),
        "OTEL_EXPORTER_OTLP_COMPRESSION",
        "The compression of requests to the collector.",
    ),
    standard(
        "otlp.service_name",
        Text,
        "OTEL_SERVICE_NAME",
        "The service name. Without it: that of `OTEL_RESOURCE_ATTRIBUTES`, otherwise `longshore`.",
    ),
    standard(
        "otlp.traces.export",
        Boolean,
        "OTEL_TRACES_EXPORTER",
        "Whether traces are exported. Without it, they are if there is an endpoint.",
    ),
    standard(
        "otlp.traces.endpoint",
        Url,
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        "The complete URL for traces, if it differs.",
    ),
    standard(
        "otlp.traces.protocol",
        Choice(PROTOCOLS),
        "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
        "The protocol for traces, if it differs.",
    ),
    standard(
        "otlp.traces.compression",
        Choice(COMPRESSIONS),
        "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION",
        "The compression of traces, if it differs.",
    ),
    standard(
        "otlp.traces.sampler",
        Choice(SAMPLERS),
        "OTEL_TRACES_SAMPLER",
        "Which traces are recorded.",
    ),
    standard(
        "otlp.traces.sampler_arg",
        Number,
        "OTEL_TRACES_SAMPLER_ARG",
        "The share of traces that a ratio sampler records, 0 to 1.",
    ),
    key(
        "otlp.traces.context",
        Choice(&["link", "parent"]),
        "How the span of a handler refers to the sender of its message.",
    ),
    standard(
        "otlp.traces.propagators",
        Choices(&["tracecontext", "baggage", "xray"]),
        "OTEL_PROPAGATORS",
        "The formats of trace contexts, by precedence.",
    ),
    standard(
        "otlp.metrics.export",
        Boolean,
        "OTEL_METRICS_EXPORTER",
        "Whether metrics are pushed. Without it, they are not.",
    ),
    standard(
        "otlp.metrics.endpoint",
        Url,
        "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
        "The complete URL for metrics, if it differs.",
    ),
    standard(
        "otlp.metrics.protocol",
        Choice(PROTOCOLS),
        "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL",
        "The protocol for metrics, if it differs.",
    ),
    standard(
        "otlp.metrics.compression",
        Choice(COMPRESSIONS),
        "OTEL_EXPORTER_OTLP_METRICS_COMPRESSION",
        "The compression of metrics, if it differs.",
    ),
    standard(
        "otlp.metrics.interval",
        Duration,
        "OTEL_METRIC_EXPORT_INTERVAL",
        "The interval of pushes: at least 100 ms. A plain number in the variable is milliseconds.",
    ),
    key(
        "otlp.metrics.names",
        Choice(&["longshore", "semconv", "both"]),
        "Which metrics are pushed: those of `/metrics`, the messaging metrics of OpenTelemetry's semantic conventions, or both.",
    ),
];

/// The keys that identify a queue: exactly one of them.
pub(super) const ADDRESS: &[Key] = &[
    key("name", Text, "The name of the queue, in the account of the credentials."),
    key("url", Url, "The URL of the queue."),
    key("arn", Text, "The ARN of the queue."),
];

/// The key that names a queue in metrics and logs.
pub(super) const LABEL: Key = key(
    "label",
    Text,
    "The name of the queue in metrics, logs and `--set queue.LABEL.KEY`. Two queues of the same name, in two regions or accounts, need one. The default is the name of the queue.",
);

/// All other keys of a queue.
pub(super) fn queue_keys() -> impl Iterator<Item = &'static Key> {
    HANDLER.iter().chain([&UNROUTED]).chain(QUEUE).chain(CRON)
}

const QUEUE: &[Key] = &[
    key(
        "wait",
        Duration,
        "`WaitTimeSeconds` of each receive: whole seconds from 1 to 20. `0s` needs `short_polling = true`.",
    ),
    key(
        "short_polling",
        Boolean,
        "Allows `wait = \"0s\"`: each receive returns at once, and SQS bills empty receives too.",
    ),
    key(
        "concurrency",
        Count(1, Some(120_000)),
        "Maximum number of messages of this queue that are processed at the same time.",
    ),
    key(
        "batch.max",
        Count(0, Some(10_000)),
        "The largest number of messages that the handler gets in one call, as the event of AWS Lambda. At most `concurrency`. `0`: it gets single messages.",
    ),
    key(
        "batch.window",
        Duration,
        "How long the first message of a batch waits for others: 1 ms to 5 min, and less than the freshness threshold, which includes it.",
    ),
    key(
        "weight",
        Count(1, None),
        "The share of this queue when the top-level `concurrency` is reached.",
    ),
    key(
        "max_pollers",
        Count(1, None),
        "Maximum number of receives that are open at the same time when the queue is busy. An idle queue has one.",
    ),
    key(
        "visibility",
        Duration,
        "The visibility timeout, which the worker extends while a handler runs: whole seconds from 10 s to 12 h.",
    ),
    key(
        "delete_linger",
        Duration,
        "How long a delete waits for others to share its request: at most a quarter of `visibility`.",
    ),
    key(
        "gather",
        Duration,
        "How long the next receive waits so that it returns more messages. The default is 2 % of the freshness threshold, at most 1 s. `0s` disables it.",
    ),
    key(
        "max_hold",
        Duration,
        "How long a message may be buffered before a slot is expected to be free. The default is 10 % of the freshness threshold, at most 1 s. `0s` disables prefetch.",
    ),
    key(
        "retry.base",
        Duration,
        "The upper bound of the back-off after the first receive of a message. It doubles with each receive.",
    ),
    key(
        "retry.max",
        Duration,
        "The upper bound of the back-off after many receives: at most 12 h.",
    ),
    key(
        "on_reject",
        Choice(&["redrive", "dead_letter", "delete"]),
        "What happens to a rejected message: retry until the redrive policy moves it, move it to the dead-letter queue at once, or delete it.",
    ),
    key(
        "max_age",
        Duration,
        "A message that was sent, or published, longer ago than this is rejected without a call of the handler (see `on_reject`): at most 14 days. Without it no message is too old.",
    ),
    key(
        "unwrap",
        Choice(&["none", "auto", "sns", "eventbridge", "s3"]),
        "Which envelopes messages are taken out of before the handler gets them. `auto`: a notification of SNS, then an event of EventBridge or S3. See [Envelopes](envelopes.md).",
    ),
    key(
        "s3_test_event",
        Choice(&["delete", "deliver"]),
        "What happens to the test event of S3 if `unwrap` is `auto` or `s3`: it is deleted, or the handler gets it.",
    ),
    key(
        "payloads.buckets",
        Names,
        "The buckets of S3 from which payloads are read that were too large for SQS, as the extended clients in Java and Python send them. Empty: no payload is read. See [Payloads in S3](payloads.md).",
    ),
    key(
        "payloads.max_mib",
        Count(1, Some(1024)),
        "The largest payload in MiB. A message with a larger one is rejected. Each payload is in memory while its handler runs.",
    ),
    key(
        "payloads.delete",
        Boolean,
        "Whether the object in S3 is deleted after its message was processed and deleted. Needs `payloads.buckets`.",
    ),
    key(
        "breaker.enabled",
        Boolean,
        "Whether calls that fail for reasons that are not the message's (5xx responses, exit code 75, timeouts) open the circuit breaker. An unreachable application and a lack of resources always do.",
    ),
    key(
        "breaker.calls",
        Count(5, None),
        "The number of recent calls that are compared. The circuit breaker opens when nine of ten of them failed, or when the last three failed and none succeeded for 5 s.",
    ),
    key(
        "breaker.max_interval",
        Duration,
        "The longest time between two tries while the circuit breaker is open: 1 s or more. It begins with 1 s and doubles.",
    ),
    key(
        "breaker.hold",
        Duration,
        "How long messages are held while the circuit breaker is open: at most 12 h. After that they are returned to the queue, except one.",
    ),
    key(
        "backlog_interval",
        Duration,
        "Minimum time between two requests for the attributes of a busy queue. An idle queue sends one every 5 min. With `0s` a busy queue does too.",
    ),
    key(
        "dead_letter_interval",
        Duration,
        "Time between two requests for the number of messages in the dead-letter queue: at most a day. `0s` sends none. Each worker sends them, 2,880 a month with the default.",
    ),
    key(
        "price_per_million_usd",
        Number,
        "The price of a million requests in US dollars: 0 or more. The default for a FIFO queue is 0.5.",
    ),
    key(
        "slo.delivery.objective",
        Number,
        "Share of messages that are processed successfully, over 30 days: more than 0.9306, less than 1.",
    ),
    key(
        "slo.delivery.attempts",
        Count(1, None),
        "The number of receives after which a message counts as failed if the queue has no redrive policy, or while it is not known.",
    ),
    key(
        "slo.latency.objective",
        Number,
        "Share of processed messages whose handler ended within the threshold: more than 0.9306, less than 1.",
    ),
    key("slo.latency.threshold", Duration, "The maximum time of a good handler."),
    key(
        "slo.freshness.objective",
        Number,
        "Share of messages whose handler starts within the threshold after they could be received: more than 0.9306, less than 1.",
    ),
    key(
        "slo.freshness.threshold",
        Duration,
        "The maximum age of a message when its handler starts, without the delay of the queue. `0s` switches the objective off, for queues that wait on purpose.",
    ),
    key(
        "slo.polling.objective",
        Number,
        "Share of receives that return messages or wait 20 s: more than 0.8333, less than 1.",
    ),
    key(
        "slo.min_bad_events",
        Count(1, None),
        "An alert needs at least this number of bad events in its longer window.",
    ),
    key(
        "slo.cost.per_million_messages",
        Number,
        "Maximum cost of a million messages in US dollars, above the cost of an idle queue: more than 0.",
    ),
    key(
        "slo.cost.waste_budget_per_month",
        Number,
        "Maximum waste on empty receives per month in US dollars before an alert fires: 0 or more.",
    ),
];
