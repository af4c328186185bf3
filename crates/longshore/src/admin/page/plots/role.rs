//! The colors of plots. plotters knows a color only as a number. So each role has the number of its
//! color in the light scheme, and the style sheet replaces that number: `[fill="#B42318"] { fill:
//! var(--bad) }`.

use plotters::style::RGBColor;

/// The meaning of a color: a variable of the style sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::admin::page) enum Role {
    /// Text and main lines.
    Ink,
    /// Labels, limits and minima.
    Muted,
    /// The grid.
    Rule,
    /// A problem.
    Bad,
    /// Useful work.
    Accent,
}

pub(super) const ROLES: [Role; 5] = [Role::Ink, Role::Muted, Role::Rule, Role::Bad, Role::Accent];

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

    /// Its color in the light scheme, which the style sheet replaces.
    pub(super) const fn color(self) -> RGBColor {
        match self {
            Self::Ink => RGBColor(0x1B, 0x1F, 0x24),
            Self::Muted => RGBColor(0x57, 0x60, 0x6A),
            Self::Rule => RGBColor(0xD8, 0xDE, 0xE4),
            Self::Bad => RGBColor(0xB4, 0x23, 0x18),
            Self::Accent => RGBColor(0x0B, 0x5C, 0xAD),
        }
    }

    pub(super) fn hex(self) -> String {
        let RGBColor(red, green, blue) = self.color();
        format!("#{red:02X}{green:02X}{blue:02X}")
    }
}

/// The style rules that give each role its color.
pub(in crate::admin::page) fn style() -> String {
    let rule = |role: &Role| {
        let (hex, name) = (role.hex(), role.as_str());
        format!(
            ".plot [stroke=\"{hex}\"] {{ stroke: var(--{name}) }}\n\
             .plot [fill=\"{hex}\"] {{ fill: var(--{name}) }}\n"
        )
    };
    ROLES.iter().map(rule).collect()
}
