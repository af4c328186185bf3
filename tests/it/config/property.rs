//! Any file and any variables: accepted within limits, or refused with a place and a reason.

mod input;

use std::cell::Cell;
use std::collections::BTreeSet;
use std::time::Duration;

use longshore::config::MAX_IN_FLIGHT;
use longshore_cli::settings::{
    Config, ConfigError, Effective, FlagValue, HandlerConfig, Loaded, Problem, Source, Sources,
    load,
};
use proptest::prelude::{prop_assert, prop_assert_eq, proptest};
use proptest::test_runner::TestCaseError;

use self::input::{environment, file};
use crate::config::{directory_with, sources_with};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Everything that a refusal has to have.
fn check_problem(problem: &Problem, text: &str, sources: &Sources) -> Result<(), TestCaseError> {
    prop_assert!(!problem.expected.trim().is_empty(), "nothing expected: {}", problem);
    let shown = problem.to_string();
    let is_shown_as_text = |letter: char| !letter.is_control() || letter == '\n';
    prop_assert!(shown.chars().all(is_shown_as_text), "control characters: {shown:?}");
    let [_place, found, _expected] = shown.lines().collect::<Vec<_>>()[..] else {
        return Err(TestCaseError::fail(format!("not three lines: {shown:?}")));
    };
    prop_assert!(!found.trim().trim_start_matches("found").trim().is_empty(), "{}", shown);
    match &problem.place.source {
        Source::File(position) => {
            let line = text.split('\n').nth(position.line - 1).unwrap_or_default();
            prop_assert!(position.column <= line.chars().count() + 1, "{}", problem);
        }
        Source::Variable(name) => prop_assert!(sources.environment.contains_key(name)),
        // All handlers are in the file, and the file is found.
        source => prop_assert!(false, "{:?}", source),
    }
    Ok(())
}

/// What the worker relies on.
fn check_limits(config: &Config) -> Result<(), TestCaseError> {
    let shutdown = &config.shutdown;
    for time in
        [shutdown.grace, shutdown.interrupt, shutdown.settle, config.otlp.metrics.interval.0]
    {
        prop_assert!(time <= DAY, "{:?}", time);
    }
    prop_assert!(config.concurrency.is_none_or(|limit| (1..=MAX_IN_FLIGHT).contains(&limit)));
    prop_assert!((0.0..=1.0).contains(&config.otlp.tracing.sampler_arg));
    let names: BTreeSet<_> = config.queues.iter().map(|queue| queue.config.name()).collect();
    prop_assert!(names.len() == config.queues.len() && !names.is_empty());
    for queue in &config.queues {
        let settings = &queue.config;
        prop_assert!(settings.name().chars().all(|letter| !letter.is_control()));
        prop_assert!((1..=MAX_IN_FLIGHT).contains(&settings.concurrency()));
        prop_assert!(settings.wait() <= Duration::from_secs(20));
        prop_assert!(settings.visibility() <= DAY / 2 && settings.handler_timeout() <= DAY);
        prop_assert!(settings.price_per_million_usd().is_finite());
        prop_assert!((0.0..1.0).contains(&settings.objectives().delivery));
        // The system can lack the root certificates of https.
        let needs_roots = matches!(&queue.handler, Some(HandlerConfig::Http(http)) if http.url.starts_with("https"));
        if let Err(error) = queue.build(None)
            && !needs_roots
        {
            prop_assert!(false, "{:?}: {}", queue.handler, error);
        }
    }
    Ok(())
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// The values in effect, set again: the queues in a file, everything else by flags.
fn set_again(test: &str, loaded: &Loaded) -> Sources {
    let mut file = String::new();
    let address = |key: &str| matches!(key, "name" | "url" | "arn" | "label");
    for queue in &loaded.config.queues {
        let (key, value) = (queue.config.address().key(), queue.config.address().to_string());
        let (value, label) = (quoted(&value), quoted(queue.config.name()));
        file.push_str(&format!("[[queue]]\n{key} = {value}\nlabel = {label}\n"));
    }
    let mut sources = sources_with(test, &file);
    for Effective { group, key, value, .. } in &loaded.effective {
        let path = if group.is_empty() { key.clone() } else { format!("{group}.{key}") };
        let in_queue = group.starts_with("queue");
        if value != "not set" && !(in_queue && address(key)) {
            let words = loaded.config.queues.iter().find_map(|queue| match &queue.handler {
                Some(HandlerConfig::Command { words, .. }) if format!("{words:?}") == *value => {
                    Some(words)
                }
                _ => None,
            });
            let value = words
                .map_or(FlagValue::Text(value.clone()), |words| FlagValue::Words(words.clone()));
            sources.set("--set", &path, value);
        }
    }
    sources
}

#[test]
fn any_configuration_is_within_limits_or_refused_with_a_place() {
    let (accepted, refused) = (Cell::new(0), Cell::new(0));
    proptest!(|(text in file(), environment in environment())| {
        let directory = directory_with("any_configuration", "");
        std::fs::write(directory.join("longshore.toml"), &*text).unwrap();
        let mut sources = Sources::in_directory(&directory);
        sources.environment = environment;
        match load(&sources) {
            Ok(loaded) => {
                accepted.set(accepted.get() + 1);
                check_limits(&loaded.config)?;
            }
            Err(ConfigError(problems)) => {
                refused.set(refused.get() + 1);
                prop_assert!(!problems.is_empty());
                let text = String::from_utf8_lossy(&text);
                for problem in &problems {
                    check_problem(problem, &text, &sources)?;
                }
            }
        }
    });
    assert!(accepted.get() > 0 && refused.get() > 0, "{accepted:?} {refused:?}");
}

/// `check` shows the values in effect. A secret is masked, and cannot be set again.
#[test]
fn values_that_are_shown_and_set_again_are_equal() {
    let equal = Cell::new(0);
    proptest!(|(text in file())| {
        let directory = directory_with("shown", "");
        std::fs::write(directory.join("longshore.toml"), &*text).unwrap();
        let Ok(loaded) = load(&Sources::in_directory(directory)) else { return Ok(()) };
        if loaded.effective.iter().any(|value| value.value.contains("***")) {
            return Ok(());
        }
        match load(&set_again("set_again", &loaded)) {
            // Not the shown values, because they could have lost the same digits.
            Ok(again) => prop_assert_eq!(
                format!("{:?}", again.config),
                format!("{:?}", loaded.config)
            ),
            Err(error) => prop_assert!(false, "{}", error),
        }
        equal.set(equal.get() + 1);
    });
    assert!(equal.get() > 0);
}
