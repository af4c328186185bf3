//! Plots as SVG, drawn by plotters.

mod bars;
mod canvas;
mod lines;
mod role;
mod scale;

pub(super) use bars::latency;
pub(super) use canvas::{HEIGHT, WIDTH};
pub(super) use lines::{Axis, Line, Stroke, lines};
pub(super) use role::{Role, style};
pub(super) use scale::top;

#[cfg(test)]
mod tests {
    use super::role::ROLES;
    use super::*;

    #[test]
    fn the_colors_of_a_plot_are_those_of_the_light_scheme() {
        let sheet = include_str!("../page.css");
        for role in ROLES {
            let (name, hex) = (role.as_str(), role.hex().to_lowercase());
            let light = sheet.find(&format!("--{name}: ")).unwrap();
            assert!(sheet[light..].starts_with(&format!("--{name}: {hex};")), "{name}");
        }
    }

    #[test]
    fn every_color_of_a_plot_is_a_role() {
        let points = vec![(-30.0, 1.0), (-15.0, 3.0), (0.0, 2.0)];
        let strokes = [Stroke::Solid, Stroke::Dashed, Stroke::Filled];
        let series: Vec<_> = strokes
            .iter()
            .map(|stroke| Line { role: Role::Bad, stroke: *stroke, points: points.clone() })
            .collect();
        let axis = Axis { seconds: 30.0, end: "now", top: 5.0, show: |y| y.to_string() };
        let svg = lines(&axis, &series) + &latency(&[0, 3, 1], &[0.1, 1.0], Some(0.5));
        for part in svg.split("\"#").skip(1) {
            let color = &part[..6];
            let known = ROLES.iter().any(|role| role.hex()[1..] == *color);
            assert!(known, "#{color} would be the same on light and dark: {svg}");
        }
        assert!(svg.contains("<polygon") && svg.contains("<polyline") && svg.contains("<rect"));
    }
}
