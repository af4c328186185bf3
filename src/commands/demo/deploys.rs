//! The results of the deploys.

use super::text::{Line, TextStyle, seconds};
use crate::demo::{DeployStats, Results};

/// A header and a line for each deploy that has ended; nothing before the first one.
pub(super) fn lines(results: &Results) -> Vec<Line> {
    let deploys =
        [("without a drain", results.without_drain), ("with a drain", results.with_drain)];
    let rows = deploys.into_iter().filter_map(|(name, stats)| Some(line(name, &stats?)));
    let rows: Vec<Line> = rows.collect();
    if rows.is_empty() {
        return rows;
    }
    let header = format!(
        "{:<21}{:>11}{:>9}{:>9}{:>8}",
        "deploy", "in handlers", "aborted", "repeated", "stop"
    );
    [Line::empty(), Line::new(TextStyle::Faint, header)].into_iter().chain(rows).collect()
}

fn line(name: &str, stats: &DeployStats) -> Line {
    let DeployStats { in_handlers, aborted, repeated, stopped_after, .. } = *stats;
    let style = if aborted > 0 { TextStyle::Waste } else { TextStyle::Good };
    Line::new(TextStyle::Plain, format!("{name:<21}{in_handlers:>11}"))
        .with(style, format!("{aborted:>9}{repeated:>9}"))
        .with(TextStyle::Plain, format!("{:>8}", seconds(stopped_after)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn each_deploy_that_has_ended_has_a_line() {
        let stats = DeployStats {
            in_handlers: 10,
            completed: 0,
            aborted: 10,
            repeated: 10,
            stopped_after: Duration::from_millis(120),
        };
        assert!(lines(&Results::default()).is_empty());
        let results = Results { without_drain: Some(stats), ..Results::default() };
        let plain: Vec<String> = lines(&results).iter().map(Line::plain).collect();
        assert_eq!(plain[1], "deploy               in handlers  aborted repeated    stop");
        assert_eq!(plain[2], "without a drain               10       10       10   0.1 s");
        assert_eq!(plain.len(), 3);
    }
}
