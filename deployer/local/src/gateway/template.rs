//! The variables of gateway responses and of mock integrations.
//!
//! API Gateway replaces variables in a gateway response and runs no template language there; for mock integrations, whose
//! templates are VTL, only what needs no VTL is served.

use super::incoming::IncomingRequest;
use super::target::StageTarget;
use percent_encoding::percent_decode_str;
use serde_json::Value;
use std::collections::BTreeMap;

/// What variables stand for.
#[derive(Clone, Copy, Debug)]
pub struct TemplateScope<'a> {
    /// `$context`
    pub context: &'a Value,
    /// The request.
    pub incoming: &'a IncomingRequest,
    /// Of the route, if there is one.
    pub path_parameters: &'a BTreeMap<String, String>,
    /// The stage, for its variables.
    pub target: &'a StageTarget<'a>,
}

impl TemplateScope<'_> {
    /// Replaces `$context.a.b`, `$stageVariables.x` and their `${…}` forms. A variable that has no value becomes empty; any
    /// other `$` stays as it is.
    pub fn render(&self, template: &str) -> String {
        let mut rendered = String::with_capacity(template.len());
        let mut rest = template;
        while let Some(at) = rest.find('$') {
            rendered.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            let (name, after) = match rest.strip_prefix('{').and_then(|inside| inside.split_once('}')) {
                Some((name, after)) => (name, after),
                None => split_name(rest),
            };
            if name.starts_with("context.") || name.starts_with("stageVariables.") {
                rendered.push_str(&self.variable(name));
                rest = after;
            } else {
                rendered.push('$');
            }
        }
        rendered.push_str(rest);
        rendered
    }

    /// Returns the value of a response parameter: `'literal'`, `context.…`, `stageVariables.…` or `method.request.…`.
    pub fn parameter(&self, source: &str) -> Option<String> {
        if let Some(literal) = source.strip_prefix('\'').and_then(|source| source.strip_suffix('\'')) {
            return Some(literal.to_owned());
        }
        if let Some(place) = source.strip_prefix("method.request.") {
            let (place, name) = place.split_once('.')?;
            return match place {
                "header" => self.incoming.header(name).map(str::to_owned),
                "querystring" => self.incoming.query.get(name)?.last().cloned(),
                "path" => {
                    let value = self.path_parameters.get(name)?;
                    Some(percent_decode_str(value).decode_utf8_lossy().into_owned())
                }
                _ => None,
            };
        }
        Some(self.variable(source)).filter(|value| !value.is_empty())
    }

    fn variable(&self, name: &str) -> String {
        if let Some(name) = name.strip_prefix("stageVariables.") {
            return self.target.stage.variables.get(name).cloned().unwrap_or_default();
        }
        let Some(path) = name.strip_prefix("context.") else { return String::new() };
        match path.split('.').try_fold(self.context, |value, member| value.get(member)) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        }
    }
}

/// Returns a dotted name at the start of a text, and the rest. A dot at its end belongs to the sentence.
fn split_name(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '.')).unwrap_or(text.len());
    text.split_at(text[..end].trim_end_matches('.').len())
}
