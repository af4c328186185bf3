//! Lines made of spans in tones. A tone says what a span means; colours that can be read on light and
//! dark follow from it, and where there are none, the text alone says it all.

use console::Style;

/// What a span means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Strong,
    Faint,
    /// Money for nothing.
    Waste,
    /// As it should be.
    Good,
}

/// One line.
#[derive(Debug, Clone, Default)]
pub(super) struct Line(Vec<(Tone, String)>);

impl Line {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// A line in one tone.
    pub(super) fn of(tone: Tone, text: impl Into<String>) -> Self {
        Self::new().with(tone, text)
    }

    #[must_use]
    pub(super) fn with(mut self, tone: Tone, text: impl Into<String>) -> Self {
        self.0.push((tone, text.into()));
        self
    }

    /// The line cut to `width` characters, each of which is one column wide, with its colours if the
    /// terminal has any.
    pub(super) fn styled(&self, width: usize) -> String {
        let mut left = width;
        let mut text = String::new();
        for (tone, span) in &self.0 {
            let span: String = span.chars().take(left).collect();
            left -= span.chars().count();
            text.push_str(&style(*tone).apply_to(span).to_string());
        }
        text
    }

    #[cfg(test)]
    pub(super) fn plain(&self) -> String {
        self.0.iter().map(|(_, span)| span.as_str()).collect()
    }
}

fn style(tone: Tone) -> Style {
    match tone {
        Tone::Plain => Style::new(),
        Tone::Strong => Style::new().bold(),
        Tone::Faint => Style::new().dim(),
        Tone::Waste => Style::new().red(),
        Tone::Good => Style::new().green(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_to_the_width_of_the_terminal() {
        let line = Line::of(Tone::Plain, "▁▂▃").with(Tone::Plain, " four");
        assert_eq!(line.styled(80), "▁▂▃ four");
        assert_eq!(line.styled(5), "▁▂▃ f");
        assert_eq!(line.styled(2), "▁▂");
        assert_eq!(line.styled(0), "");
    }
}
