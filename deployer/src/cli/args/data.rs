//! `deployer backup` and `deployer restore`.

use super::value;
use super::value::{BackupSource, FileOrStdio};
use clap::builder::{NonEmptyStringValueParser, OsStringValueParser, TypedValueParser};
use clap::{Args, Subcommand, ValueHint};

/// `deployer backup`.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum BackupArgs {
    /// Make an on-demand backup
    Create(BackupCreate),
    /// List the backups of the stack's tables
    List(BackupList),
    /// Write the items of a table as JSON, one a line
    Export(BackupExport),
}

/// `deployer backup create`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(after_help = "\
AWS keeps a backup, and charges for it, until somebody deletes it; it outlives its table.

Examples:
  deployer backup create
  deployer backup create orders --output json | jq -r '.[].arn'")]
pub struct BackupCreate {
    /// Tables of the stack, by id or name [default: all that are described]
    #[arg(value_name = "TABLE", value_parser = NonEmptyStringValueParser::new())]
    pub tables: Vec<String>,
}

/// `deployer backup list`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(after_help = "\
Examples:
  deployer backup list
  deployer backup list Orders-old       of a table that is gone, by its name")]
pub struct BackupList {
    /// Tables, by id or name, also such as are gone [default: all that are described]
    #[arg(value_name = "TABLE", value_parser = NonEmptyStringValueParser::new())]
    pub tables: Vec<String>,
}

/// `deployer backup export`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "\
The form is that of AWS's own export to S3: {\"Item\":{\"order_id\":{\"S\":\"1\"}}}. What is written
while the export runs may be in it or not. A file is there when it is complete, or not at all.

Examples:
  deployer backup export orders --to orders.jsonl
  deployer backup export orders | gzip > orders.jsonl.gz")]
pub struct BackupExport {
    /// Table of the stack, by id or name
    #[arg(value_name = "TABLE", value_parser = NonEmptyStringValueParser::new())]
    pub table: String,
    /// File to write, or - for stdout
    #[arg(long, value_name = "FILE", default_value_t, allow_hyphen_values = true, value_hint = ValueHint::FilePath, value_parser = OsStringValueParser::new().try_map(value::channel))]
    pub to: FileOrStdio,
}

/// `deployer restore`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "\
AWS restores a backup into a new table only: where the table exists, --to makes another one beside
it. The table is brought to its description as by `up`. After an interruption the same command
goes on.

Examples:
  deployer restore orders --from latest
  deployer restore orders --from arn:aws:dynamodb:… --to Orders-yesterday
  deployer restore orders --import orders.jsonl
  gunzip -c orders.jsonl.gz | deployer restore orders --import -")]
pub struct RestoreArgs {
    /// Table of the stack, by id or name
    #[arg(value_name = "TABLE", value_parser = NonEmptyStringValueParser::new())]
    pub table: String,
    /// Make the table from this backup: its ARN, or `latest`
    #[arg(long, value_name = "BACKUP", required_unless_present = "import", conflicts_with = "import", value_parser = value::backup_source)]
    pub from: Option<BackupSource>,
    /// Name of the new table [default: the one that is described]
    #[arg(long, value_name = "NAME", conflicts_with = "import", value_parser = NonEmptyStringValueParser::new())]
    pub to: Option<String>,
    /// Put the items of this file into the table, or of stdin with -, in the form of `backup export`
    #[arg(long, value_name = "FILE", allow_hyphen_values = true, value_hint = ValueHint::FilePath, value_parser = OsStringValueParser::new().try_map(value::channel))]
    pub import: Option<FileOrStdio>,
    /// Import into a table that holds items: those with the same key are replaced, the others stay
    #[arg(long, conflicts_with = "from")]
    pub overwrite: bool,
    /// Name the stage where `production = true` asks for it, before items are replaced
    #[arg(long, value_name = "STAGE", requires = "overwrite", value_parser = NonEmptyStringValueParser::new())]
    pub confirm_stage: Option<String>,
}
