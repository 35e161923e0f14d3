//! A checked description, as the rest of the program reads it.

use super::diagnostic::Diagnostic;
use super::files::{ReferencedFiles, project_dir};
use super::reference;
use super::reference::{BlockAttribute, BlockReference};
use super::section::{TypedBlock, physical_name};
use super::written::DescriptionText;
use crate::aws::arn::ArnScope;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A checked stack description with one stage's overlay applied.
#[derive(Debug, Clone)]
pub struct Stack {
    /// Path of the description; relative paths in it start at its directory.
    pub path: PathBuf,
    /// Name of the stack; prefix of physical names and value of the tag `deployer:stack`.
    pub name: String,
    /// Deployment stage; value of the tag `deployer:stage`.
    pub stage: String,
    /// AWS region, when the file names one.
    pub region: Option<String>,
    /// The only account the stack may be deployed to, when the file names one.
    pub account: Option<String>,
    /// ARN of the managed policy that bounds the rights of every role, when the file names one.
    pub permissions_boundary: Option<String>,
    /// Whether nothing may be taken away in the cloud before somebody names the stage.
    pub production: bool,
    /// Tags of every resource.
    pub tags: BTreeMap<String, String>,
    /// Patterns of tag keys that others manage: neither compared nor removed. See [`tag_matches`](super::tag_matches).
    pub ignore_tags: Vec<String>,
    /// Remarks about the file that do not refuse it.
    pub warnings: Vec<Diagnostic>,
    /// Files that it names.
    pub(super) files: ReferencedFiles,
    /// Where everything is written.
    pub(super) written: DescriptionText,
    /// Blocks by section and id, as JSON that is complete and fits the block's type.
    pub(super) blocks: BTreeMap<String, BTreeMap<String, Value>>,
    /// What of a block can be referred to, by section.
    pub(super) attributes: BTreeMap<&'static str, &'static [BlockAttribute]>,
}

impl Stack {
    /// Returns all blocks of a section with their ids, in the order of the ids. The id of a section that has one block, such as
    /// `[api]`, is the section's name.
    pub fn all<B: TypedBlock>(&self) -> Vec<(String, B)> {
        let blocks = self.blocks.get(B::SECTION).into_iter().flatten();
        // None is left out: loading made sure that every block fits its type.
        blocks.filter_map(|(id, block)| Some((id.clone(), B::deserialize(block).ok()?))).collect()
    }

    /// Returns the block with this id.
    pub fn get<B: TypedBlock>(&self, id: &str) -> Option<B> {
        B::deserialize(self.blocks.get(B::SECTION)?.get(id)?).ok()
    }

    /// Returns the block of a section with this id, as JSON that is complete.
    pub fn block(&self, section: &str, id: &str) -> Option<&Value> {
        self.blocks.get(section)?.get(id)
    }

    /// Returns the line, from 1, of the key at a path such as `["function", "api", "memory"]`.
    pub fn line(&self, path: &[&str]) -> Option<usize> {
        self.written.line(path)
    }

    /// Tells whether the file has a key, for every stage or for this one.
    pub fn is_written(&self, path: &[&str]) -> bool {
        self.line_for_stage(path).is_some()
    }

    /// Returns where the file has a key, for people: `config/orders.toml:34`. What this stage says counts.
    pub fn described_at(&self, path: &[&str]) -> Option<String> {
        self.line_for_stage(path).map(|line| format!("{}:{line}", self.path.display()))
    }

    fn line_for_stage(&self, path: &[&str]) -> Option<usize> {
        let in_stage: Vec<_> = ["stage", self.stage.as_str()].into_iter().chain(path.iter().copied()).collect();
        self.line(&in_stage).or_else(|| self.line(path))
    }

    /// Returns the text of a file that a block names; nothing where it could not be read.
    pub fn file(&self, path: &str) -> Option<&str> {
        self.files.get(path)?.ok()
    }

    /// Returns the paths of the files that blocks name, on this machine.
    pub fn file_paths(&self) -> Vec<PathBuf> {
        let project = project_dir(&self.path);
        self.files.paths().map(|path| project.join(path)).collect()
    }

    /// Returns the name that AWS knows a block by: the given one, else `{stack}-{stage}-{id}`.
    pub fn physical_name(&self, id: &str, given: Option<&str>) -> String {
        physical_name(&self.name, &self.stage, id, given)
    }

    /// Replaces the references of a text by what they stand for. `$${` becomes `${`.
    ///
    /// Loading made sure that every reference has a target. Without `arn`, region and account are those of the file, and what cannot
    /// be known yet stays as written.
    pub fn resolve(&self, text: &str, arn: Option<&ArnScope>) -> String {
        reference::resolve(text, &|reference| self.value_of(reference, arn))
    }

    fn value_of(&self, reference: &BlockReference, arn: Option<&ArnScope>) -> Option<String> {
        let BlockReference { section, sort, id, attribute } = reference;
        if section == reference::STACK {
            return match attribute.as_str() {
                "name" => Some(self.name.clone()),
                "stage" => Some(self.stage.clone()),
                "region" => arn.map(|arn| arn.region.clone()).or_else(|| self.region.clone()),
                "account" => arn.map(|arn| arn.account.clone()).or_else(|| self.account.clone()),
                _ => None,
            };
        }
        if let (Some(sort), Some(id)) = (sort, id) {
            let name = self.block(section, section)?[sort][id]["name"].as_str()?.to_owned();
            let sorts = self.attributes.get(section.as_str())?.iter();
            let attributes = sorts.filter(|known| known.word() == sort).find_map(|known| known.within())?;
            return attributes.iter().find(|known| known.word() == attribute)?.value(name, arn);
        }
        let id = id.as_deref().unwrap_or(section);
        let name = self.physical_name(id, self.block(section, id)?["name"].as_str());
        let attributes = self.attributes.get(section.as_str())?;
        attributes.iter().find(|known| known.word() == attribute)?.value(name, arn)
    }
}
