//! Settings of payloads in S3.

use longshore::config::PayloadsConfig;

use super::{load, problems_of, shown, sources_with};

fn file(payloads: &str) -> String {
    format!(
        "[[queue]]\nname = \"orders\"\npayloads = {payloads}\nhandler = {{ command = [\"true\"] }}\n"
    )
}

#[test]
fn buckets_are_read_from_the_file_and_from_a_variable() {
    let loaded =
        load(&sources_with("payloads", &file("{ buckets = [\"order-payloads\"], max_mib = 6 }")));
    let loaded = loaded.unwrap();
    let mut expected = PayloadsConfig::new(["order-payloads"]);
    expected.max_mib = 6;
    assert_eq!(*loaded.config.queues[0].config.payloads(), expected);
    let (value, _) = shown(&loaded, "queue.orders", "payloads.buckets");
    assert_eq!(value, "[\"order-payloads\"]");

    let mut sources = sources_with("payloads_variable", &file("{ delete = true }"));
    let name = "LONGSHORE_DEFAULTS_PAYLOADS_BUCKETS";
    sources.environment.insert(name.to_owned(), "[\"one\", \"two\"]".to_owned());
    let loaded = load(&sources).unwrap();
    let payloads = loaded.config.queues[0].config.payloads();
    assert_eq!((payloads.buckets.len(), payloads.delete), (2, true));
}

#[test]
fn a_wrong_setting_of_payloads_is_refused_with_its_place() {
    for (wrong, key, expected) in [
        ("{ buckets = \"orders\" }", "buckets", "a list of names of buckets"),
        ("{ buckets = [\"Orders\"] }", "buckets", "names of buckets: 3 to 63"),
        ("{ buckets = [\"orders\"], max_mib = 0 }", "max_mib", "1 to 1024"),
        ("{ delete = true }", "delete", "payloads.buckets with payloads.delete"),
    ] {
        let problems = problems_of(&sources_with("payloads_wrong", &file(wrong)));
        let [problem] = &problems[..] else { panic!("{wrong}: {problems:?}") };
        assert_eq!(problem.place.key, format!("queue.orders.payloads.{key}"));
        assert!(problem.expected.contains(expected), "{problem:?}");
    }
}
