//! Where values come from, which one wins, and what is said when they are wrong.

mod corpus;
mod cron;
mod payloads;
mod property;
mod rejects;
mod routes;
mod rules;
mod samples;

use std::path::PathBuf;
use std::time::Duration;

use longshore::config::QueueAddress;
use longshore::handler::Stderr;
use longshore_cli::settings::HandlerConfig;
use longshore_cli::settings::{ConfigError, FlagValue, Loaded, Problem, Source, Sources, load};

/// A directory of a test's own, with this text as its `longshore.toml`.
pub(crate) fn directory_with(test: &str, text: &str) -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(directory.join("longshore.toml"), text).unwrap();
    directory
}

pub(crate) fn sources_with(test: &str, text: &str) -> Sources {
    Sources::in_directory(directory_with(test, text))
}

/// Everything that is wrong with sources that must not be sound.
pub(crate) fn problems_of(sources: &Sources) -> Vec<Problem> {
    let ConfigError(problems) = load(sources).expect_err("problems");
    problems
}

fn text(value: &str) -> FlagValue {
    FlagValue::Text(value.to_owned())
}

fn line(problem: &Problem) -> usize {
    match &problem.place.source {
        Source::File(position) => position.line,
        source => panic!("not in the file but in {source}: {problem}"),
    }
}

/// The value and the source of a key, as `check` would show them.
fn shown(loaded: &Loaded, group: &str, key: &str) -> (String, String) {
    let mut values = loaded.effective.iter();
    let value = values.find(|value| value.group == group && value.key == key).unwrap();
    (value.value.clone(), value.place.source.to_string())
}

#[test]
fn a_job_waits_for_a_scrape_if_other_machines_can_reach_its_metrics() {
    let wait = |listen: &str| {
        let file = format!(
            "[admin]\nlisten = \"{listen}\"\n[[queue]]\nname = \"orders\"\n\
             handler = {{ command = [\"true\"] }}"
        );
        let loaded = load(&sources_with("first_scrape", &file)).unwrap();
        loaded.config.admin.effective_first_scrape()
    };
    assert_eq!(wait("127.0.0.1:1"), Duration::ZERO);
    assert_eq!(wait("[::1]:1"), Duration::ZERO);
    assert_eq!(wait("0.0.0.0:1"), Duration::from_secs(30));
}

#[test]
fn five_mistakes_are_five_problems_with_their_lines() {
    let file = r#"
concurency = 4

[shutdown]
grace = 20

[[queue]]
name = "orders"
handler = { command = ["./handle"] }
visibility = "5s"
wait = "0s"
on_reject = "drop"
"#;
    let problems = problems_of(&sources_with("five_mistakes", file));
    let summary: Vec<_> = problems
        .iter()
        .map(|problem| (line(problem), problem.place.key.as_str(), problem.found.as_str()))
        .collect();
    assert_eq!(
        summary,
        [
            (2, "concurency", "an unknown key, `concurency`"),
            (5, "shutdown.grace", "20"),
            (10, "queue.orders.visibility", "visibility = 5s"),
            (11, "queue.orders.wait", "wait = 0s and short_polling = false (the default)"),
            (12, "queue.orders.on_reject", "\"drop\""),
        ]
    );
    assert!(problems[0].expected.contains("did you mean `concurrency`?"));
    assert!(problems[1].expected.contains("\"20s\""));
    let text = ConfigError(problems).to_string();
    assert!(text.starts_with("5 problems"), "{text}");
    assert!(text.contains("  5. longshore.toml:12:13  queue.orders.on_reject"), "{text}");
}

#[test]
fn an_unknown_envelope_is_refused_with_the_envelopes_that_are_known() {
    let file = r#"
[defaults]
unwrap = "kinesis"

[[queue]]
name = "orders"
handler = { command = ["./handle"] }
unwrap = ["sns", "s3"]
s3_test_event = "ignore"
"#;
    let problems = problems_of(&sources_with("envelopes", file));
    let summary: Vec<_> = problems
        .iter()
        .map(|problem| (line(problem), problem.place.key.as_str(), problem.found.as_str()))
        .collect();
    let expected = [
        (3, "defaults.unwrap", "\"kinesis\""),
        (8, "queue.orders.unwrap", "[\"sns\", \"s3\"]"),
        (9, "queue.orders.s3_test_event", "\"ignore\""),
    ];
    assert_eq!(summary, expected);
    let accepted = "\"none\", \"auto\", \"sns\", \"eventbridge\" or \"s3\"";
    assert_eq!([&problems[0], &problems[1]].map(|problem| &*problem.expected), [accepted; 2]);
    assert_eq!(problems[2].expected, "\"delete\" or \"deliver\"");
}

#[test]
fn each_source_overrides_the_weaker_ones() {
    let queue = "[[queue]]\nname = \"orders\"\nhandler = { command = [\"./handle\"] }\n";
    let mut sources = sources_with("precedence", queue);
    let wait = |sources: &Sources| shown(&load(sources).unwrap(), "queue.orders", "wait");
    let is = |value: &str, source: &str| (value.to_owned(), source.to_owned());
    assert_eq!(wait(&sources), is("20s", "default"));

    let with_defaults = format!("[defaults]\nwait = \"19s\"\n{queue}");
    sources = sources_with("precedence", &with_defaults);
    assert_eq!(wait(&sources), is("19s", "longshore.toml:2:8"));

    sources.environment.insert("LONGSHORE_DEFAULTS_WAIT".to_owned(), "18s".to_owned());
    assert_eq!(wait(&sources), is("18s", "LONGSHORE_DEFAULTS_WAIT"));

    sources.set("--set", "defaults.wait", text("17s"));
    assert_eq!(wait(&sources), is("17s", "--set"));

    let environment = sources.environment.clone();
    sources = sources_with("precedence", &format!("{with_defaults}wait = \"16s\"\n"));
    sources.environment = environment;
    sources.set("--set", "defaults.wait", text("17s"));
    assert_eq!(wait(&sources), is("16s", "longshore.toml:6:8"));

    sources.set("--set", "queue.orders.wait", text("15s"));
    sources.set("--set", "queue.orders.wait", text("14s"));
    assert_eq!(wait(&sources), is("14s", "--set"));
    assert_eq!(load(&sources).unwrap().config.queues[0].config.wait(), Duration::from_secs(14));
}

#[test]
fn the_effective_values_are_those_of_the_program_and_of_each_queue() {
    let file = "[defaults]\nhandler = { http = \"http://127.0.0.1/\" }\n[[queue]]\nname = \"one\"\n[[queue]]\nname = \"two\"\n";
    let loaded = load(&sources_with("groups", file)).unwrap();
    let mut groups: Vec<_> = loaded.effective.into_iter().map(|value| value.group).collect();
    groups.dedup();
    assert_eq!(groups, ["", "aws", "admin", "shutdown", "otlp", "queue.one", "queue.two"]);
}

#[test]
fn every_section_has_variables_and_an_empty_one_is_ignored() {
    let queue = "[[queue]]\nname = \"orders\"\n";
    let mut sources = sources_with("variables", queue);
    sources.environment = [
        ("LONGSHORE_CONCURRENCY", "7"),
        ("LONGSHORE_AWS_ENDPOINT_URL", "http://127.0.0.1:9324"),
        ("LONGSHORE_AWS_REGION", ""),
        ("LONGSHORE_ADMIN_LISTEN", "0.0.0.0:1234"),
        ("LONGSHORE_SHUTDOWN_LAST_SCRAPE", "500ms"),
        ("LONGSHORE_DEFAULTS_RETRY_MAX", "1h 30m"),
        ("LONGSHORE_DEFAULTS_HANDLER_COMMAND", r#"["./handle", "--fast"]"#),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let Loaded { config, warnings, .. } = load(&sources).unwrap();
    assert_eq!(config.concurrency, Some(7));
    assert_eq!(config.aws.endpoint_url.as_deref(), Some("http://127.0.0.1:9324"));
    assert_eq!(config.aws.region, None);
    assert_eq!(config.admin.listen.port(), 1234);
    assert_eq!(config.shutdown.last_scrape, Duration::from_millis(500));
    assert_eq!(config.queues[0].config.retry().max, Duration::from_secs(5400));
    let command = ["./handle", "--fast"].map(str::to_owned).to_vec();
    assert_eq!(
        config.queues[0].handler,
        Some(HandlerConfig::Command { words: command, stderr: Stderr::Log })
    );
    assert!(warnings.is_empty(), "{warnings:?}");
}

#[test]
fn a_variable_that_matches_nothing_is_a_warning_unless_kubernetes_set_it() {
    let queue = "[[queue]]\nname = \"orders\"\nhandler = { command = [\"./handle\"] }\n";
    let mut sources = sources_with("stray_variables", queue);
    for name in ["LONGSHORE_SHUTDOWN_GRASE", "LONGSHORE_SERVICE_HOST", "LONGSHORE_LOG_LEVEL"] {
        sources.environment.insert(name.to_owned(), "1".to_owned());
    }
    let warnings = load(&sources).unwrap().warnings;
    assert_eq!(
        warnings,
        ["LONGSHORE_SHUTDOWN_GRASE matches no setting; did you mean LONGSHORE_SHUTDOWN_GRACE?"]
    );
}

#[test]
fn a_wrong_value_is_a_problem_even_where_it_is_overridden() {
    let file = "[shutdown]\ngrace = 20\n[[queue]]\nname = \"orders\"\nhandler = { http = \"http://x/\" }\n";
    let mut sources = sources_with("overridden", file);
    sources.set("--grace", "shutdown.grace", text("20s"));
    sources.environment.insert("LONGSHORE_SHUTDOWN_GRACE".to_owned(), "soon".to_owned());
    let places: Vec<_> =
        problems_of(&sources).iter().map(|problem| problem.place.to_string()).collect();
    assert_eq!(
        places,
        ["longshore.toml:2:9  shutdown.grace", "LONGSHORE_SHUTDOWN_GRACE  shutdown.grace"]
    );
}

#[test]
fn a_mistake_in_the_defaults_is_reported_once() {
    let file = r#"
[defaults]
wait = 20
visibility = "1s"
handler = { http = "http://127.0.0.1:8080/" }
[[queue]]
name = "one"
[[queue]]
name = "two"
"#;
    let keys: Vec<_> = problems_of(&sources_with("defaults_once", file))
        .into_iter()
        .map(|problem| problem.place.key)
        .collect();
    assert_eq!(keys, ["defaults.wait", "defaults.visibility"]);
}

#[test]
fn a_file_that_is_not_toml_is_reported_with_its_line() {
    let problems = problems_of(&sources_with("syntax", "[shutdown]\ngrace = \"20s\n"));
    assert_eq!(line(&problems[0]), 2);
    assert!(problems[0].expected.starts_with("TOML: "), "{}", problems[0]);
}

#[test]
fn a_missing_file_and_queue_is_reported_with_a_next_step() {
    let problems = problems_of(&Sources::in_directory(env!("CARGO_TARGET_TMPDIR")));
    assert!(problems[0].found.contains("no longshore.toml"), "{}", problems[0]);
    assert!(problems[0].expected.contains("--queue orders -- ./handle-order"), "{}", problems[0]);
}

#[test]
fn a_named_file_must_exist() {
    let mut sources = sources_with("named_file", "");
    sources.environment.insert("LONGSHORE_CONFIG".to_owned(), "gone.toml".to_owned());
    assert_eq!(problems_of(&sources)[0].place.to_string(), "LONGSHORE_CONFIG");
    sources.file = Some("lost.toml".into());
    let problems = problems_of(&sources);
    assert_eq!(problems[0].place.to_string(), "--config");
    assert!(problems[0].found.starts_with("lost.toml: "), "{}", problems[0]);
}

#[test]
fn a_queue_on_the_command_line_needs_no_file() {
    let mut sources = sources_with("flag_queue", "this is no TOML");
    let path = sources.add_queue("--queue", "arn:aws:sqs:us-east-1:123456789012:orders");
    let command = ["./handle".to_owned(), "-x".to_owned()].to_vec();
    sources.set("--", &format!("{path}.handler.command"), FlagValue::Words(command.clone()));
    let Loaded { config, .. } = load(&sources).unwrap();
    let queue = &config.queues[0];
    assert_eq!(queue.config.name(), "orders");
    assert!(matches!(queue.config.address(), QueueAddress::Arn(_)));
    let expected = HandlerConfig::Command { words: command, stderr: Stderr::Log };
    assert_eq!(queue.handler, Some(expected));
}

#[test]
fn a_queue_replaces_the_default_kind_of_handler_and_keeps_the_default_timeout() {
    let file = r#"
[defaults]
handler = { command = ["./handle"], timeout = "7s" }
[[queue]]
name = "one"
[[queue]]
name = "two"
handler = { http = "http://127.0.0.1:8080/" }
"#;
    let config = load(&sources_with("handler_kinds", file)).unwrap().config;
    let seven = Duration::from_secs(7);
    assert!(matches!(config.queues[0].handler, Some(HandlerConfig::Command { .. })));
    assert!(matches!(config.queues[1].handler, Some(HandlerConfig::Http(_))));
    assert!(config.queues.iter().all(|queue| queue.config.handler_timeout() == seven));
}

#[test]
fn a_function_of_lambda_has_batches_of_one_message_and_a_runtime_for_each_slot() {
    let text = "[[queue]]\nname = \"orders\"\nconcurrency = 7\nhandler = { lambda = [\"sh\"] }";
    let config = load(&sources_with("lambda", text)).unwrap().config;
    let Some(HandlerConfig::Lambda(lambda)) = &config.queues[0].handler else {
        panic!("no function")
    };
    let queue = &config.queues[0].config;
    assert_eq!((queue.batch().unwrap().max, lambda.runtimes(queue)), (1, 7));
    let batches = format!("{text}\nbatch = {{ max = 3 }}");
    let queue = &load(&sources_with("lambda_batches", &batches)).unwrap().config.queues[0].config;
    assert_eq!((queue.batch().unwrap().max, lambda.runtimes(queue)), (3, 3));
}
