//! Styled lines, and numbers as the demo writes them.

use std::time::Duration;

use console::Style;

use longshore::format::percent;

/// What a span means. The colors are readable on light and on dark terminals, and no information
/// depends on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextStyle {
    Plain,
    Strong,
    Faint,
    /// Wasted money.
    Waste,
    Good,
}

impl TextStyle {
    fn to_terminal(self) -> Style {
        match self {
            Self::Plain => Style::new(),
            Self::Strong => Style::new().bold(),
            Self::Faint => Style::new().dim(),
            Self::Waste => Style::new().red(),
            Self::Good => Style::new().green(),
        }
    }
}

/// One line of styled spans.
#[derive(Debug, Clone, Default)]
pub(super) struct Line(Vec<(TextStyle, String)>);

impl Line {
    pub(super) fn empty() -> Self {
        Self::default()
    }

    pub(super) fn new(style: TextStyle, text: impl Into<String>) -> Self {
        Self::empty().with(style, text)
    }

    #[must_use]
    pub(super) fn with(mut self, style: TextStyle, text: impl Into<String>) -> Self {
        self.0.push((style, text.into()));
        self
    }

    /// The line truncated to `width` characters, with colors if the terminal supports them. Every
    /// character of the demo is one column wide.
    pub(super) fn render(&self, width: usize) -> String {
        let mut left = width;
        let mut text = String::new();
        for (style, span) in &self.0 {
            let span: String = span.chars().take(left).collect();
            left -= span.chars().count();
            text.push_str(&style.to_terminal().apply_to(span).to_string());
        }
        text
    }

    #[cfg(test)]
    pub(super) fn plain(&self) -> String {
        self.0.iter().map(|(_, span)| span.as_str()).collect()
    }
}

/// A reduction as a signed change: `-97.5 %`.
pub(super) fn change(reduction: f64) -> String {
    match reduction {
        0.0 => "0 %".to_owned(),
        reduction if reduction > 0.0 => format!("-{}", percent(reduction)),
        reduction => format!("+{}", percent(-reduction)),
    }
}

/// Seconds with one decimal.
pub(super) fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_truncated_to_the_width_of_the_terminal() {
        let line = Line::new(TextStyle::Plain, "▁▂▃").with(TextStyle::Plain, " four");
        assert_eq!(line.render(80), "▁▂▃ four");
        assert_eq!(line.render(5), "▁▂▃ f");
        assert_eq!(line.render(2), "▁▂");
        assert_eq!(line.render(0), "");
    }

    #[test]
    fn a_reduction_has_a_minus_and_an_increase_a_plus() {
        assert_eq!(change(0.975), "-97.5 %");
        assert_eq!(change(1.0), "-100 %");
        assert_eq!(change(-2.5), "+250.0 %");
        assert_eq!(change(0.0), "0 %");
    }
}
