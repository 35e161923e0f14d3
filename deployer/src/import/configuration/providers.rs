//! Providers of a module: the region and the tags that resources get from them.

use super::evaluate::{KnownValue, ValueEvaluation};
use super::files::ConfigurationFiles;
use hcl_edit::expr::{Expression, ObjectKey, TraversalOperator};
use hcl_edit::structure::Block;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Holds the settings of the AWS providers that a module can use.
#[derive(Debug, Clone, Default)]
pub struct AwsProviders {
    /// By alias; the one without an alias is the module's default.
    by_alias: BTreeMap<String, AwsProvider>,
    /// Region of the default provider of all.
    usual_region: Option<KnownValue>,
}

/// Holds what one provider says.
#[derive(Debug, Clone)]
pub struct AwsProvider {
    /// Region, where the block has one.
    pub region: Option<KnownValue>,
    /// Tags of every resource, where the block has some.
    pub default_tags: Option<KnownValue>,
}

impl AwsProviders {
    /// Reads the blocks `provider "aws"` of a module. A module that has none uses those of its caller.
    pub fn read(files: &ConfigurationFiles, scope: &ValueEvaluation<'_>, callers: &Self) -> Self {
        let mut out = callers.clone();
        let blocks = files.blocks().map(|(_, block)| block).filter(|block| block.ident.as_str() == "provider");
        for block in blocks.filter(|block| block.labels.first().is_some_and(|label| label.as_str() == "aws")) {
            let value = |block: &Block, key: &str| block.body.get_attribute(key).map(|a| scope.value(&a.value));
            let alias = value(block, "alias").and_then(|alias| alias.ok()?.as_str().map(str::to_owned));
            let tags = block.body.get_blocks("default_tags").next().and_then(|tags| value(tags, "tags"));
            out.by_alias
                .insert(alias.unwrap_or_default(), AwsProvider { region: value(block, "region"), default_tags: tags });
        }
        out.usual_region = callers.usual_region.clone().or_else(|| out.own()?.region.clone());
        out
    }

    /// Returns the providers of a module that is called with `providers = { aws = aws.us }`.
    pub fn passed(&self, call: &Block) -> Self {
        let mut by_alias = BTreeMap::new();
        match call.body.get_attribute("providers").map(|passed| &passed.value) {
            Some(Expression::Object(passed)) => by_alias.extend(passed.iter().filter_map(|(name, value)| {
                let name = match name {
                    ObjectKey::Ident(_) => String::new(),
                    ObjectKey::Expression(name) => alias(name)?,
                };
                Some((name, self.by_alias.get(&alias(value.expr())?)?.clone()))
            })),
            _ => by_alias.extend(self.own().map(|own| (String::new(), own.clone()))),
        }
        Self { by_alias, usual_region: self.usual_region.clone() }
    }

    /// Returns the module's default.
    pub fn own(&self) -> Option<&AwsProvider> {
        self.by_alias.get("")
    }

    /// Adds to a resource's attributes what its provider gives it. The region of the default provider of all is that of the stack
    /// and is left out.
    pub fn apply(&self, block: &Block, attributes: &mut Map<String, Value>, unknown: &mut BTreeMap<String, String>) {
        let alias =
            block.body.get_attribute("provider").and_then(|provider| alias(&provider.value)).unwrap_or_default();
        let Some(provider) = self.by_alias.get(&alias) else {
            if !alias.is_empty() {
                unknown.insert("region".to_owned(), format!("provider aws.{alias} is not declared"));
            }
            return;
        };
        let own = attributes.get("tags").and_then(Value::as_object).cloned().unwrap_or_default();
        let all_tags = provider.default_tags.clone().map(|tags| {
            let default = tags?.as_object().cloned().unwrap_or_default();
            Ok(Value::Object(default.into_iter().chain(own).collect()))
        });
        let elsewhere = provider.region != self.usual_region && !block.body.has_attribute("region");
        for (key, value) in [("region", provider.region.clone().filter(|_| elsewhere)), ("tags_all", all_tags)] {
            match value {
                Some(Ok(value)) => drop(attributes.insert(key.to_owned(), value)),
                Some(Err(why)) => drop(unknown.insert(key.to_owned(), why)),
                None => {}
            }
        }
    }
}

/// Returns the alias of `aws.us`; nothing of `aws`.
fn alias(provider: &Expression) -> Option<String> {
    match provider {
        Expression::Variable(_) => Some(String::new()),
        Expression::Traversal(traversal) => match traversal.operators.first()?.value() {
            TraversalOperator::GetAttr(alias) => Some(alias.to_string()),
            _ => None,
        },
        _ => None,
    }
}
