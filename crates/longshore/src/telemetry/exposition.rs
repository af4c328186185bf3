//! The text for Prometheus, without the buckets that say nothing.

use super::catalog::LATE_BUCKETS;
use crate::label::LabelSet;
use crate::outcome::Ending;

/// The end of the last bucket of a histogram. The exporter writes `le` last, and it escapes the quotes
/// within a label value.
const LAST: &str = "le=\"+Inf\"} ";

/// The same text without the buckets of each histogram of [`LATE_BUCKETS`] that has no observation.
///
/// All buckets of a histogram are left out, or none. A sum over processes would otherwise have a
/// different number of processes in each bucket, and its quantiles would be wrong.
pub(super) fn without_empty_buckets(text: &str) -> String {
    let done = format!("outcome=\"{}\"", Ending::Done.as_str());
    let mut kept = String::with_capacity(text.len());
    let mut first_bucket = 0;
    for line in text.split_inclusive('\n') {
        let is_late = is_late(line);
        let count = line.split_once(LAST).map(|(_, count)| count);
        if is_late && count == Some("0\n") && !line.contains(&done) {
            kept.truncate(first_bucket);
            continue;
        }
        kept.push_str(line);
        if count.is_some() || !is_late {
            first_bucket = kept.len();
        }
    }
    kept
}

/// Whether the line is a bucket of a histogram whose buckets appear late.
fn is_late(line: &str) -> bool {
    let name = line.split_once("_bucket{").map(|(name, _)| name);
    name.is_some_and(|name| LATE_BUCKETS.iter().any(|metric| metric.name == name))
}

#[cfg(test)]
mod tests {
    use super::without_empty_buckets;

    /// The buckets of a histogram of [`super::LATE_BUCKETS`].
    fn buckets(labels: &str, counts: [u32; 2]) -> String {
        let [one, all] = counts;
        format!(
            "longshore_processing_duration_seconds_bucket{{{labels},le=\"1\"}} {one}\n\
             longshore_processing_duration_seconds_bucket{{{labels},le=\"+Inf\"}} {all}\n"
        )
    }

    const RETRY: &str = "queue=\"a\",outcome=\"retry\"";

    #[test]
    fn an_empty_histogram_keeps_its_sum_and_its_count() {
        let start = "# TYPE longshore_processing_duration_seconds histogram\n";
        let end = "longshore_processing_duration_seconds_sum{queue=\"a\",outcome=\"retry\"} 0\n\
                   longshore_processing_duration_seconds_count{queue=\"a\",outcome=\"retry\"} 0\n";
        let text = format!("{start}{}{end}", buckets(RETRY, [0, 0]));
        assert_eq!(without_empty_buckets(&text), format!("{start}{end}"));
    }

    #[test]
    fn a_histogram_with_observations_keeps_all_its_buckets() {
        let (used, empty) = (buckets(RETRY, [0, 10]), buckets("queue=\"b\"", [0, 0]));
        for text in [format!("{used}{empty}"), format!("{empty}{used}")] {
            assert_eq!(without_empty_buckets(&text), used);
        }
    }

    #[test]
    fn handlers_that_are_done_have_buckets_from_the_start() {
        let text = buckets("queue=\"a\",outcome=\"done\"", [0, 0]);
        let both = format!("{text}{}{text}", buckets(RETRY, [0, 0]));
        assert_eq!(without_empty_buckets(&both), format!("{text}{text}"));
    }

    #[test]
    fn no_other_line_changes() {
        let text = "# HELP a_bucket{le=\"+Inf\"} 0\n\n\
                    a_bucket{le=\"1\"} 0\na_bucket{le=\"+Inf\"} 0\n\
                    a_total{q=\"a_bucket{le=\\\"+Inf\\\"} 0\"} 0\n\
                    b_bucket 0";
        assert_eq!(without_empty_buckets(text), text);
    }
}
