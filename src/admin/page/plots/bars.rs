//! How long handlers ran, as bars.

use plotters::chart::ChartBuilder;
use plotters::prelude::{DashedLineSeries, Rectangle};
use plotters::style::{Color, ShapeStyle};

use super::canvas::{draw, label};
use super::{Role, top};
use crate::slo::number::time;

/// A bar is so much of the distance to the next.
const BAR: f64 = 0.78;

/// Shares of all by bucket. `bounds` are the buckets' upper ends; the last bucket has none. What is above
/// the threshold is drawn as what should not be.
pub(in crate::admin::page) fn latency(
    counts: &[u64],
    bounds: &[f64],
    threshold: Option<f64>,
) -> String {
    let all = counts.iter().sum::<u64>().max(1) as f64;
    let shares: Vec<_> = counts.iter().map(|count| *count as f64 / all * 100.0).collect();
    let limit = threshold.map(|threshold| place(threshold, bounds));
    draw(|area| {
        let mut chart = ChartBuilder::on(area)
            .margin_top(8)
            .margin_right(16)
            .x_label_area_size(22)
            .y_label_area_size(48)
            .build_cartesian_2d(
                0.0..counts.len() as f64,
                0.0..top(shares.iter().copied(), 10.0).min(100.0),
            )
            .expect("the area has room for its labels");
        chart
            .configure_mesh()
            .disable_x_mesh()
            .x_labels(counts.len() + 1)
            .y_labels(5)
            .set_all_tick_mark_size(3)
            .bold_line_style(Role::Rule.colour())
            .light_line_style(Role::Rule.colour().mix(0.0))
            .axis_style(Role::Rule.colour())
            .label_style(label())
            .x_label_formatter(&|x| bound(*x, bounds))
            .y_label_formatter(&|y| format!("{y:.0} %"))
            .draw()
            .expect("a String takes all that is drawn");
        let bars =
            shares.iter().enumerate().filter(|(_, share)| **share > 0.0).map(|(bucket, share)| {
                let left = bucket as f64 + (1.0 - BAR) / 2.0;
                let late = limit.is_some_and(|limit| bucket as f64 + 0.5 > limit);
                let role = if late { Role::Bad } else { Role::Accent };
                Rectangle::new([(left, 0.0), (left + BAR, *share)], role.colour().filled())
            });
        chart.draw_series(bars).expect("a String takes all that is drawn");
        if let Some(limit) = limit {
            let style = ShapeStyle::from(Role::Ink.colour()).stroke_width(2);
            let line = DashedLineSeries::new([(limit, 0.0), (limit, 100.0)], 6, 4, style);
            chart.draw_series(line).expect("a String takes all that is drawn");
        }
    })
}

/// Where a time stands between the bounds: at a bound itself, on the edge of its bucket.
fn place(time: f64, bounds: &[f64]) -> f64 {
    let above = bounds.partition_point(|bound| *bound < time);
    let Some(upper) = bounds.get(above) else { return bounds.len() as f64 };
    let lower = above.checked_sub(1).map_or(0.0, |below| bounds[below]);
    above as f64 + (time - lower) / (upper - lower)
}

/// The label of a bucket's lower edge; every third has room for one.
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
    fn a_threshold_that_is_a_bound_stands_on_the_edge_between_two_bars() {
        let bounds = [0.1, 1.0, 5.0];
        assert_eq!(place(0.1, &bounds), 1.0);
        assert_eq!(place(1.0, &bounds), 2.0);
        assert_eq!(place(3.0, &bounds), 2.5);
        assert_eq!(place(60.0, &bounds), 3.0);
    }
}
