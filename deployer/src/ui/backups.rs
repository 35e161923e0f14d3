//! Backups of tables as a table.

use super::look::{TerminalLook, TextTone};
use super::{measure, text};
use crate::kinds::backup::TableBackup;

/// Renders one line a backup, aligned, with whole ARNs that can be copied. Empty when there are none, else ends with a line feed.
pub fn render(backups: &[TableBackup], look: &TerminalLook) -> String {
    let rows: Vec<[String; 5]> = backups.iter().map(row).collect();
    let widths: Vec<usize> =
        (0..5).map(|column| rows.iter().map(|row| text::width(&row[column])).max().unwrap_or(0)).collect();
    let mut out = String::new();
    for (row, backup) in rows.iter().zip(backups) {
        for (index, (cell, width)) in row.iter().zip(&widths).filter(|(_, width)| **width > 0).enumerate() {
            let cell = text::pad(cell, *width);
            out.push_str(&if index == 1 { look.paint(TextTone::Strong, cell) } else { cell.into_owned() });
            out.push_str("  ");
        }
        out.push_str(&format!("{}\n", look.paint(TextTone::Dim, text::clean(&backup.arn))));
    }
    out
}

/// Returns the cells of a backup: when, of what, how much, how many, and how it is.
fn row(backup: &TableBackup) -> [String; 5] {
    let number = |number: Option<i64>| number.and_then(|number| u64::try_from(number).ok());
    let clean = |text: &str| text::clean(text).into_owned();
    let state = match (backup.status.as_str(), backup.kind.as_str()) {
        (status, "USER") => clean(status),
        (status, kind) => format!("{} ({})", clean(status), clean(kind)),
    };
    [
        clean(&backup.created),
        clean(&backup.table),
        number(backup.bytes).map(measure::bytes).unwrap_or_default(),
        number(backup.items)
            .map(|items| measure::count(usize::try_from(items).unwrap_or(usize::MAX), "item"))
            .unwrap_or_default(),
        state,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_a_backup() {
        let orders = TableBackup {
            table: "Orders".to_owned(),
            name: "Orders-20260131T080000Z".to_owned(),
            arn: "arn:aws:dynamodb:ap-south-1:123456789012:table/Orders/backup/01489602797149-73d8d5bc".to_owned(),
            created: "2026-01-31T08:00:00Z".to_owned(),
            status: "AVAILABLE".to_owned(),
            kind: "USER".to_owned(),
            bytes: Some(12_345),
            items: None,
            keys: Vec::new(),
        };
        let system = TableBackup { kind: "SYSTEM".to_owned(), bytes: None, ..orders.clone() };
        insta::assert_snapshot!(render(&[orders.clone(), system], &TerminalLook::PLAIN), @"
        2026-01-31T08:00:00Z  Orders  12.3 kB  AVAILABLE           arn:aws:dynamodb:ap-south-1:123456789012:table/Orders/backup/01489602797149-73d8d5bc
        2026-01-31T08:00:00Z  Orders           AVAILABLE (SYSTEM)  arn:aws:dynamodb:ap-south-1:123456789012:table/Orders/backup/01489602797149-73d8d5bc
        ");
        insta::assert_snapshot!(render(&[TableBackup { items: Some(1), ..orders }], &TerminalLook::PLAIN), @"2026-01-31T08:00:00Z  Orders  12.3 kB  1 item  AVAILABLE  arn:aws:dynamodb:ap-south-1:123456789012:table/Orders/backup/01489602797149-73d8d5bc");
        assert_eq!(render(&[], &TerminalLook::PLAIN), "");
    }
}
