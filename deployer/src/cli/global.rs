//! Options of every command.

use super::{candidates, value};
use crate::ui::{ColorWhen, OutputFormat, RepeatedOptions};
use clap::builder::{NonEmptyStringValueParser, PathBufValueParser};
use clap::{Args, ValueHint};
use clap_complete::ArgValueCandidates;
use std::path::PathBuf;

/// Options of every command.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(next_help_heading = "Global options")]
pub struct GlobalArgs {
    /// Stack description [env: DEPLOYER_CONFIG] [default: ./deployer.toml, else the only TOML file in ./config, else the same in the folders above]
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath, value_parser = PathBufValueParser::new())]
    pub config: Option<PathBuf>,
    /// Deployment stage, one of [stage.*] [env: DEPLOYER_STAGE] [default: default_stage of the stack description]
    #[arg(long, global = true, value_name = "NAME", value_parser = NonEmptyStringValueParser::new(), add = ArgValueCandidates::new(candidates::stages))]
    pub stage: Option<String>,
    /// AWS region [default: region of the stack description, else as the AWS CLI finds it]
    #[arg(long, global = true, value_name = "REGION", value_parser = value::region)]
    pub region: Option<String>,
    /// Profile of the AWS configuration files [default: as the AWS CLI finds it]
    #[arg(long, global = true, value_name = "PROFILE", value_parser = NonEmptyStringValueParser::new())]
    pub profile: Option<String>,
    /// Use the embedded cloud on this machine (started when needed)
    #[arg(long, global = true)]
    pub local: bool,
    /// Use another AWS-compatible endpoint (moto, LocalStack)
    #[arg(long, global = true, value_name = "URL", value_hint = ValueHint::Url, value_parser = value::endpoint)]
    pub endpoint_url: Option<String>,
    /// Output format: human, json, or, for `plan` alone, markdown, for `graph` mermaid and dot, and for `graph` and `metrics` svg
    #[arg(long, short, global = true, value_enum, value_name = "FORMAT", default_value_t, hide_possible_values = true)]
    pub output: OutputFormat,
    /// As `--output json`, for fingers that know it from other programs
    #[arg(long, global = true, hide = true)]
    pub json: bool,
    /// Show everything in full
    #[arg(long, short, global = true)]
    pub verbose: bool,
    /// When to use colours: auto, always or never
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t, hide_possible_values = true)]
    pub color: ColorWhen,
    /// Those of these that were given, for the commands that messages suggest; without what the environment gives to every command.
    #[arg(skip)]
    pub repeated: RepeatedOptions,
}

impl GlobalArgs {
    /// Returns the options that say which stack is meant and where, as far as they are set.
    pub fn place(&self) -> Vec<(&'static str, Option<String>)> {
        let text = |name, value: &Option<String>| value.clone().map(|value| (name, Some(value)));
        let options = [
            self.local.then_some(("--local", None)),
            text("--endpoint-url", &self.endpoint_url),
            text("--profile", &self.profile),
            text("--region", &self.region),
            text("--stage", &self.stage),
            self.config.as_ref().map(|path| ("--config", Some(path.display().to_string()))),
        ];
        options.into_iter().flatten().collect()
    }
}
