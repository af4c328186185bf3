//! What every plot is drawn on.

use std::ops::Range;

use plotters::chart::{ChartBuilder, ChartContext};
use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::drawing::DrawingArea;
use plotters::prelude::{Cartesian2d, IntoDrawingArea, IntoFont, SVGBackend};
use plotters::style::Color;

use super::Role;

/// In the units of the picture's view box.
pub(in crate::admin::page) const WIDTH: u32 = 400;
/// See [`WIDTH`].
pub(in crate::admin::page) const HEIGHT: u32 = 190;

/// The labels of axes. The page's own font takes the place of this one.
const LABEL: f64 = 15.0;

pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Chart<'a, 'svg> =
    ChartContext<'a, SVGBackend<'svg>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// What is written at the axes.
pub(super) struct Labels<'a> {
    /// How many there are along the lower one, at most.
    pub(super) across: usize,
    pub(super) x: &'a dyn Fn(&f64) -> String,
    pub(super) y: &'a dyn Fn(&f64) -> String,
}

/// Axes, their labels and lines across, ready for series.
pub(super) fn chart<'a, 'svg>(
    area: &'a Area<'svg>,
    across: Range<f64>,
    up: Range<f64>,
    labels: &Labels<'_>,
) -> Chart<'a, 'svg> {
    let mut chart = ChartBuilder::on(area)
        .margin_top(8)
        .margin_right(16)
        .x_label_area_size(22)
        .y_label_area_size(48)
        .build_cartesian_2d(across, up)
        .expect("the area has room for its labels");
    let label = ("sans-serif", LABEL).into_font().color(&Role::Muted.colour().to_rgba());
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_labels(labels.across)
        .y_labels(5)
        .set_all_tick_mark_size(3)
        .bold_line_style(Role::Rule.colour())
        .light_line_style(Role::Rule.colour().mix(0.0))
        .axis_style(Role::Rule.colour())
        .label_style(label)
        .x_label_formatter(labels.x)
        .y_label_formatter(labels.y)
        .draw()
        .expect("a String takes all that is drawn");
    chart
}

/// What was drawn, without the `svg` element around it: that has the words for those who cannot see it.
pub(super) fn draw(plot: impl FnOnce(&Area<'_>)) -> String {
    let mut svg = String::new();
    let area = SVGBackend::with_string(&mut svg, (WIDTH, HEIGHT)).into_drawing_area();
    plot(&area);
    area.present().expect("a String takes all that is drawn");
    drop(area);
    let inner = svg.split_once('>').map_or("", |(_, inner)| inner);
    inner.trim().strip_suffix("</svg>").unwrap_or(inner).to_owned()
}
