//! Plots as SVG, drawn by plotters. That library knows a colour as a number only, so each role has the
//! number of its colour on light, and the style sheet gives everything of that number the colour that
//! the role has on light or dark: `[fill="#B42318"] { fill: var(--bad) }`.

mod bars;
mod canvas;
mod lines;
mod scale;

use plotters::style::RGBColor;

pub(super) use bars::latency;
pub(super) use canvas::{HEIGHT, WIDTH};
pub(super) use lines::{Axis, Line, Stroke, lines};
pub(super) use scale::top;

/// What a colour stands for: a variable of the style sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// What is said.
    Ink,
    /// Labels, limits, floors.
    Muted,
    /// The grid.
    Rule,
    /// What should not be.
    Bad,
    /// What is useful.
    Accent,
}

const ROLES: [Role; 5] = [Role::Ink, Role::Muted, Role::Rule, Role::Bad, Role::Accent];

impl Role {
    /// The variable's name.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Ink => "ink",
            Self::Muted => "muted",
            Self::Rule => "rule",
            Self::Bad => "bad",
            Self::Accent => "accent",
        }
    }

    /// Its colour on light, by which the style sheet knows it.
    const fn colour(self) -> RGBColor {
        match self {
            Self::Ink => RGBColor(0x1B, 0x1F, 0x24),
            Self::Muted => RGBColor(0x57, 0x60, 0x6A),
            Self::Rule => RGBColor(0xD8, 0xDE, 0xE4),
            Self::Bad => RGBColor(0xB4, 0x23, 0x18),
            Self::Accent => RGBColor(0x0B, 0x5C, 0xAD),
        }
    }

    fn hex(self) -> String {
        let RGBColor(red, green, blue) = self.colour();
        format!("#{red:02X}{green:02X}{blue:02X}")
    }
}

/// The rules that give each role its colour.
pub(super) fn style() -> String {
    let rule = |role: &Role| {
        let (hex, name) = (role.hex(), role.as_str());
        format!(
            ".plot [stroke=\"{hex}\"] {{ stroke: var(--{name}) }}\n\
             .plot [fill=\"{hex}\"] {{ fill: var(--{name}) }}\n"
        )
    };
    ROLES.iter().map(rule).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plot_that_stands_alone_has_the_colours_of_light() {
        let sheet = include_str!("../page.css");
        for role in ROLES {
            let (name, hex) = (role.as_str(), role.hex().to_lowercase());
            let light = sheet.find(&format!("--{name}: ")).unwrap();
            assert!(sheet[light..].starts_with(&format!("--{name}: {hex};")), "{name}");
        }
    }

    #[test]
    fn every_colour_of_a_plot_is_a_role() {
        let points = vec![(-30.0, 1.0), (-15.0, 3.0), (0.0, 2.0)];
        let strokes = [Stroke::Solid, Stroke::Dashed, Stroke::Filled];
        let series: Vec<_> = strokes
            .iter()
            .map(|stroke| Line { role: Role::Bad, stroke: *stroke, points: points.clone() })
            .collect();
        let axis = Axis { seconds: 30.0, end: "now", top: 5.0, show: |y| y.to_string() };
        let svg = lines(&axis, &series) + &latency(&[0, 3, 1], &[0.1, 1.0], Some(0.5));
        for part in svg.split("\"#").skip(1) {
            let colour = &part[..6];
            let known = ROLES.iter().any(|role| role.hex()[1..] == *colour);
            assert!(known, "#{colour} would be the same on light and dark: {svg}");
        }
        assert!(svg.contains("<polygon") && svg.contains("<polyline") && svg.contains("<rect"));
    }
}
