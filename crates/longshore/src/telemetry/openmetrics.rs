//! The text of a scrape in the OpenMetrics format, which has exemplars.
//! <https://prometheus.io/docs/specs/om/open_metrics_spec/>
//!
//! The series and their values are those of the Prometheus text format, so that a change of the
//! format changes no series. That differs from OpenMetrics in two points: a bound is written as in the
//! Prometheus format (`1`, not `1.0`), and a histogram without observations can have no buckets.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::time::SystemTime;

use super::exemplars::{Exemplar, Exemplars};

/// Converts the Prometheus text format, and adds exemplars.
pub(super) fn from_text<'a>(text: &str, exemplars: impl Iterator<Item = &'a Exemplars>) -> String {
    let by_line: HashMap<&str, &Exemplars> = exemplars.map(|one| (one.line(), one)).collect();
    let mut converted = String::with_capacity(text.len() + text.len() / 16);
    let families = families(text);
    for line in text.lines().filter(|line| !line.is_empty()) {
        match line.strip_prefix("# ").and_then(|rest| rest.split_once(' ')) {
            Some((keyword, rest)) => comment(&mut converted, keyword, rest, &families),
            None => {
                converted.push_str(line);
                if let Some(exemplar) = exemplar_of(line, &by_line) {
                    write_exemplar(&mut converted, exemplar);
                }
            }
        }
        converted.push('\n');
    }
    converted.push_str("# EOF\n");
    converted
}

/// The kind of each metric, by its name.
fn families(text: &str) -> HashMap<&str, &str> {
    text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' ')).collect()
}

/// A line about a metric. The name of a counter is without `_total`, and a counter without it is of
/// unknown kind. The help escapes quotes.
fn comment(to: &mut String, keyword: &str, rest: &str, families: &HashMap<&str, &str>) {
    let (name, text) = rest.split_once(' ').unwrap_or((rest, ""));
    let is_counter = families.get(name) == Some(&"counter");
    let (name, text) = match name.strip_suffix("_total") {
        Some(family) if is_counter => (family, text),
        None if is_counter && keyword == "TYPE" => (name, "unknown"),
        Some(_) | None => (name, text),
    };
    let text = if keyword == "HELP" { text.replace('"', "\\\"") } else { text.to_owned() };
    // Writing to a String cannot fail.
    write!(to, "# {keyword} {name} {text}").ok();
}

/// The exemplar of a line, if it is a bucket with one. The exporter writes `le` last.
fn exemplar_of(line: &str, exemplars: &HashMap<&str, &Exemplars>) -> Option<Exemplar> {
    let (labels, count) = line.rsplit_once("\"} ")?;
    let (_, bound) = labels.rsplit_once("le=\"")?;
    let series = exemplars.get(&labels[..labels.len() - bound.len()])?;
    series.of(bound).filter(|_| count != "0")
}

fn write_exemplar(to: &mut String, exemplar: Exemplar) {
    let Exemplar { trace, seconds, at } = exemplar;
    let at = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    // Writing to a String cannot fail.
    write!(to, " # {{trace_id=\"{trace}\"}} {seconds} {at:.3}").ok();
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use opentelemetry::trace::TraceId;

    use super::*;
    use crate::telemetry::catalog::PROCESSING_DURATION;
    use crate::telemetry::series::{Registrar, SharedRecorder};

    #[test]
    fn counters_lose_their_suffix_in_comments_only() {
        let text = "# HELP a_total Of \"a\".\n# TYPE a_total counter\na_total{q=\"x\"} 1\n\n\
                    # HELP b A b.\n# TYPE b gauge\nb 0.5\n\n\
                    # TYPE c counter\nc 2\n\n# TYPE d_total gauge\nd_total 3\n\n";
        let expected = "# HELP a Of \\\"a\\\".\n# TYPE a counter\na_total{q=\"x\"} 1\n\
                        # HELP b A b.\n# TYPE b gauge\nb 0.5\n\
                        # TYPE c unknown\nc 2\n# TYPE d_total gauge\nd_total 3\n# EOF\n";
        assert_eq!(from_text(text, std::iter::empty()), expected);
    }

    #[test]
    fn a_bucket_gets_its_exemplar() {
        let recorder: SharedRecorder = Arc::new(metrics::NoopRecorder);
        let registrar = Registrar::new(&recorder, "orders").of_route(Some("express"));
        let series = Exemplars::new(&PROCESSING_DURATION, &registrar, "done");
        series.observe(Duration::from_millis(600), TraceId::from(0xabc));
        let name = "longshore_processing_duration_seconds_bucket{queue=\"orders\",outcome=";
        let done = format!("{name}\"done\",route=\"express\"");
        let text = format!(
            "{done},le=\"0.25\"}} 0\n{done},le=\"1\"}} 1\n\
             {done},le=\"+Inf\"}} 1\n{name}\"done\",le=\"1\"}} 1\n"
        );
        let converted = from_text(&text, std::iter::once(&series));
        let [low, found, all, other, eof] = converted.lines().collect::<Vec<_>>()[..] else {
            panic!("{converted}")
        };
        let exemplar = " 1 # {trace_id=\"00000000000000000000000000000abc\"} 0.6 ";
        assert!(found.contains(exemplar), "{found}");
        assert!([low, all, other].iter().all(|line| !line.contains('#')), "{converted}");
        assert_eq!(eof, "# EOF");
    }
}
