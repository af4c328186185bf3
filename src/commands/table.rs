//! Text in aligned columns.

use console::measure_text_width;

/// The alignment of a column.
#[derive(Debug, Clone, Copy)]
pub(super) enum Align {
    Left,
    Right,
}

/// Formats the rows. Each column is as wide as its widest cell, with two spaces before it.
pub(super) fn columns<const N: usize>(align: [Align; N], rows: &[[String; N]]) -> String {
    let width = |column: usize| rows.iter().map(|row| measure_text_width(&row[column])).max();
    let widths: [usize; N] = std::array::from_fn(|column| width(column).unwrap_or_default());
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let gap = " ".repeat(widths[column] - measure_text_width(cell));
            line.push_str("  ");
            match align[column] {
                Align::Left => line.extend([cell, gap.as_str()]),
                Align::Right => line.extend([gap.as_str(), cell]),
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_no_line_ends_with_spaces() {
        let rows = [["a", "1", "x"], ["über", "100", ""]].map(|row| row.map(str::to_owned));
        let text = columns([Align::Left, Align::Right, Align::Left], &rows);
        assert_eq!(text, "  a       1  x\n  über  100\n");
    }
}
