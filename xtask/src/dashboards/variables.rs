//! What one chooses at the top of a dashboard.

use serde_json::{Value, json};

use super::query::datasource;

/// The data source, and everything that tells workers apart, from the outside in.
pub(super) fn all(is_of_one_queue: bool) -> Vec<Value> {
    let site = r#"cluster=~"$cluster", namespace=~"$namespace""#;
    let of_job = format!(r#"{site}, job=~"$job""#);
    let of_queue = format!(r#"{of_job}, queue=~"$queue""#);
    vec![
        json!({
            "hide": 0,
            "label": "Data source",
            "name": "datasource",
            "query": "prometheus",
            "refresh": 1,
            "type": "datasource",
        }),
        // Not every site has these two labels: all of their values are also none.
        variable("cluster", "", Some(".*")),
        variable("namespace", r#"cluster=~"$cluster""#, Some(".*")),
        variable("job", site, Some(".+")),
        variable("queue", &of_job, (!is_of_one_queue).then_some(".+")),
        variable("instance", &of_queue, Some(".+")),
    ]
}

/// A variable over the values of a label, with what matches them all, or of which one is chosen.
/// Every queue of every worker has the metric that is asked for.
fn variable(name: &str, matchers: &str, all: Option<&str>) -> Value {
    let query = format!("label_values(longshore_pollers{{{matchers}}}, {name})");
    let label = format!("{}{}", name[..1].to_uppercase(), &name[1..]);
    let mut variable = json!({
        "datasource": datasource(),
        "hide": 0,
        "includeAll": all.is_some(),
        "label": label,
        "multi": all.is_some(),
        "name": name,
        "query": { "query": query, "refId": name },
        "refresh": 2,
        "regex": "",
        "sort": 1,
        "type": "query",
    });
    if let Some(all) = all {
        variable["allValue"] = json!(all);
        variable["current"] = json!({ "text": ["All"], "value": ["$__all"] });
    }
    variable
}
