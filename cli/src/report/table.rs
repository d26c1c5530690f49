//! Columns: as wide as what stands in them, numbers to the right.

use crate::report::text::width;

/// Which side the text of a column stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// A table with a line of titles.
pub(crate) struct Table<const N: usize> {
    sides: [Side; N],
    rows: Vec<[String; N]>,
}

impl<const N: usize> Table<N> {
    /// An empty one.
    pub(crate) fn new(columns: [(&str, Side); N]) -> Self {
        Self { sides: columns.map(|(_, side)| side), rows: vec![columns.map(|it| it.0.to_owned())] }
    }

    /// One more row.
    pub(crate) fn row(&mut self, cells: [String; N]) {
        self.rows.push(cells);
    }

    /// The text, a line for each row; after each row the lines that `below` gives for it.
    pub(crate) fn render(&self, below: impl Fn(usize) -> Vec<String>) -> String {
        let mut widths = [0; N];
        for row in &self.rows {
            for (widest, cell) in widths.iter_mut().zip(row) {
                *widest = width(cell).max(*widest);
            }
        }
        let mut text = String::new();
        for (at, row) in self.rows.iter().enumerate() {
            let mut line = String::new();
            for ((cell, side), widest) in row.iter().zip(self.sides).zip(widths) {
                let blanks = " ".repeat(widest - width(cell));
                line += &match side {
                    Side::Left => format!("{cell}{blanks}  "),
                    Side::Right => format!("{blanks}{cell}  "),
                };
            }
            text += line.trim_end();
            text.push('\n');
            if let Some(row) = at.checked_sub(1) {
                for line in below(row) {
                    text += &format!("{line}\n");
                }
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_what_stands_in_them() {
        let mut table = Table::new([("took", Side::Right), ("output", Side::Left)]);
        table.row(["1.0 s".to_owned(), "a".to_owned()]);
        table.row(["12.0 s".to_owned(), "日本".to_owned()]);
        let text = table.render(|row| if row == 0 { vec!["  why".to_owned()] } else { Vec::new() });
        assert_eq!(text, "  took  output\n 1.0 s  a\n  why\n12.0 s  日本\n");
    }
}
