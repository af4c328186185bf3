//! The keys: each is named here once, next to the field that it sets. The defaults are those of the
//! fields.

use toml::de::DeTable;

use longshore::config::{
    AwsConfig, BatchConfig, BreakerConfig, ObjectivesConfig, PayloadsConfig, QueueAddress,
    QueueConfig, QueueConfigBuilder, RetryConfig, ShutdownConfig,
};
use longshore::otlp::{OtlpConfig, SignalConfig};

use super::buckets::Buckets;
use super::config::{AdminConfig, Config};
use super::cron::CronDraft;
use super::handler::{HandlerConfig, one_message};
use super::handler_section;
use super::queue_settings::Unrouted;
use super::queues::QueuePart;
use super::routes::{self, RouteDraft};
use super::section::{Layer, LayerKind, Reader, Reported, Section};
use super::setting::Age;

/// The settings of one queue before they are validated.
pub(super) struct QueueDraft {
    pub(super) builder: QueueConfigBuilder,
    /// Of all messages, or of those that no route takes.
    pub(super) handler: Option<HandlerConfig>,
    pub(super) routes: Vec<RouteDraft>,
    pub(super) unrouted: Unrouted,
    /// Whether all handlers get batches, because the configuration has a size of batches.
    pub(super) has_batches: bool,
    pub(super) cron: CronDraft,
}

/// Reads the configuration from the file's `table` and all other sources. The queues are not
/// validated yet.
pub(super) fn read<'a>(
    reader: &mut Reader<'a>,
    table: &'a DeTable<'a>,
    queues: &[QueuePart<'a>],
) -> (Config, Vec<QueueDraft>) {
    let mut config = Config::default();
    let mut root = root(reader, table);
    root.set("concurrency", &mut config.concurrency);
    aws(root.child("aws"), &mut config.aws);
    admin(root.child("admin"), &mut config.admin);
    shutdown(root.child("shutdown"), &mut config.shutdown);
    otlp(root.child("otlp"), &mut config.otlp);
    let fallback = defaults(root.child("defaults"));
    let drafts = queues.iter().map(|part| queue(part.section(reader, &fallback))).collect();
    (config, drafts)
}

fn root<'r, 'a>(reader: &'r mut Reader<'a>, table: &'a DeTable<'a>) -> Section<'r, 'a> {
    let kinds = [LayerKind::Flags, LayerKind::Variables, LayerKind::Table(table, 0)];
    let layers = kinds.map(|kind| Layer { kind, path: String::new() }).to_vec();
    Section { reader, group: String::new(), prefix: String::new(), layers }
}

fn aws(mut section: Section<'_, '_>, aws: &mut AwsConfig) {
    section.set("region", &mut aws.region);
    section.set("endpoint_url", &mut aws.endpoint_url);
    section.set_as("s3_endpoint_url", "AWS_ENDPOINT_URL_S3", &mut aws.s3_endpoint_url);
}

fn admin(mut section: Section<'_, '_>, admin: &mut AdminConfig) {
    section.set("listen", &mut admin.listen);
    // Its default depends on the address, which is known here.
    let mut first_scrape = admin.effective_first_scrape();
    section.set("first_scrape", &mut first_scrape);
    admin.first_scrape = Some(first_scrape);
}

fn shutdown(mut section: Section<'_, '_>, shutdown: &mut ShutdownConfig) {
    section.set("grace", &mut shutdown.grace);
    section.set("interrupt", &mut shutdown.interrupt);
    section.set("settle", &mut shutdown.settle);
    section.set("flush", &mut shutdown.flush);
    section.set("last_scrape", &mut shutdown.last_scrape);
    section.set("limit", &mut shutdown.limit);
}

fn otlp(mut section: Section<'_, '_>, otlp: &mut OtlpConfig) {
    section.set_as("disabled", "OTEL_SDK_DISABLED", &mut otlp.disabled);
    section.set_as("endpoint", "OTEL_EXPORTER_OTLP_ENDPOINT", &mut otlp.endpoint);
    section.set_as("protocol", "OTEL_EXPORTER_OTLP_PROTOCOL", &mut otlp.protocol);
    section.set_as("compression", "OTEL_EXPORTER_OTLP_COMPRESSION", &mut otlp.compression);
    section.set_as("service_name", "OTEL_SERVICE_NAME", &mut otlp.service_name);
    let tracing = &mut otlp.tracing;
    let mut section_of_traces = section.child("traces");
    signal(&mut section_of_traces, &TRACES_VARIABLES, &mut otlp.traces);
    section_of_traces.set_as("sampler", "OTEL_TRACES_SAMPLER", &mut tracing.sampler);
    section_of_traces.set_as("sampler_arg", "OTEL_TRACES_SAMPLER_ARG", &mut tracing.sampler_arg);
    section_of_traces.set("context", &mut tracing.context);
    section_of_traces.set_as("propagators", "OTEL_PROPAGATORS", &mut tracing.propagators);
    let mut section_of_metrics = section.child("metrics");
    signal(&mut section_of_metrics, &METRICS_VARIABLES, &mut otlp.metrics.signal);
    let interval = &mut otlp.metrics.interval;
    section_of_metrics.set_as("interval", "OTEL_METRIC_EXPORT_INTERVAL", interval);
    section_of_metrics.set("names", &mut otlp.metrics.names);
}

/// OpenTelemetry's names for a signal's exporter, endpoint, protocol and compression.
/// <https://opentelemetry.io/docs/specs/otel/protocol/exporter/>
type SignalVariables = [&'static str; 4];

const TRACES_VARIABLES: SignalVariables = [
    "OTEL_TRACES_EXPORTER",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
    "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION",
];

const METRICS_VARIABLES: SignalVariables = [
    "OTEL_METRICS_EXPORTER",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL",
    "OTEL_EXPORTER_OTLP_METRICS_COMPRESSION",
];

fn signal(section: &mut Section<'_, '_>, names: &SignalVariables, signal: &mut SignalConfig) {
    let [exporter, endpoint, protocol, compression] = names;
    section.set_as("export", exporter, &mut signal.export);
    section.set_as("endpoint", endpoint, &mut signal.endpoint);
    section.set_as("protocol", protocol, &mut signal.protocol);
    section.set_as("compression", compression, &mut signal.compression);
}

/// Reads `[defaults]` by itself, so that its errors are reported even if every queue overrides it.
/// Its values are listed with each queue. Returns its layers, which are the weakest layers of a
/// queue.
fn defaults<'a>(mut section: Section<'_, 'a>) -> Vec<Layer<'a>> {
    let mut ignored = QueueConfig::builder("");
    // A missing handler is not an error here, and a wrong one has been reported.
    drop(handler_section::read(section.child("handler")));
    settings(&mut section, &mut ignored);
    section.set("unrouted", &mut Unrouted::default());
    CronDraft::default().read(&mut section);
    let group = section.group.clone();
    section.reader.effective.retain(|effective| effective.group != group);
    section.layers
}

fn queue(mut section: Section<'_, '_>) -> QueueDraft {
    let address = match section.with_own_layers(address) {
        Ok(Some(address)) => address,
        Ok(None) => {
            section.report_missing(
                "neither name, url nor arn",
                "one of the three, as in name = \"orders\"",
            );
            QueueAddress::Name(String::new())
        }
        Err(Reported) => QueueAddress::Name(String::new()),
    };
    let mut builder = QueueConfig::builder(address);
    section.with_own_layers(|section| section.set("label", &mut builder.name));
    let handler = handler_section::read(section.child("handler"));
    let (has_routes, routes) = (routes::are_in(&section), routes::read(&mut section));
    let unrouted = unrouted(&mut section, has_routes);
    match &handler {
        Ok(Some(_)) | Err(Reported) => {}
        Ok(None) if has_routes && unrouted != Unrouted::Handler => {}
        Ok(None) if has_routes => section.report_missing(
            "no handler for the messages that no route takes",
            "handler = { … }, unrouted = \"reject\" or unrouted = \"retry\"",
        ),
        Ok(None) => section.report_missing(
            "no handler, neither here nor in [defaults]",
            "handler = { command = [\"./handle\"] } or handler = { http = \"http://127.0.0.1:8080/\" }",
        ),
    }
    settings(&mut section, &mut builder);
    let mut cron = CronDraft::default();
    cron.read(&mut section);
    let handler = handler.ok().flatten();
    let has_batches = builder.batch.is_some();
    let mut handlers = routes.iter().filter_map(|route| route.handler.as_ref()).chain(&handler);
    if handlers.any(HandlerConfig::needs_batches) {
        builder.batch.get_or_insert_with(one_message);
    }
    QueueDraft { builder, handler, routes, unrouted, has_batches, cron }
}

fn unrouted(section: &mut Section<'_, '_>, has_routes: bool) -> Unrouted {
    let mut unrouted = Unrouted::default();
    section.set("unrouted", &mut unrouted);
    if !has_routes {
        let own = section.with_own_layers(|section| section.one_of(&["unrouted"]));
        if let Ok(Some(key)) = own {
            section.refuse(key, "a queue with routes: [[queue.route]]");
        }
        let group = section.group.clone();
        section.reader.effective.retain(|it| it.group != group || it.key != "unrouted");
    }
    unrouted
}

fn address(section: &mut Section<'_, '_>) -> Result<Option<QueueAddress>, Reported> {
    let Some(key) = section.one_of(&["name", "url", "arn"])? else { return Ok(None) };
    let mut value = String::new();
    section.set(key, &mut value);
    Ok(Some(match key {
        "name" => QueueAddress::Name(value),
        "url" => QueueAddress::Url(value),
        _ => QueueAddress::Arn(value),
    }))
}

/// The settings of a queue without its address and its handler.
fn settings(section: &mut Section<'_, '_>, queue: &mut QueueConfigBuilder) {
    section.child("handler").set("timeout", &mut queue.handler_timeout);
    section.set("wait", &mut queue.wait);
    section.set("short_polling", &mut queue.short_polling);
    section.set("concurrency", &mut queue.concurrency);
    batch(section.child("batch"), &mut queue.batch);
    section.set("weight", &mut queue.weight);
    section.set("max_pollers", &mut queue.max_pollers);
    section.set("visibility", &mut queue.visibility);
    section.set("delete_linger", &mut queue.delete_linger);
    retry(section.child("retry"), &mut queue.retry);
    section.set("on_reject", &mut queue.on_reject);
    let mut max_age = queue.max_age.map(Age);
    section.set("max_age", &mut max_age);
    queue.max_age = max_age.map(|Age(longest)| longest);
    section.set("unwrap", &mut queue.envelopes.unwrap);
    section.set("s3_test_event", &mut queue.envelopes.s3_test_event);
    payloads(section.child("payloads"), &mut queue.payloads);
    breaker(section.child("breaker"), &mut queue.breaker);
    section.set("backlog_interval", &mut queue.backlog_interval);
    section.set("dead_letter_interval", &mut queue.dead_letter_interval);
    section.set("price_per_million_usd", &mut queue.price_per_million_usd);
    objectives(section.child("slo"), &mut queue.objectives);
    // Their defaults depend on the freshness threshold, which is known here.
    let (mut gather, mut max_hold) = (queue.effective_gather(), queue.effective_max_hold());
    section.set("gather", &mut gather);
    section.set("max_hold", &mut max_hold);
    (queue.gather, queue.max_hold) = (Some(gather), Some(max_hold));
}

fn objectives(mut section: Section<'_, '_>, objectives: &mut ObjectivesConfig) {
    let mut delivery = section.child("delivery");
    delivery.set("objective", &mut objectives.delivery);
    delivery.set("attempts", &mut objectives.delivery_attempts);
    let mut latency = section.child("latency");
    latency.set("objective", &mut objectives.latency);
    latency.set("threshold", &mut objectives.latency_threshold);
    let mut freshness = section.child("freshness");
    freshness.set("objective", &mut objectives.freshness);
    freshness.set("threshold", &mut objectives.freshness_threshold);
    section.child("polling").set("objective", &mut objectives.polling);
    section.set("min_bad_events", &mut objectives.min_bad_events);
    let mut cost = section.child("cost");
    cost.set("per_million_messages", &mut objectives.cost_per_million_messages_usd);
    cost.set("waste_budget_per_month", &mut objectives.waste_budget_per_month_usd);
}

/// A maximum of 0 means that the handler gets single messages.
fn batch(mut section: Section<'_, '_>, batch: &mut Option<BatchConfig>) {
    let mut max = batch.map_or(0, |batch| batch.max);
    let mut window = batch.unwrap_or_default().window;
    section.set("max", &mut max);
    section.set("window", &mut window);
    *batch = (max > 0).then(|| BatchConfig::new(max, window));
}

fn payloads(mut section: Section<'_, '_>, payloads: &mut PayloadsConfig) {
    let mut buckets = Buckets(std::mem::take(&mut payloads.buckets));
    section.set("buckets", &mut buckets);
    payloads.buckets = buckets.0;
    section.set("max_mib", &mut payloads.max_mib);
    section.set("delete", &mut payloads.delete);
}

fn breaker(mut section: Section<'_, '_>, breaker: &mut BreakerConfig) {
    section.set("enabled", &mut breaker.enabled);
    section.set("calls", &mut breaker.calls);
    section.set("max_interval", &mut breaker.max_interval);
    section.set("hold", &mut breaker.hold);
}

fn retry(mut section: Section<'_, '_>, retry: &mut RetryConfig) {
    section.set("base", &mut retry.base);
    section.set("max", &mut retry.max);
}
