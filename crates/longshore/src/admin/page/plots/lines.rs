//! Lines over time.

use plotters::prelude::{AreaSeries, DashedLineSeries, LineSeries};
use plotters::style::{Color, ShapeStyle};

use super::canvas::{Labels, chart, draw};
use super::role::Role;

/// The axes of a line plot.
#[derive(Debug, Clone, Copy)]
pub(in crate::admin::page) struct Axis {
    /// Length of the time axis, in seconds.
    pub(in crate::admin::page) seconds: f64,
    /// Label of the latest moment.
    pub(in crate::admin::page) end: &'static str,
    /// The highest value.
    pub(in crate::admin::page) top: f64,
    /// Formats a value.
    pub(in crate::admin::page) show: fn(f64) -> String,
}

/// One line.
#[derive(Debug, Clone)]
pub(in crate::admin::page) struct Line {
    pub(in crate::admin::page) role: Role,
    pub(in crate::admin::page) stroke: Stroke,
    /// Seconds before the latest moment, negative, and the value then.
    pub(in crate::admin::page) points: Vec<(f64, f64)>,
}

/// How a line differs from another without color.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::admin::page) enum Stroke {
    Solid,
    Dashed,
    /// Solid, with a filled area below it.
    Filled,
}

/// From this length in seconds, the time axis is in minutes.
const MINUTES_FROM: f64 = 180.0;

/// The lines, later ones above earlier ones.
pub(in crate::admin::page) fn lines(axis: &Axis, lines: &[Line]) -> String {
    let (unit, divisor) = if axis.seconds < MINUTES_FROM { ("s", 1.0) } else { ("min", 60.0) };
    let when = |x: &f64| match x {
        0.0 => axis.end.to_owned(),
        x => format!("{:.0} {unit}", -x),
    };
    let labels = Labels { across: 5, x: &when, y: &|y| (axis.show)(*y) };
    draw(|area| {
        let across = -(axis.seconds / divisor).round()..0.0;
        let mut chart = chart(area, across, 0.0..axis.top, &labels);
        for line in lines {
            let points = line.points.iter().map(|(x, y)| (x / divisor, *y));
            let style = ShapeStyle::from(line.role.color()).stroke_width(2);
            let drawn = match line.stroke {
                Stroke::Solid => chart.draw_series(LineSeries::new(points, style)).map(drop),
                Stroke::Dashed => {
                    chart.draw_series(DashedLineSeries::new(points, 6, 4, style)).map(drop)
                }
                Stroke::Filled => {
                    let fill = line.role.color().mix(0.22);
                    let area = AreaSeries::new(points, 0.0, fill).border_style(style);
                    chart.draw_series(area).map(drop)
                }
            };
            drawn.expect("writing to a String does not fail");
        }
    })
}
