//! The canvas of all plots.

use std::ops::Range;

use plotters::chart::{ChartBuilder, ChartContext};
use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::drawing::DrawingArea;
use plotters::prelude::{Cartesian2d, IntoDrawingArea, IntoFont, SVGBackend};
use plotters::style::Color;

use super::role::Role;

/// In the units of the view box.
pub(in crate::admin::page) const WIDTH: u32 = 400;
/// See [`WIDTH`].
pub(in crate::admin::page) const HEIGHT: u32 = 190;

/// The font size of the labels. The font of the page replaces this one.
const LABEL: f64 = 15.0;

pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Chart<'a, 'svg> =
    ChartContext<'a, SVGBackend<'svg>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// The labels of the axes.
pub(super) struct Labels<'a> {
    /// Maximum number of labels on the x axis.
    pub(super) across: usize,
    pub(super) x: &'a dyn Fn(&f64) -> String,
    pub(super) y: &'a dyn Fn(&f64) -> String,
}

/// Axes with labels and grid lines.
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
    let label = ("sans-serif", LABEL).into_font().color(&Role::Muted.color().to_rgba());
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_labels(labels.across)
        .y_labels(5)
        .set_all_tick_mark_size(3)
        .bold_line_style(Role::Rule.color())
        .light_line_style(Role::Rule.color().mix(0.0))
        .axis_style(Role::Rule.color())
        .label_style(label)
        .x_label_formatter(labels.x)
        .y_label_formatter(labels.y)
        .draw()
        .expect("writing to a String does not fail");
    chart
}

/// The drawing without its `svg` element, because the page writes that element with a description.
pub(super) fn draw(plot: impl FnOnce(&Area<'_>)) -> String {
    let mut svg = String::new();
    let area = SVGBackend::with_string(&mut svg, (WIDTH, HEIGHT)).into_drawing_area();
    plot(&area);
    area.present().expect("writing to a String does not fail");
    drop(area);
    let inner = svg.split_once('>').map_or("", |(_, inner)| inner);
    inner.trim().strip_suffix("</svg>").unwrap_or(inner).to_owned()
}
