//! Files and variables, most of them valid.

use std::collections::BTreeMap;

use foreign_input::Input;
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::sample::{Index, select};

/// A valid file, one key in each line.
const VALID: &str = r#"concurrency = 100
[aws]
region = "us-east-1"
endpoint_url = "http://127.0.0.1:9324"
[admin]
listen = "127.0.0.1:0"
first_scrape = "10s"
[shutdown]
grace = "20s"
interrupt = "2s"
settle = "2s"
last_scrape = "0s"
[otlp]
endpoint = "http://127.0.0.1:4318"
protocol = "http/protobuf"
compression = "gzip"
service_name = "orders"
[otlp.traces]
export = true
sampler = "parentbased_traceidratio"
sampler_arg = 0.25
context = "link"
propagators = ["tracecontext", "xray"]
[otlp.metrics]
export = false
interval = "30s"
names = "semconv"
[defaults]
visibility = "60s"
batch.max = 10
batch.window = "1s"
retry.base = "2s"
retry.max = "10m"
breaker.calls = 10
slo.delivery.objective = 0.99
slo.latency.threshold = "10s"
slo.cost.per_million_messages = 1.5
[defaults.handler]
http = "http://127.0.0.1:8080/"
timeout = "30s"
[[queue]]
name = "orders"
concurrency = 20
wait = "20s"
gather = "500ms"
weight = 3
on_reject = "delete"
price_per_million_usd = 0.4
[[queue]]
url = "http://127.0.0.1:9324/000000000000/emails"
label = "emails"
handler = { command = ["./handle", "--fast"], stderr = "log" }
[[queue]]
arn = "arn:aws:sqs:us-east-1:123456789012:bills.fifo"
max_pollers = 2
"#;

/// Values of every type, valid for some keys and for others not.
const VALUES: &[&str] = &[
    "0",
    "1",
    "-1",
    "120000",
    "9223372036854775807",
    "99999999999999999999",
    "0x10",
    "0.5",
    "1.0",
    "1e308",
    "-0.0",
    "nan",
    "inf",
    "-inf",
    "true",
    "\"\"",
    "\"0s\"",
    "\"15s\"",
    "\"24h\"",
    "\"24h 1ns\"",
    "\"1500ms\"",
    "\"99999999999y\"",
    "\"18446744073709551615s\"",
    "\"inf\"",
    "\"-1s\"",
    "[]",
    "[[]]",
    "[\"\"]",
    "[\"a\\u0000b\"]",
    "{}",
    "{ a = 1 }",
    "1979-05-27",
    "07:32:00",
    "\"orders\"",
    "'orders'",
    "\"a b\"",
    "\"a\\nb\"",
    "\"\\u001B[31m\"",
    "\"größe\"",
    "\"http://\"",
    "\"http://[::1]:80/\"",
    "\"http://[::1\"",
    "\"http://a b/\"",
    "\"http://user:secret@h/\"",
    "\"https://h\"",
    "\"HTTP://h:0/\"",
    "\"http://h:99999/\"",
    "\"http://%zz/\"",
    "\"http://a..b/\"",
    "\"http://1.2.3.4.5/\"",
    "\"http://xn--/\"",
    "\"::1\"",
    "\"[::]:1\"",
    "\"arn:aws:sqs:r:123456789012:q\"",
    "\"none\"",
];

const VARIABLES: &[&str] = &[
    "LONGSHORE_CONCURRENCY",
    "LONGSHORE_AWS_REGION",
    "LONGSHORE_ADMIN_LISTEN",
    "LONGSHORE_SHUTDOWN_GRACE",
    "LONGSHORE_DEFAULTS_WAIT",
    "LONGSHORE_DEFAULTS_SLO_DELIVERY_OBJECTIVE",
    "LONGSHORE_DEFAULTS_HANDLER_COMMAND",
    "LONGSHORE_DEFAULTS_BATCH_WINDOW",
    "LONGSHORE_OTLP_TRACES_SAMPLER_ARG",
    "LONGSHORE_UNKNOWN",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_METRIC_EXPORT_INTERVAL",
    "OTEL_METRICS_EXPORTER",
    "OTEL_PROPAGATORS",
    "OTEL_TRACES_SAMPLER_ARG",
];

/// The valid file with other values, with fewer or repeated lines, or with mutations of its bytes.
pub(super) fn file() -> impl Strategy<Value = Input> {
    let values = (vec((any::<Index>(), select(VALUES)), 0..3), vec(any::<Index>(), 0..2));
    let lines = (values, any::<bool>()).prop_map(|((values, moved), repeat)| {
        let mut lines: Vec<String> = VALID.lines().map(str::to_owned).collect();
        for (line, value) in values {
            let line = &mut lines[line.index(VALID.lines().count())];
            if let Some((key, _)) = line.split_once(" = ") {
                *line = format!("{key} = {value}");
            }
        }
        for index in moved {
            let line = lines.remove(index.index(lines.len()));
            if repeat {
                lines.extend([line.clone(), line]);
            }
        }
        lines.join("\n")
    });
    let lines = lines.boxed();
    prop_oneof![
        3 => lines.clone().prop_map(|lines| Input(lines.into_bytes())),
        1 => foreign_input::bytes(lines.prop_map(String::into_bytes)),
    ]
}

pub(super) fn environment() -> impl Strategy<Value = BTreeMap<String, String>> {
    let plain = select(VALUES).prop_map(|value| value.trim_matches('"').to_owned());
    let number = any::<u64>().prop_map(|number| number.to_string());
    let value = prop_oneof![3 => plain, 1 => number, 1 => foreign_input::hostile_text()];
    let variables = vec((select(VARIABLES).prop_map(str::to_owned), value), 1..3);
    prop_oneof![2 => Just(Vec::new()), 1 => variables].prop_map(BTreeMap::from_iter)
}
