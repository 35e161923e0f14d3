//! Items out of a table and into it, as lines of JSON. Memory is bounded: a page of a scan, or a batch of writes.

use super::item::TableItem;
use super::spec::{TableSpec, key_parts};
use super::{batch, item};
use crate::aws::op;
use crate::error::{Error, Result};
use crate::kinds::{StepContext, StepResult};
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::io;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// How much has been moved. The caller reads it while it grows, and after an interruption.
#[derive(Debug, Default)]
pub struct TransferCount {
    /// Items.
    pub items: Cell<u64>,
    /// Bytes of their lines.
    pub bytes: Cell<u64>,
}

impl TransferCount {
    pub(super) fn add(&self, items: u64, bytes: u64) {
        self.items.set(self.items.get() + items);
        self.bytes.set(self.bytes.get() + bytes);
    }
}

/// Most bytes of one line. An item has 400 KB at most; JSON can make six of one byte.
const LONGEST_LINE: u64 = 16 << 20;
/// Bytes after which a batch is sent, half of what BatchWriteItem takes.
const BATCH_BYTES: u64 = 8 << 20;

/// Tells whether the table holds items.
///
/// # Errors
/// The failure of the read.
pub async fn holds(cx: &StepContext<'_>) -> StepResult<bool> {
    Ok(super::read::items(cx).await?.is_some())
}

/// Writes every item of the table, one a line.
///
/// # Errors
/// The failure of a read, or of the writer.
pub async fn export(
    cx: &StepContext<'_>,
    out: &mut (impl AsyncWrite + Unpin),
    moved: &TransferCount,
    tell: &dyn Fn(),
) -> StepResult<()> {
    let db = &cx.clients().dynamodb;
    let mut pages = cx.pages(
        &op::SCAN,
        |after| db.scan().table_name(cx.name()).consistent_read(true).set_exclusive_start_key(after).send(),
        |page| page.last_evaluated_key.clone(),
    );
    while let Some(page) = pages.next().await? {
        let mut text = String::new();
        for found in page.items() {
            text.push_str(&item::to_line(found).map_err(|name| unknown_type(cx, &name))?);
        }
        out.write_all(text.as_bytes()).await.map_err(|error| unwritten(&error))?;
        moved.add(page.items().len() as u64, text.len() as u64);
        tell();
    }
    out.flush().await.map_err(|error| unwritten(&error))?;
    Ok(())
}

/// Explains why a line was not written. A reader that went away is an error here: whoever keeps what came out would take it for all there is.
fn unwritten(error: &io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Error::io("nobody reads the items any more: the export is not complete"),
        _ => Error::io(format!("the items cannot be written: {error}")),
    }
}

fn unknown_type(cx: &StepContext<'_>, name: &str) -> Error {
    Error::internal(format!("attribute {name:?} of table {} has a type that is not known", cx.name()))
        .hint("Nothing is left out of an export: a newer deployer may know the type.")
}

/// Lines of items, each checked against the table's keys.
pub struct ItemLines<'a, R> {
    reader: R,
    /// What they are read from, for messages.
    from: &'a str,
    table: &'a TableSpec,
    number: u64,
}

/// An item and where it is written.
#[derive(Debug)]
pub struct NumberedItem {
    number: u64,
    bytes: u64,
    item: TableItem,
}

impl<'a, R: AsyncBufRead + Unpin> ItemLines<'a, R> {
    /// Makes the lines of `reader`, for a table like this.
    pub fn new(reader: R, from: &'a str, table: &'a TableSpec) -> Self {
        ItemLines { reader, from, table, number: 0 }
    }

    /// Returns the next item; `None` at the end. Empty lines are passed over.
    ///
    /// # Errors
    /// `usage` with the line when it is not an item of this table; `io` when it cannot be read.
    pub async fn next(&mut self) -> Result<Option<NumberedItem>> {
        loop {
            let mut text = Vec::new();
            let mut limited = (&mut self.reader).take(LONGEST_LINE);
            let read = limited.read_until(b'\n', &mut text).await;
            self.number += 1;
            let read = read.map_err(|error| Error::io(format!("{} cannot be read: {error}", self.from)))?;
            if read == 0 {
                return Ok(None);
            }
            if read as u64 == LONGEST_LINE && text.last() != Some(&b'\n') {
                return Err(self.wrong("it is longer than any item can be"));
            }
            if text.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let item = item::from_line(text.trim_ascii()).map_err(|why| self.wrong(&why))?;
            item::limits::check(&item).map_err(|why| self.wrong(&why))?;
            fits(&item, self.table).map_err(|why| self.wrong(&why))?;
            return Ok(Some(NumberedItem { number: self.number, bytes: read as u64, item }));
        }
    }

    fn wrong(&self, why: &str) -> Error {
        Error::usage(format!("{}:{}: {why}", self.from, self.number))
            .hint("Every line is one item in the form of `deployer backup export`: {\"Item\":{\"id\":{\"S\":\"1\"}}}.")
    }
}

/// Most bytes of a partition key and of a sort key ("Constraints in Amazon DynamoDB").
const KEY_BYTES: (usize, usize) = (2048, 1024);

/// Tells whether the table takes an item with these keys: those of the table are there, those of its indexes have the right type and length.
fn fits(item: &TableItem, table: &TableSpec) -> Result<(), String> {
    let indexes = table.index.values().chain(table.local_index.values());
    let sort_keys: BTreeSet<_> = indexes
        .filter_map(|index| index.sort_key.as_ref())
        .chain(&table.sort_key)
        .map(|key| key_parts(key).0)
        .collect();
    let own: Vec<_> =
        std::iter::once(&table.partition_key).chain(&table.sort_key).map(|key| key_parts(key).0).collect();
    for (name, kind) in table.attributes() {
        let (is, bytes) = match item.get(name) {
            None if own.contains(&name) => return Err(format!("the item has no {name:?}, a key of the table")),
            None => continue,
            Some(AttributeValue::S(text)) => ("S", text.len()),
            // A number has no empty form and none that is too long.
            Some(AttributeValue::N(_)) => ("N", 1),
            Some(AttributeValue::B(blob)) => ("B", blob.as_ref().len()),
            Some(_) => ("another one", 1),
        };
        let most = if sort_keys.contains(name) { KEY_BYTES.1 } else { KEY_BYTES.0 };
        if is != kind {
            return Err(format!("{name:?} is a key of the type {kind}, here its type is {is}"));
        }
        if bytes == 0 {
            return Err(format!("{name:?} is a key and must not be empty"));
        }
        if bytes > most {
            return Err(format!("{name:?} is a key of at most {most} bytes, here it has {bytes}"));
        }
    }
    Ok(())
}

/// Puts every item into the table. `moved` counts what is written.
///
/// # Errors
/// A line that is wrong, or the failure of a write: what came before is written.
pub async fn import<R: AsyncBufRead + Unpin>(
    cx: &StepContext<'_>,
    mut lines: ItemLines<'_, R>,
    moved: &TransferCount,
    tell: &dyn Fn(),
) -> StepResult<()> {
    let mut batch: Vec<NumberedItem> = Vec::new();
    loop {
        let next = lines.next().await;
        let full = batch.len() == batch::MOST_ITEMS || batch.iter().map(|line| line.bytes).sum::<u64>() > BATCH_BYTES;
        // A batch must not hold a key twice; the later line wins as it would without batches.
        let twice = || matches!(&next, Ok(Some(line)) if batch.iter().any(|other| same_key(lines.table, line, other)));
        if !batch.is_empty() && (full || !matches!(next, Ok(Some(_))) || twice()) {
            let (count, bytes) = (batch.len() as u64, batch.iter().map(|line| line.bytes).sum());
            send(cx, std::mem::take(&mut batch)).await?;
            moved.add(count, bytes);
            tell();
        }
        match next? {
            Some(line) => batch.push(line),
            None => return Ok(()),
        }
    }
}

fn same_key(table: &TableSpec, one: &NumberedItem, other: &NumberedItem) -> bool {
    let mut keys = std::iter::once(&table.partition_key).chain(&table.sort_key).map(|key| key_parts(key).0);
    keys.all(|key| one.item.get(key) == other.item.get(key))
}

/// Sends a batch. A put without a clear answer is sent again: twice the same item is one item.
async fn send(cx: &StepContext<'_>, batch: Vec<NumberedItem>) -> StepResult<()> {
    let (first, last) = (batch.first().map_or(0, |line| line.number), batch.last().map_or(0, |line| line.number));
    let put = |line: NumberedItem| {
        let put = PutRequest::builder().set_item(Some(line.item)).build()?;
        Ok(WriteRequest::builder().put_request(put).build())
    };
    let pending = batch.into_iter().map(put).collect::<Result<Vec<_>, BuildError>>()?;
    Ok(batch::write(cx, pending).await.map_err(|error| error.fact("lines", format!("{first} to {last}")))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::table::spec::IndexSpec;
    use base64::Engine;
    use base64::prelude::BASE64_STANDARD;

    fn table() -> TableSpec {
        let index = IndexSpec { partition_key: "status (N)".to_owned(), ..Default::default() };
        TableSpec {
            partition_key: "id (S)".to_owned(),
            sort_key: Some("at (N)".to_owned()),
            index: [("by-status".to_owned(), index)].into(),
            ..TableSpec::default()
        }
    }

    async fn read(text: &[u8]) -> Vec<Result<(u64, usize), String>> {
        let table = table();
        let mut lines = ItemLines::new(text, "items", &table);
        let mut out = Vec::new();
        loop {
            match lines.next().await {
                Ok(Some(line)) => out.push(Ok((line.number, line.item.len()))),
                Ok(None) => return out,
                Err(error) => {
                    out.push(Err(error.message));
                    return out;
                }
            }
        }
    }

    #[tokio::test]
    async fn lines_are_read_with_their_numbers() {
        let text = "{\"Item\":{\"id\":{\"S\":\"1\"},\"at\":{\"N\":\"1\"}}}\r\n\n  \n{\"Item\":{\"id\":{\"S\":\"2\"},\"at\":{\"N\":\"1\"},\"x\":{\"S\":\"\"}}}";
        assert_eq!(read(text.as_bytes()).await, [Ok((1, 2)), Ok((4, 3))]);
        assert_eq!(read(b"").await, []);
    }

    #[tokio::test]
    async fn a_line_that_the_table_would_not_take_is_told_with_its_place() {
        for (item, said) in [
            (r#"{"id":{"S":"1"}}"#, "items:2: the item has no \"at\", a key of the table"),
            (r#"{"id":{"N":"1"},"at":{"N":"1"}}"#, "items:2: \"id\" is a key of the type S, here its type is N"),
            (r#"{"id":{"S":""},"at":{"N":"1"}}"#, "items:2: \"id\" is a key and must not be empty"),
            (
                r#"{"id":{"S":"1"},"at":{"N":"1"},"status":{"BOOL":true}}"#,
                "items:2: \"status\" is a key of the type N, here its type is another one",
            ),
        ] {
            assert_eq!(read(format!("\n{{\"Item\":{item}}}").as_bytes()).await, [Err(said.to_owned())]);
        }
        let with = |more: &str| format!("{{\"Item\":{{\"id\":{{\"S\":\"1\"}},\"at\":{{\"N\":\"1\"}},{more}}}}}");
        let nested = |levels: usize| format!("{}{{\"NULL\":true}}{}", "{\"L\":[".repeat(levels), "]}".repeat(levels));
        let text = |bytes: usize| format!("\"a\":{{\"S\":\"{}\"}}", "x".repeat(bytes));
        // The keys have 6 bytes with their names and values, the name has one.
        for (more, said) in [
            (format!("\"a\":{}", nested(31)), None),
            (format!("\"a\":{}", nested(32)), Some("its lists and maps have more than 32 levels")),
            ("\"\":{\"S\":\"x\"}".to_owned(), Some("the name of an attribute must not be empty")),
            ("\"a\":{\"M\":{\"\":{\"S\":\"x\"}}}".to_owned(), Some("the name of an attribute must not be empty")),
            (
                format!("\"{}\":{{\"S\":\"x\"}}", "n".repeat(65_536)),
                Some("the name of an attribute has 65536 bytes, fewer than 65536 fit"),
            ),
            (text(409_600 - 8), None),
            (text(409_600 - 7), Some("the item has 409601 bytes, an item has at most 409600 (400 KB)")),
        ] {
            let expected = match said {
                None => Ok((1, 3)),
                Some(said) => Err(format!("items:1: {said}")),
            };
            assert_eq!(read(with(&more).as_bytes()).await, [expected], "{more:.80}");
        }
        for (key, bytes, is_taken) in
            [("id", 2048, true), ("id", 2049, false), ("status", 1024, true), ("status", 1025, false)]
        {
            let line = r#"{"Item":{"id":{"S":"1"},"at":{"N":"1"},"status":{"B":""}}}"#;
            let value = if key == "id" { "k".repeat(bytes) } else { BASE64_STANDARD.encode(vec![0; bytes]) };
            let line = match key {
                "id" => r#"{"Item":{"id":{"S":"$"},"at":{"N":"1"}}}"#.replace('$', &value),
                _ => line.replace("\"B\":\"\"", &format!("\"B\":\"{value}\"")),
            };
            let mut table = table();
            let blob = IndexSpec {
                partition_key: "id (S)".to_owned(),
                sort_key: Some("status (B)".to_owned()),
                ..Default::default()
            };
            table.index = [("by-status".to_owned(), blob)].into();
            let read = ItemLines::new(line.as_bytes(), "items", &table).next().await;
            assert_eq!(read.is_ok(), is_taken, "{key} {bytes}: {read:?}");
        }
        let long = vec![b'x'; usize::try_from(LONGEST_LINE).unwrap() + 1];
        assert_eq!(read(&long).await, [Err("items:1: it is longer than any item can be".to_owned())]);
    }
}
