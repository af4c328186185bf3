//! What every plot is drawn on.

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::prelude::{IntoDrawingArea, IntoFont, SVGBackend};
use plotters::style::{Color, TextStyle};

use super::Role;

/// In the units of the picture's view box.
pub(in crate::admin::page) const WIDTH: u32 = 400;
/// See [`WIDTH`].
pub(in crate::admin::page) const HEIGHT: u32 = 190;

/// The labels of axes. The page's own font takes the place of this one.
const LABEL: f64 = 15.0;

pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// A label's looks.
pub(super) fn label() -> TextStyle<'static> {
    ("sans-serif", LABEL).into_font().color(&Role::Muted.colour().to_rgba())
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
