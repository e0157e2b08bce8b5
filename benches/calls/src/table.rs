//! Tables in Markdown.

/// A table: its head, and rows of as many cells.
#[derive(Clone, Debug, Default)]
pub struct Table {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows. The first column is text, the others are numbers.
    pub fn new(head: &[&str]) -> Self {
        Self { head: head.iter().map(|&cell| cell.to_owned()).collect(), rows: Vec::new() }
    }

    /// Adds a row; missing cells are empty.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let mut cells: Vec<String> = cells.into_iter().collect();
        cells.resize(self.head.len(), String::new());
        self.rows.push(cells);
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let line = |cells: &[String]| format!("| {} |", cells.join(" | "));
        writeln!(f, "{}", line(&self.head))?;
        let rules = (0..self.head.len()).map(|column| if column == 0 { "---" } else { "---:" }.to_owned());
        writeln!(f, "{}", line(&rules.collect::<Vec<_>>()))?;
        self.rows.iter().try_for_each(|row| writeln!(f, "{}", line(row)))
    }
}

/// A ratio with two digits after the point; a dash where there is none.
pub fn ratio(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.2}"))
}

/// A number with one digit after the point, or none when it is large; a dash where there is none.
pub fn number(value: Option<f64>) -> String {
    match value {
        None => "–".to_owned(),
        Some(value) if value < 100.0 => format!("{value:.1}"),
        Some(value) => format!("{value:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_markdown() {
        let mut table = Table::new(&["what", "ratio"]);
        table.row(["a".to_owned(), ratio(Some(1.005))]);
        table.row(["b".to_owned(), ratio(None)]);
        table.row(["c".to_owned()]);
        assert_eq!(table.to_string(), "| what | ratio |\n| --- | ---: |\n| a | 1.00 |\n| b | – |\n| c |  |\n");
        assert_eq!([number(Some(12.34)), number(Some(123.4)), number(None)], ["12.3", "123", "–"]);
    }
}
