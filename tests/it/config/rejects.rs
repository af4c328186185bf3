//! Settings of rejected messages.

use longshore::config::OnReject;
use longshore::handler::RejectStatus;
use longshore_cli::settings::{HandlerConfig, HttpConfig};

use super::{load, problems_of, shown, sources_with};

fn file(status: &str) -> String {
    let handler = format!("{{ http = \"http://127.0.0.1/\", reject_status = {status} }}");
    format!("[[queue]]\nname = \"orders\"\nhandler = {handler}\n")
}

#[test]
fn statuses_that_reject_are_read_from_each_source() {
    let loaded = load(&sources_with("reject_status", &file("[422, 400]"))).unwrap();
    assert_eq!(shown(&loaded, "queue.orders", "handler.reject_status").0, "[400, 422]");
    let url = "http://127.0.0.1/".to_owned();
    let reject_status = RejectStatus::new([400, 422]).unwrap();
    let http = HttpConfig { url, reject_status, ..HttpConfig::default() };
    assert_eq!(loaded.config.queues[0].handler, Some(HandlerConfig::Http(http)));

    let mut sources = sources_with("reject_variable", "[[queue]]\nname = \"orders\"\n");
    for (key, value) in [("HTTP", "http://127.0.0.1/"), ("REJECT_STATUS", "[422]")] {
        let name = format!("LONGSHORE_DEFAULTS_HANDLER_{key}");
        sources.environment.insert(name, value.to_owned());
    }
    let shown = shown(&load(&sources).unwrap(), "queue.orders", "handler.reject_status");
    let variable = "LONGSHORE_DEFAULTS_HANDLER_REJECT_STATUS";
    assert_eq!(shown, ("[422]".to_owned(), variable.to_owned()));
}

#[test]
fn a_status_that_cannot_reject_is_refused_with_its_place() {
    for wrong in ["[500]", "[429]", "[200]", "422", "\"422\"", "[\"422\"]", "[70000]", "[-422]"] {
        let problems = problems_of(&sources_with("reject_wrong", &file(wrong)));
        let [problem] = &problems[..] else { panic!("{wrong}: {problems:?}") };
        assert_eq!(problem.place.key, "queue.orders.handler.reject_status");
        assert_eq!(problem.found, wrong);
        assert!(problem.place.source.to_string().starts_with("longshore.toml:3:"), "{problem:?}");
        assert_eq!(
            problem.expected,
            "statuses from 400 to 499, except 408, 425, 429 and 431, as in [400, 422]"
        );
    }
}

#[test]
fn the_fate_of_a_rejected_message_is_one_of_three() {
    let with = |fate: &str| format!("{}on_reject = {fate}\n", file("[]"));
    let loaded = load(&sources_with("on_reject", &with("\"dead_letter\""))).unwrap();
    assert_eq!(loaded.config.queues[0].config.on_reject(), OnReject::DeadLetter);
    assert_eq!(shown(&loaded, "queue.orders", "on_reject").0, "dead_letter");

    let problems = problems_of(&sources_with("on_reject_wrong", &with("\"dead-letter\"")));
    let [problem] = &problems[..] else { panic!("{problems:?}") };
    assert_eq!(problem.place.key, "queue.orders.on_reject");
    assert_eq!(problem.found, "\"dead-letter\"");
    assert_eq!(problem.expected, "\"redrive\", \"dead_letter\" or \"delete\"");
}

#[test]
fn the_maximum_age_is_a_duration_of_at_most_fourteen_days() {
    let with = |age: &str| format!("{}max_age = {age}\n", file("[]"));
    let loaded = load(&sources_with("max_age", &with("\"13days 1h\""))).unwrap();
    assert_eq!(shown(&loaded, "queue.orders", "max_age").0, "13days 1h");
    let unset = load(&sources_with("max_age_unset", &file("[]"))).unwrap();
    assert_eq!(unset.config.queues[0].config.max_age(), None);
    for (wrong, expected) in [
        ("\"15days\"", "a duration of at most 14days"),
        ("\"500ms\"", "1s to 14days, the longest retention of SQS"),
        ("3600", "a duration with a unit, such as \"3600s\" for seconds"),
    ] {
        let problems = problems_of(&sources_with("max_age_wrong", &with(wrong)));
        let [problem] = &problems[..] else { panic!("{wrong}: {problems:?}") };
        assert_eq!(problem.place.key, "queue.orders.max_age");
        assert_eq!(problem.expected, expected, "{wrong}");
    }
}
