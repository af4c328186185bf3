//! Columns of text.

use console::measure_text_width;

/// Which side of its column a cell stands on.
#[derive(Debug, Clone, Copy)]
pub(super) enum Align {
    Left,
    Right,
}

/// Rows under one another, each cell as wide as the widest of its column, two spaces between.
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

/// A number with its thousands set apart: `259,200,000`.
pub(super) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Dollars to the cent; less than a cent to two digits that say something.
pub(super) fn dollars(amount: f64) -> String {
    if amount > 0.0 && amount < 0.01 { format!("${amount:.4}") } else { format!("${amount:.2}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_of_a_column_line_up_and_no_line_ends_in_spaces() {
        let rows = [["a", "1", "x"], ["über", "100", ""]].map(|row| row.map(str::to_owned));
        let text = columns([Align::Left, Align::Right, Align::Left], &rows);
        assert_eq!(text, "  a       1  x\n  über  100\n");
    }

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1_000), "1,000");
        assert_eq!(thousands(259_200_000), "259,200,000");
    }

    #[test]
    fn dollars_under_a_cent_do_not_vanish() {
        assert_eq!(dollars(0.0), "$0.00");
        assert_eq!(dollars(0.0052), "$0.0052");
        assert_eq!(dollars(103.68), "$103.68");
    }
}
