//! The live view: a picture that is drawn over the one before it. Owns the cursor while it is open.

use std::io;

use console::Term;

use super::frame;
use super::pace::Pace;
use crate::demo::Scene;

pub(super) struct Screen {
    term: Term,
    pace: Pace,
    /// Lines of the last picture, above the cursor.
    drawn: usize,
}

impl Screen {
    /// `None` where standard output is no terminal that such a view can be drawn on.
    pub(super) fn open() -> Option<Self> {
        let term = Term::buffered_stdout();
        let able = term.is_term() && term.features().colors_supported();
        let able = able && term.size_checked().is_some() && term.hide_cursor().is_ok();
        able.then(|| Self { term, pace: Pace::default(), drawn: 0 })
    }

    /// Draws the scene over the last one, line by line, with a single write. Nothing is wiped that is
    /// not written again at once: a screen wiped from its top would be kept in the scrollback.
    pub(super) fn show(&mut self, scene: &Scene) -> io::Result<()> {
        self.pace.observe(scene);
        let (height, width) = self.term.size();
        let (height, width) = (usize::from(height), usize::from(width));
        let mut lines = frame::of(scene, &self.pace, width);
        // The cursor stands below the picture. What does not fit is left out, from the bottom.
        lines.truncate(height.saturating_sub(1));
        // After a window was made lower, the top of the last picture is out of reach.
        self.term.move_cursor_up(self.drawn.min(height.saturating_sub(1)))?;
        for line in &lines {
            self.term.clear_line()?;
            self.term.write_line(&line.styled(width))?;
        }
        self.term.clear_line()?;
        self.term.clear_to_end_of_screen()?;
        self.drawn = lines.len();
        self.term.flush()
    }

    /// Wipes the picture, so that the summary takes its place, and gives the cursor back.
    pub(super) fn close(self) -> io::Result<()> {
        let height = usize::from(self.term.size().0);
        self.term.clear_line()?;
        self.term.clear_last_lines(self.drawn.min(height.saturating_sub(1)))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if let Err(error) = self.term.show_cursor().and_then(|()| self.term.flush()) {
            tracing::debug!(%error, "the cursor stays hidden");
        }
    }
}
