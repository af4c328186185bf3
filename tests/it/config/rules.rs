//! The rules for the values of a queue: each is broken once, and must be reported alone.

use longshore::cost::pricing::{receives_per_month, usd};
use longshore_cli::settings::Sources;

use crate::config::{problems_of, sources_with};

const HANDLER: &str = "handler = { command = [\"./handle\"] }\n";

fn queue_with(test: &str, lines: &str) -> Sources {
    sources_with(test, &format!("[[queue]]\nname = \"orders\"\n{HANDLER}{lines}"))
}

/// Asserts that these lines in a sound queue are exactly one problem, which says this.
fn is_one_problem(test: &str, lines: &str, found: &str, expected: &str) {
    let problems = problems_of(&queue_with(test, lines));
    assert_eq!(problems.len(), 1, "{lines}: {problems:#?}");
    assert_eq!(problems[0].found, found);
    assert!(problems[0].expected.contains(expected), "{}", problems[0]);
}

#[test]
fn each_rule_of_a_queue_has_its_values_and_what_is_accepted() {
    let broken = [
        ("wait = \"21s\"", "wait = 21s", "1s to 20s"),
        ("wait = \"1500ms\"", "wait = 1s 500ms", "whole seconds"),
        (
            "short_polling = true",
            "short_polling = true and wait = 20s (the default)",
            "wait = \"0s\" with short_polling = true",
        ),
        ("visibility = \"9s\"", "visibility = 9s", "whole seconds from 10s"),
        ("visibility = \"12h 1s\"", "visibility = 12h 1s", "12h"),
        ("visibility = \"10500ms\"", "visibility = 10s 500ms", "whole seconds"),
        (
            "delete_linger = \"8s\"",
            "delete_linger = 8s and visibility = 30s (the default)",
            "a quarter of visibility, 7s 500ms",
        ),
        (
            "gather = \"10s\"",
            "gather = 10s and slo.freshness.threshold = 10s (the default)",
            "less than the freshness threshold",
        ),
        (
            "max_hold = \"2s\"\nslo.freshness.threshold = \"1s\"",
            "max_hold = 2s and slo.freshness.threshold = 1s",
            "less than the freshness threshold",
        ),
        (
            "retry = { base = \"20m\" }",
            "retry.base = 20m and retry.max = 15m (the default)",
            "retry.base at most retry.max",
        ),
        ("retry = { max = \"13h\" }", "retry.max = 13h", "at most 12h"),
        ("concurrency = 0", "concurrency = 0", "1 to 120000"),
        ("concurrency = 120_001", "concurrency = 120001", "1 to 120000"),
        ("concurrency = -1", "-1", "a whole number"),
        ("weight = 0", "weight = 0", "1 or more"),
        ("max_pollers = 0", "max_pollers = 0", "1 or more"),
        ("price_per_million_usd = -0.1", "price_per_million_usd = -0.1", "0 or more"),
        ("price_per_million_usd = inf", "price_per_million_usd = inf", "0 or more"),
        ("backlog_interval = \"25h\"", "\"25h\"", "at most a day"),
        ("wait = \"5 parsecs\"", "\"5 parsecs\"", "a duration, as in"),
        ("short_polling = \"no\"", "\"no\"", "true or false"),
        ("retry = \"2s\"", "\"2s\"", "a table"),
        ("retry = { bse = \"2s\" }", "an unknown key, `bse`", "did you mean `base`?"),
    ];
    for (lines, found, expected) in broken {
        is_one_problem("queue_rules", lines, found, expected);
    }
}

#[test]
fn the_bounds_themselves_are_allowed() {
    let sound = [
        "wait = \"1s\"",
        "wait = \"0s\"\nshort_polling = true",
        "visibility = \"10s\"",
        "visibility = \"12h\"",
        "delete_linger = \"7500ms\"",
        "concurrency = 120_000",
        "price_per_million_usd = 0",
        "backlog_interval = \"0s\"",
        "gather = \"9s\"\nmax_hold = \"0s\"",
        "slo.freshness.threshold = \"1s\"",
    ];
    for lines in sound {
        let loaded = longshore_cli::settings::load(&queue_with("queue_bounds", lines));
        assert!(loaded.is_ok(), "{lines}: {loaded:?}");
    }
}

#[test]
fn each_rule_of_a_handler_has_what_is_accepted() {
    let broken = [
        ("{ command = [] }", "handler.command = []", "a program"),
        ("{ command = \"./handle\" }", "\"./handle\"", "without a shell"),
        ("{ http = \"127.0.0.1:8080\" }", "handler.http = 127.0.0.1:8080", "a URL"),
        ("{ http = \"ftp://127.0.0.1/\" }", "handler.http = ftp://127.0.0.1/", "a URL"),
        (
            "{ http = \"http://127.0.0.1/\", command = [\"./handle\"] }",
            "command = [\"./handle\"] and http = \"http://127.0.0.1/\"",
            "one of command, http, lambda, lambda_url",
        ),
        ("{ lambda = [] }", "handler.lambda = []", "the program of a runtime"),
        (
            "{ lambda = [\"./no-such-bootstrap\"] }",
            "handler.lambda = [\"./no-such-bootstrap\"]",
            "can run here (cannot start ./no-such-bootstrap: the file does not exist)",
        ),
        ("{ lambda = [\"sh\"], runtimes = 0 }", "handler.runtimes = 0", "1 to 1000"),
        ("{ lambda = [\"sh\"], memory_mib = 0 }", "handler.memory_mib = 0", "1 to 10240"),
        ("{ lambda = [\"sh\"], init_timeout = \"1ms\" }", "handler.init_timeout = 1ms", "100ms"),
        (
            "{ http = \"http://127.0.0.1/\", content_type = \"\" }",
            "handler.content_type = ",
            "a media type",
        ),
        ("{ lambda_url = \"orders\" }", "handler.lambda_url = orders", "/2015-03-31/functions/"),
        ("{ command = [\"x\"], timeout = \"13h\" }", "handler.timeout = 13h", "12h"),
        ("{ command = [\"x\"], timeout = \"0s\" }", "handler.timeout = 0s", "more than 0s"),
        ("{ timeout = \"5s\" }", "no handler, neither here nor in [defaults]", "handler = {"),
    ];
    for (handler, found, expected) in broken {
        let file = format!("[[queue]]\nname = \"orders\"\nhandler = {handler}\n");
        let problems = problems_of(&sources_with("handler_rules", &file));
        assert_eq!(problems.len(), 1, "{handler}: {problems:#?}");
        assert_eq!(problems[0].found, found);
        assert!(problems[0].expected.contains(expected), "{}", problems[0]);
    }
}

#[test]
fn every_queue_needs_a_unique_name() {
    let queue = |address: &str| format!("[[queue]]\n{address}\n{HANDLER}");
    let broken = [
        (String::new(), "no queue", "at least one"),
        ("[queue]\nname = \"orders\"\n".to_owned(), "[queue]", "two brackets"),
        (queue(""), "neither name, url nor arn", "name = \"orders\""),
        (queue("name = \"a b\""), "name = a b", "1 to 80 letters"),
        (queue("url = \"orders\""), "url = orders", "a queue URL"),
        (queue("arn = \"arn:aws:sns:x:1:y\""), "arn = arn:aws:sns:x:1:y", "a queue ARN"),
        (
            queue("name = \"a\"\nurl = \"https://x/a\""),
            "name = \"a\" and url = \"https://x/a\"",
            "one of name, url, arn",
        ),
        (
            queue("name = \"a\"") + &queue("url = \"https://x/1/a\""),
            "a second queue with this name",
            "a label that no other queue has",
        ),
    ];
    for (file, found, expected) in broken {
        let problems = problems_of(&sources_with("queue_identity", &file));
        assert_eq!(problems.len(), 1, "{file}: {problems:#?}");
        assert_eq!(problems[0].found, found);
        assert!(problems[0].expected.contains(expected), "{}", problems[0]);
    }
}

#[test]
fn a_problem_of_a_duplicate_queue_is_reported_for_that_queue() {
    let queue = format!("[[queue]]\nname = \"orders\"\n{HANDLER}");
    let problems = problems_of(&sources_with("taken_name", &format!("{queue}{queue}weight = 0\n")));
    let places: Vec<_> = problems.iter().map(|problem| problem.place.to_string()).collect();
    assert_eq!(
        places,
        ["longshore.toml:4:1  queue.orders", "longshore.toml:7:10  queue #2.weight"]
    );
}

#[test]
fn the_error_for_short_polling_has_its_cost() {
    let problems = problems_of(&queue_with("wait_zero", "wait = \"0s\""));
    let cost = |each| usd(receives_per_month(std::time::Duration::from_millis(each)), 0.40);
    let short =
        format!("with a round trip of 10 ms an idle queue costs ${:.2} per month", cost(10));
    assert!(problems[0].expected.contains(&short), "{}", problems[0]);
    let long = format!("with 20s it costs ${:.2}", cost(20_000));
    assert!(problems[0].expected.contains(&long), "{}", problems[0]);
}

#[test]
fn an_objective_whose_alert_could_never_fire_is_refused_with_the_reason() {
    let broken = [
        ("slo.delivery.objective = 0.93", "could never fire"),
        ("slo.polling.objective = 0.8", "could never fire"),
        ("slo.latency.objective = 1.0", "no error budget"),
        ("slo.freshness.objective = 99.0", "no error budget"),
        ("slo.cost.per_million_messages = 0", "more than 0"),
        ("slo.min_bad_events = 0", "at least 1"),
    ];
    for (line, expected) in broken {
        let problems = problems_of(&queue_with("objectives", line));
        assert_eq!(problems.len(), 1, "{line}: {problems:#?}");
        assert!(problems[0].expected.contains(expected), "{}", problems[0]);
    }
}

#[test]
fn the_defaults_cannot_have_the_address_of_a_queue() {
    let file = format!("[defaults]\nname = \"a\"\n[[queue]]\nurl = \"https://x/1/b\"\n{HANDLER}");
    let problems = problems_of(&sources_with("defaults_address", &file));
    assert_eq!(problems.len(), 1, "{problems:#?}");
    assert_eq!(problems[0].found, "an unknown key, `name`");
}
