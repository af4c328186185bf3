//! How long handlers ran, as bars.

use plotters::prelude::{DashedLineSeries, Rectangle};
use plotters::style::{Color, ShapeStyle};

use super::canvas::{Labels, chart, draw};
use super::role::Role;
use super::scale::top;
use crate::format::time;

/// The width of a bar, as a share of the distance to the next.
const BAR: f64 = 0.78;

/// The share of each bucket. `bounds` are the upper bounds; the last bucket has none. Bars above
/// the threshold are drawn as problems.
pub(in crate::admin::page) fn latency(
    counts: &[u64],
    bounds: &[f64],
    threshold: Option<f64>,
) -> String {
    let all = counts.iter().sum::<u64>().max(1) as f64;
    let shares: Vec<_> = counts.iter().map(|count| *count as f64 / all * 100.0).collect();
    let limit = threshold.map(|threshold| place(threshold, bounds));
    let bars = shares.iter().enumerate().filter(|(_, share)| **share > 0.0);
    let bars = bars.map(|(bucket, share)| {
        let left = bucket as f64 + (1.0 - BAR) / 2.0;
        let late = limit.is_some_and(|limit| bucket as f64 + 0.5 > limit);
        let role = if late { Role::Bad } else { Role::Accent };
        Rectangle::new([(left, 0.0), (left + BAR, *share)], role.color().filled())
    });
    let labels =
        Labels { across: counts.len() + 1, x: &|x| bound(*x, bounds), y: &|y| format!("{y:.0} %") };
    draw(|area| {
        let up = top(shares.iter().copied(), 10.0).min(100.0);
        let mut chart = chart(area, 0.0..counts.len() as f64, 0.0..up, &labels);
        chart.draw_series(bars).expect("writing to a String does not fail");
        if let Some(limit) = limit {
            let style = ShapeStyle::from(Role::Ink.color()).stroke_width(2);
            let line = DashedLineSeries::new([(limit, 0.0), (limit, 100.0)], 6, 4, style);
            chart.draw_series(line).expect("writing to a String does not fail");
        }
    })
}

/// The position of a time on the axis of buckets. A bound is the edge of its bucket.
fn place(time: f64, bounds: &[f64]) -> f64 {
    let above = bounds.partition_point(|bound| *bound < time);
    let Some(upper) = bounds.get(above) else { return bounds.len() as f64 };
    let lower = above.checked_sub(1).map_or(0.0, |below| bounds[below]);
    above as f64 + (time - lower) / (upper - lower)
}

/// The label of a bucket's lower edge. There is space for every third label.
fn bound(edge: f64, bounds: &[f64]) -> String {
    let edge = edge.round() as usize;
    match edge.checked_sub(1).and_then(|below| bounds.get(below)) {
        Some(bound) if edge % 3 == 1 => time(*bound),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_at_a_bound_is_on_the_edge_between_two_bars() {
        let bounds = [0.1, 1.0, 5.0];
        assert_eq!(place(0.1, &bounds), 1.0);
        assert_eq!(place(1.0, &bounds), 2.0);
        assert_eq!(place(3.0, &bounds), 2.5);
        assert_eq!(place(60.0, &bounds), 3.0);
    }
}
