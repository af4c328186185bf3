//! Routes of the file: what is read, and what is refused.

use longshore_cli::settings::{HandlerConfig, Handlers, Unrouted};

use super::{line, load, problems_of, shown, sources_with, text};

const HANDLER: &str = "handler = { http = \"http://127.0.0.1:8081/\" }";

/// A queue with these keys and routes.
fn file(queue: &str, routes: &[&str]) -> String {
    let routes = routes.iter().map(|route| format!("[[queue.route]]\n{route}\n"));
    format!("[[queue]]\nname = \"orders\"\n{queue}\n{}", routes.collect::<String>())
}

fn refunds() -> String {
    format!("name = \"refunds\"\nattribute = \"type\"\nequal = \"refund\"\n{HANDLER}")
}

/// The only problem: its key, what was found, and what is expected.
fn problem(test: &str, file: &str) -> (String, String, String) {
    let problems = problems_of(&sources_with(&format!("routes_{test}"), file));
    let [problem] = &problems[..] else { panic!("{problems:#?}") };
    (problem.place.key.clone(), problem.found.clone(), problem.expected.clone())
}

#[test]
fn routes_are_read_in_order_with_their_handlers() {
    let express = "name = \"express\"\nbody = \"/kind\"\nprefix = \"express\"\n\
                   handler = { command = [\"true\"] }";
    let any = format!("name = \"any\"\nbody = \"\"\nexists = true\n{HANDLER}");
    let file = file("unrouted = \"retry\"", &[&refunds(), express, &any]);
    let loaded = load(&sources_with("routes_read", &file)).unwrap();
    let queue = &loaded.config.queues[0];
    let names: Vec<_> = queue.routes.iter().map(|route| &*route.name).collect();
    assert_eq!(names, ["refunds", "express", "any"]);
    assert_eq!((queue.unrouted, &queue.handler), (Unrouted::Retry, &None));
    assert!(matches!(queue.routes[1].handler, HandlerConfig::Command { .. }));
    assert!(matches!(queue.build(None), Ok(Handlers::Routes(_))));
    let shown = |key: &str| shown(&loaded, "queue.orders", key).0;
    assert_eq!(shown("route.refunds.equal"), "refund");
    assert_eq!(shown("route.refunds.handler.http"), "http://127.0.0.1:8081/");
    assert_eq!(shown("unrouted"), "retry");
}

#[test]
fn a_flag_overrides_a_route_and_a_default_handler_gets_the_others() {
    let file = format!("[defaults]\n{HANDLER}\n{}", file("", &[&refunds()]));
    let mut sources = sources_with("routes_flag", &file);
    sources.set("--set", "queue.orders.route.refunds.equal", text("chargeback"));
    let loaded = load(&sources).unwrap();
    let shown = shown(&loaded, "queue.orders", "route.refunds.equal");
    assert_eq!(shown, ("chargeback".to_owned(), "--set".to_owned()));
    assert_eq!(loaded.config.queues[0].handlers().count(), 2);
}

#[test]
fn a_queue_with_routes_says_what_happens_to_the_others() {
    let (key, found, expected) = problem("fate", &file("", &[&refunds()]));
    assert_eq!(key, "queue.orders");
    assert_eq!(found, "no handler for the messages that no route takes");
    assert_eq!(expected, "handler = { … }, unrouted = \"reject\" or unrouted = \"retry\"");

    let (key, found, expected) =
        problem("no_routes", &file(&format!("{HANDLER}\nunrouted = \"reject\""), &[]));
    assert_eq!((&*key, &*found), ("queue.orders.unrouted", "\"reject\""));
    assert_eq!(expected, "a queue with routes: [[queue.route]]");
}

#[test]
fn a_wrong_route_is_refused_with_its_place() {
    let route = |keys: &str| format!("{keys}\n{HANDLER}");
    for (test, wrong, key, found, expected) in [
        ("place", route("name = \"a\"\nequal = \"b\""), "route.a", "a route without attribute and body", "one of them"),
        ("both", route("name = \"a\"\nattribute = \"b\"\nbody = \"/c\"\nequal = \"d\""), "route.a.body", "attribute = \"b\" and body = \"/c\"", "one of attribute, body"),
        ("test", route("name = \"a\"\nattribute = \"b\""), "route.a", "a route without equal, prefix and exists", "one of them"),
        ("pointer", route("name = \"a\"\nbody = \"type\"\nequal = \"b\""), "route.a.body", "\"type\"", "`type` is not a JSON pointer"),
        ("exists", route("name = \"a\"\nbody = \"/type\"\nexists = false"), "route.a.exists", "false", "true"),
        ("name", route("name = \"a b\"\nbody = \"/type\"\nexists = true"), "route #1.name", "route #1.name = a b", "1 to 64 letters"),
        ("default", route("name = \"default\"\nbody = \"/type\"\nexists = true"), "route #1.name", "route #1.name = default", "1 to 64 letters"),
        ("nameless", route("body = \"/type\"\nexists = true"), "route #1", "a route without a name", "name: 1 to 64 letters"),
        ("unknown", route("name = \"a\"\nbody = \"/type\"\nequals = \"b\"\nexists = true"), "route.a.equals", "an unknown key, `equals`", "did you mean `equal`?"),
        ("timeout", "name = \"a\"\nbody = \"/t\"\nexists = true\nhandler = { http = \"http://a/\", timeout = \"1s\" }".to_owned(), "route.a.handler.timeout", "an unknown key, `timeout`", ""),
        ("handler", "name = \"a\"\nbody = \"/t\"\nexists = true".to_owned(), "route.a", "a route without a handler", "handler = {"),
        ("url", "name = \"a\"\nbody = \"/t\"\nexists = true\nhandler = { http = \"a\" }".to_owned(), "route.a.handler.http", "route.a.handler.http = a", "a URL"),
        ("program", "name = \"a\"\nbody = \"/t\"\nexists = true\nhandler = { lambda = [\"./absent\"] }".to_owned(), "route.a.handler.lambda", "route.a.handler.lambda = ", "a program that can run here"),
    ] {
        let got = problem(test, &file("unrouted = \"reject\"", &[&wrong]));
        assert_eq!(got.0, format!("queue.orders.{key}"), "{test}: {got:?}");
        assert!(got.1.starts_with(found), "{test}: {got:?}");
        assert!(got.2.starts_with(expected), "{test}: {got:?}");
    }
}

#[test]
fn two_routes_of_one_name_are_refused_at_the_second() {
    let file = file("unrouted = \"reject\"", &[&refunds(), &refunds()]);
    let problems = problems_of(&sources_with("routes_twice", &file));
    let [twice] = &problems[..] else { panic!("{problems:#?}") };
    assert_eq!(twice.found, "a second route with the name `refunds`");
    assert_eq!(line(twice), 10);
}

#[test]
fn routes_have_two_brackets_and_belong_to_a_queue() {
    let single =
        "[[queue]]\nname = \"orders\"\nunrouted = \"reject\"\n[queue.route]\nname = \"a\"\n";
    let (key, _, expected) = problem("single", single);
    assert_eq!(key, "queue.orders.route");
    assert!(expected.starts_with("[[queue.route]] with two brackets"), "{expected}");

    let defaults = format!("[defaults.route]\nname = \"a\"\n{}", file(HANDLER, &[]));
    let (key, found, _) = problem("defaults", &defaults);
    assert_eq!((&*key, &*found), ("defaults.route", "an unknown key, `route`"));
}
