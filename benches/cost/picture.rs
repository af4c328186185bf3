//! Requests per message by arrival rate, as an SVG for light and dark color schemes.

use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use longshore::QueueConfig;
use plotters::chart::SeriesLabelPosition;
use plotters::coord::Shift;
use plotters::element::DashedPathElement;
use plotters::prelude::{
    ChartBuilder, Color, DashedLineSeries, DrawingArea, IntoDrawingArea, IntoLogRange, LineSeries,
    PathElement, RGBColor, SVGBackend, ShapeStyle, TextStyle,
};
use plotters::style::IntoFont;

use super::played::Played;
use super::strategy::Strategy;
use super::traffic::Traffic;

const SIZE: (u32, u32) = (760, 440);
/// Arrivals per second.
const RATES: std::ops::Range<f64> = 0.09..1200.0;
/// Requests per message.
const REQUESTS: std::ops::Range<f64> = 0.09..2000.0;

/// A color in the light scheme, and its replacement in the dark scheme.
#[derive(Clone, Copy)]
struct Tone {
    light: RGBColor,
    dark: RGBColor,
}

const PAPER: Tone = tone(0xffffff, 0x0d1117);
const INK: Tone = tone(0x1f2328, 0xe6edf3);
const GRID: Tone = tone(0xd8dee4, 0x30363d);
const FAINT: Tone = tone(0x6e7781, 0x8b949e);

/// Draws the curves into this file.
pub fn draw(path: &Path, curves: &[Played]) -> Result<(), Box<dyn Error>> {
    let mut svg = String::new();
    chart(&SVGBackend::with_string(&mut svg, SIZE).into_drawing_area(), curves)?;
    fs::write(path, with_dark_scheme(&svg))?;
    println!("{}", path.display());
    Ok(())
}

fn chart(
    area: &DrawingArea<SVGBackend<'_>, Shift>,
    curves: &[Played],
) -> Result<(), Box<dyn Error>> {
    area.fill(&PAPER.light)?;
    let price = QueueConfig::STANDARD_USD_PER_MILLION;
    let dollars = REQUESTS.start * price..REQUESTS.end * price;
    let text = |size: u32| TextStyle::from(("sans-serif", size).into_font()).color(&INK.light);
    let mut chart = ChartBuilder::on(area)
        .margin(14)
        .x_label_area_size(46)
        .y_label_area_size(58)
        .right_y_label_area_size(58)
        .build_cartesian_2d(RATES.log_scale(), REQUESTS.log_scale())?
        .set_secondary_coord(RATES.log_scale(), dollars.log_scale());
    chart
        .configure_mesh()
        .axis_style(FAINT.light)
        .bold_line_style(GRID.light)
        .light_line_style(PAPER.light)
        .label_style(text(13))
        .axis_desc_style(text(14))
        .x_desc("messages a second")
        .y_desc("requests a message")
        .x_label_formatter(&|rate| rate.to_string())
        .y_label_formatter(&|requests| requests.to_string())
        .draw()?;
    chart
        .configure_secondary_axes()
        .axis_style(FAINT.light)
        .label_style(text(13))
        .axis_desc_style(text(14))
        .y_desc("dollars a million messages")
        .y_label_formatter(&|dollars| format!("${dollars}"))
        .draw()?;
    for (strategy, tone, width) in STYLES {
        let style = tone.light.stroke_width(width);
        chart
            .draw_series(LineSeries::new(points(curves, strategy), style))?
            .label(strategy.name())
            .legend(move |at| sample(at, style));
    }
    let style = FAINT.light.stroke_width(1);
    let floor = curves.iter().filter_map(|played| Some((rate(played)?, played.floor?)));
    chart
        .draw_series(DashedLineSeries::new(floor, 5, 4, style))?
        .label("the least that is possible")
        .legend(move |(x, y)| DashedPathElement::new([(x, y), (x + 18, y)], 4, 4, style));
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .background_style(PAPER.light)
        .border_style(GRID.light)
        .label_font(text(13))
        .margin(8)
        .draw()?;
    area.present()?;
    Ok(())
}

/// From the most to the least expensive. Longshore with its defaults is drawn last, on top.
const STYLES: [(Strategy, Tone, u32); 5] = [
    (Strategy::ShortPoll, tone(0xcf222e, 0xff7b72), 2),
    (Strategy::LongPoll, tone(0xbc4c00, 0xffa657), 2),
    (Strategy::BatchDelete, tone(0x8250df, 0xbc8cff), 2),
    (Strategy::GatherOff, tone(0x1b7c83, 0x39c5cf), 2),
    (Strategy::Longshore, tone(0x0969da, 0x58a6ff), 3),
];

fn points(curves: &[Played], strategy: Strategy) -> impl Iterator<Item = (f64, f64)> {
    curves.iter().filter_map(move |played| {
        Some((rate(played)?, played.requests_per_unit(played.measured_for(strategy)?)))
    })
}

fn rate(played: &Played) -> Option<f64> {
    match played.scenario.traffic {
        Traffic::Poisson(rate) => Some(rate),
        Traffic::None | Traffic::Bursty(_) | Traffic::Backlog => None,
    }
}

fn sample((x, y): (i32, i32), style: ShapeStyle) -> PathElement<(i32, i32)> {
    PathElement::new([(x, y), (x + 18, y)], style)
}

/// Adds a title for screen readers, and the colors of the dark scheme.
fn with_dark_scheme(svg: &str) -> String {
    let mut style = String::new();
    let lines = STYLES.map(|(_, tone, _)| tone);
    for Tone { light, dark } in [PAPER, INK, GRID, FAINT].into_iter().chain(lines) {
        let (light, dark) = (hex(light), hex(dark));
        for attribute in ["fill", "stroke"] {
            write!(style, "[{attribute}=\"{light}\"]{{{attribute}:{dark}}}").expect("to a string");
        }
    }
    let head = format!(
        "<title>Requests a message against messages a second, five ways to consume a queue</title>\n\
         <style>@media (prefers-color-scheme: dark){{{style}}}</style>\n"
    );
    match svg.split_once(">\n") {
        Some((open, rest)) => format!("{open} role=\"img\">\n{head}{rest}"),
        None => svg.to_owned(),
    }
}

const fn tone(light: u32, dark: u32) -> Tone {
    Tone { light: rgb(light), dark: rgb(dark) }
}

const fn rgb(hex: u32) -> RGBColor {
    let [_, red, green, blue] = hex.to_be_bytes();
    RGBColor(red, green, blue)
}

/// The notation of plotters, because the style sheet must match its attributes.
fn hex(RGBColor(red, green, blue): RGBColor) -> String {
    format!("#{red:02X}{green:02X}{blue:02X}")
}
