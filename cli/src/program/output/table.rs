//! Tables for people. A Chinese character is as wide as two letters.

use unicode_width::UnicodeWidthStr as _;

use crate::program::texts::said;

/// Rows of cells.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(head: impl IntoIterator<Item = &'static str>) -> Self {
        Self { rows: vec![head.into_iter().map(|name| said(name).to_owned()).collect()] }
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().map(|cell| one_line(&cell)).collect());
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&aligned(&self.rows))
    }
}

/// Names and values, one pair a line. Values that are absent are left out.
pub(crate) fn fields(pairs: impl IntoIterator<Item = (&'static str, Option<String>)>) -> String {
    let pairs =
        pairs.into_iter().filter_map(|(name, value)| Some(vec![said(name).to_owned(), one_line(&value?)]));
    aligned(&pairs.collect::<Vec<_>>())
}

/// A text from outside must not move the cursor of a terminal.
fn one_line(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max().unwrap_or(0)
        })
        .collect();
    let line = |row: &Vec<String>| {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell}{}", " ".repeat(width.saturating_sub(cell.width()))));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_characters_are_two_columns_wide() {
        let mut table = Table::new(["NAME", "COUPONS"]);
        table.row(["双旦".to_owned(), "1".to_owned()]);
        table.row(["spring".to_owned(), "20".to_owned()]);
        table.row(["a\nb\u{1b}[2J".to_owned(), String::new()]);
        assert_eq!(table.to_string(), "NAME     COUPONS\n双旦     1\nspring   20\na b [2J");
    }
}
