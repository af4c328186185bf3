//! Finds the place of each value that breaks a rule. The library has the rules for a worker and its
//! queues; those for the program's own settings are here.

use std::time::Duration;

use reqwest::Url;
use reqwest::header::HeaderValue;

use longshore::config::{MAX_IN_FLIGHT, Violation, is_http_url};
use longshore::handler::{ROUTE_NAME, is_route_name};
use longshore::otlp::OtlpConfig;

use super::config::Config;
use super::descriptors::Descriptors;
use super::effective::Effective;
use super::handler::{HandlerConfig, HttpConfig, LambdaConfig};
use super::place::Source;
use super::problem::Problem;
use super::queue_settings::QueueSettings;
use super::queues::QueuePart;
use super::schema::QueueDraft;
use super::section::Reader;

/// Reports each rule that the configuration breaks.
pub(super) fn check(
    config: &Config,
    drafts: &[QueueDraft],
    parts: &[QueuePart<'_>],
    reader: &mut Reader<'_>,
) {
    let mut top = Judge { group: "", prefix: "", reader };
    let concurrency = config.concurrency.is_none_or(|limit| (1..=MAX_IN_FLIGHT).contains(&limit));
    top.require(concurrency, &["concurrency"], "1 to 120000");
    Judge { group: "aws", prefix: "", reader }.report_all(config.aws.violations());
    otlp(&config.otlp, &mut Judge { group: "otlp", prefix: "", reader });
    for (draft, part) in drafts.iter().zip(parts) {
        let mut judge = Judge { group: &part.label, prefix: "", reader };
        judge.report_all(draft.builder.violations());
        handler(draft.handler.as_ref(), &mut judge);
        for route in &draft.routes {
            let mut judge = Judge { group: &part.label, prefix: &route.prefix, reader };
            judge.require(
                is_route_name(&route.name) || route.name.is_empty(),
                &["name"],
                ROUTE_NAME,
            );
            handler(route.handler.as_ref(), &mut judge);
        }
    }
}

fn otlp(otlp: &OtlpConfig, judge: &mut Judge<'_, '_>) {
    let share = (0.0..=1.0).contains(&otlp.tracing.sampler_arg);
    judge.require(share, &["traces.sampler_arg"], "a share of the traces, 0 to 1");
    let interval = otlp.metrics.interval.0 >= Duration::from_millis(100);
    judge.require(interval, &["metrics.interval"], "at least 100ms");
}

fn handler(handler: Option<&HandlerConfig>, judge: &mut Judge<'_, '_>) {
    match handler {
        None => {}
        Some(HandlerConfig::Command { words, .. }) => judge.require(
            is_program(words),
            &["handler.command"],
            "a program, and its arguments if it has any, without NUL characters",
        ),
        Some(HandlerConfig::Http(config)) => http(config, judge),
        Some(HandlerConfig::Lambda(config)) => lambda(config, judge),
        Some(HandlerConfig::LambdaUrl(url)) => judge.require(
            is_usable(url),
            &["handler.lambda_url"],
            "a URL, as in \"http://127.0.0.1:9000/2015-03-31/functions/function/invocations\"",
        ),
    }
}

fn is_program(words: &[String]) -> bool {
    let has_program = words.first().is_some_and(|program| !program.is_empty());
    has_program && !words.iter().any(|word| word.contains('\0'))
}

/// The client parses a URL by other rules than `http`.
fn is_usable(url: &str) -> bool {
    is_http_url(url) && Url::parse(url).is_ok()
}

fn http(http: &HttpConfig, judge: &mut Judge<'_, '_>) {
    let url = "a URL, as in \"http://127.0.0.1:8080/\"";
    judge.require(is_usable(&http.url), &["handler.http"], url);
    let is_kind =
        HeaderValue::from_str(&http.content_type).is_ok() && !http.content_type.is_empty();
    let expected = "a media type, as in \"application/json\"";
    judge.require(is_kind, &["handler.content_type"], expected);
}

fn lambda(lambda: &LambdaConfig, judge: &mut Judge<'_, '_>) {
    judge.require(
        is_program(&lambda.words),
        &["handler.lambda"],
        "the program of a runtime, as in [\"./bootstrap\"] or [\"python3\", \"-m\", \"awslambdaric\", \"app.handler\"]",
    );
    if let Some(why) = lambda.program_problem().filter(|_| is_program(&lambda.words)) {
        judge.require(false, &["handler.lambda"], &format!("a program that can run here ({why})"));
    }
    let runtimes = lambda.runtimes.is_none_or(|runtimes| (1..=1_000).contains(&runtimes));
    judge.require(runtimes, &["handler.runtimes"], "1 to 1000");
    let memory = (1..=10_240).contains(&lambda.memory_mib);
    judge.require(memory, &["handler.memory_mib"], "1 to 10240, in MiB");
    let init =
        (Duration::from_millis(100)..=Duration::from_secs(900)).contains(&lambda.init_timeout);
    judge.require(init, &["handler.init_timeout"], "100ms to 15m");
    let texts = [
        ("handler.function_name", &lambda.function_name),
        ("handler.function_handler", &lambda.function_handler),
        ("handler.task_root", &lambda.task_root),
    ];
    for (key, text) in texts {
        let holds = text.as_ref().is_none_or(|text| !text.is_empty() && !text.contains('\0'));
        judge.require(holds, &[key], "a text without NUL characters");
    }
}

/// Warnings about valid settings that are probably a mistake: one sentence each.
pub(super) fn warnings(config: &Config) -> Vec<String> {
    let grace = config.shutdown.grace;
    let mut warnings = Vec::new();
    for settings in &config.queues {
        let QueueSettings { config: queue, cron, .. } = settings;
        let (name, timeout) = (queue.name(), queue.handler_timeout());
        let http = |handler: &HandlerConfig| match handler {
            HandlerConfig::Http(http) => Some(http.periodic_tasks),
            HandlerConfig::Command { .. }
            | HandlerConfig::Lambda(_)
            | HandlerConfig::LambdaUrl(_) => None,
        };
        let runs_tasks: Vec<bool> = settings.handlers().filter_map(http).collect();
        let ignores_tasks = !runs_tasks.is_empty() && !runs_tasks.contains(&true);
        if cron.is_some() && ignores_tasks {
            warnings.push(format!(
                "queue {name} has periodic tasks (cron), and its handler gets them as normal messages: \
                 set handler.periodic_tasks = true"
            ));
        }
        if queue.short_polling() {
            warnings.push(format!(
                "queue {name} uses short polling: each receive returns at once, and SQS bills empty \
                 receives too"
            ));
        }
        if timeout > grace {
            warnings.push(format!(
                "a handler of queue {name} may take {}, but a shutdown waits {} (shutdown.grace): \
                 handlers that take longer are interrupted, and their messages are redelivered",
                humantime::format_duration(timeout),
                humantime::format_duration(grace),
            ));
        }
    }
    warnings.extend(Descriptors::new(config).warning());
    warnings
}

/// Reports the violations of one group of settings.
struct Judge<'j, 'a> {
    group: &'j str,
    /// What the keys begin with in the group.
    prefix: &'j str,
    reader: &'j mut Reader<'a>,
}

impl Judge<'_, '_> {
    fn report_all(&mut self, violations: Vec<Violation>) {
        for Violation { settings, expected, .. } in violations {
            let keys: Vec<_> = settings.iter().map(|(key, _)| *key).collect();
            self.require(false, &keys, &expected);
        }
    }

    /// Reports a rule that does not hold, with the values of all its keys, at the place of the
    /// first value that was set. If a key could not be read, that is reported already, and the rule
    /// is not.
    fn require(&mut self, holds: bool, keys: &[&str], expected: &str) {
        if holds {
            return;
        }
        let find = |key: &&str| {
            let mut effective = self.reader.effective.iter();
            effective.find(|effective| {
                effective.group == self.group
                    && effective.key.strip_prefix(self.prefix) == Some(*key)
            })
        };
        let Some(values) = keys.iter().map(find).collect::<Option<Vec<&Effective>>>() else {
            return;
        };
        let set = values.iter().find(|value| value.place.source != Source::Default);
        let Some(blamed) = set.or(values.first()) else { return };
        let found: Vec<_> = values.iter().map(|value| in_words(value)).collect();
        let place = blamed.place.clone();
        let found = found.join(" and ");
        self.reader.report(Problem { place, found, expected: expected.to_owned() });
    }
}

fn in_words(Effective { key, value, place, .. }: &Effective) -> String {
    match place.source {
        Source::Default => format!("{key} = {value} (the default)"),
        Source::File(_) | Source::Variable(_) | Source::Flag(_) => format!("{key} = {value}"),
    }
}
