//! The colors of the style sheet have enough contrast by WCAG, in light and dark schemes.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

type Palette = BTreeMap<String, [f64; 3]>;

/// The palettes of light and of dark, in the order of the style sheet.
fn palettes() -> [Palette; 2] {
    let sheet =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/longshore/src/admin/page/page.css");
    let sheet = fs::read_to_string(sheet).unwrap();
    let mut palettes = [Palette::new(), Palette::new()];
    for line in sheet.lines().filter_map(|line| line.trim().strip_prefix("--")) {
        let Some((name, colour)) = line.split_once(": #") else { continue };
        let channel = |at: usize| f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap());
        let palette = usize::from(palettes[0].contains_key(name));
        palettes[palette].insert(name.to_owned(), [0, 2, 4].map(channel));
    }
    palettes
}

/// <https://www.w3.org/TR/WCAG22/#dfn-relative-luminance>
fn luminance(colour: [f64; 3]) -> f64 {
    let [red, green, blue] = colour.map(|channel| {
        let share = channel / 255.0;
        if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn text_and_lines_have_enough_contrast() {
    for palette in palettes() {
        assert_eq!(palette.len(), 9, "{palette:?}");
        for ground in ["ground", "panel"] {
            for name in ["ink", "muted", "accent", "bad", "good", "warn"] {
                let contrast = contrast(palette[name], palette[ground]);
                assert!(contrast >= 4.5, "{name} on {ground}: {contrast:.2}");
            }
        }
    }
}
