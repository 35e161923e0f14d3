//! References: `${table.orders.name}` inside a text.

use super::nearest;
use super::node::TextSpan;
use super::report::{MistakeReport, StackMistake};
use super::section::{CheckContext, SectionDefinition};
use super::shape::Template;
use crate::aws::arn::ArnScope;
use std::fmt;

/// What the stack itself offers: `${stack.name}` and so on.
pub(super) const STACK: &str = "stack";
const STACK_ATTRIBUTES: [&str; 4] = ["name", "stage", "region", "account"];

/// What `${…}` refers to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BlockReference {
    /// Section: `table`, or `stack` for the stack itself.
    pub section: String,
    /// Sort of things in the section's one block: `table` in `${external.table.orders.name}`; none in all other sections.
    pub sort: Option<String>,
    /// Block, `orders` in `${table.orders.name}`; none in `${api.name}` and `${stack.name}`, of which there is one.
    pub id: Option<String>,
    /// What of it: `name`.
    pub attribute: String,
}

impl fmt::Display for BlockReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [Some(&self.section), self.sort.as_ref(), self.id.as_ref(), Some(&self.attribute)];
        write!(f, "${{{}}}", parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join("."))
    }
}

/// What `${table.orders.ATTRIBUTE}` may be.
#[derive(Debug, Clone, Copy)]
pub enum BlockAttribute {
    /// `name`: the name that AWS knows the block by.
    Name,
    /// `arn`: its ARN, made from that name.
    Arn(fn(&ArnScope, &str) -> String),
    /// `url`: its URL, made from that name.
    Url(fn(&ArnScope, &str) -> String),
    /// `table`: things by id, each with these attributes, in a section with one block.
    Blocks(&'static str, &'static [BlockAttribute]),
}

impl BlockAttribute {
    /// Returns the word in a reference.
    pub fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Arn(_) => "arn",
            Self::Url(_) => "url",
            Self::Blocks(sort, _) => sort,
        }
    }

    /// Returns the value for the block of this name; nothing while it cannot be known.
    pub(super) fn value(self, name: String, arn: Option<&ArnScope>) -> Option<String> {
        match self {
            Self::Name => Some(name),
            Self::Arn(of) | Self::Url(of) => arn.map(|arn| of(arn, &name)),
            Self::Blocks(..) => None,
        }
    }

    /// Returns the attributes of the things that it stands for.
    pub(super) fn within(self) -> Option<&'static [BlockAttribute]> {
        match self {
            Self::Blocks(_, attributes) => Some(attributes),
            Self::Name | Self::Arn(_) | Self::Url(_) => None,
        }
    }
}

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TextPiece<'t> {
    /// Stands for itself.
    Literal(&'t str),
    /// Is replaced.
    Reference { written: &'t str, target: BlockReference },
    /// Looks like a reference and is none.
    Malformed(&'t str),
}

/// Splits a text into its parts. `$${` stands for `${`; a `$` before anything else stands for itself.
pub(super) fn pieces(text: &str) -> Vec<TextPiece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(dollar) = rest.find("${") {
        if rest[..dollar].ends_with('$') {
            // `$${`: keep the text up to the first `$`, drop that one, keep `${`.
            pieces.push(TextPiece::Literal(&rest[..dollar - 1]));
            pieces.push(TextPiece::Literal("${"));
            rest = &rest[dollar + 2..];
            continue;
        }
        pieces.push(TextPiece::Literal(&rest[..dollar]));
        let reference = &rest[dollar..];
        match reference.find('}') {
            Some(end) => {
                let written = &reference[..=end];
                pieces.push(match parse(&written[2..end]) {
                    Some(target) => TextPiece::Reference { written, target },
                    None => TextPiece::Malformed(written),
                });
                rest = &reference[end + 1..];
            }
            None => {
                pieces.push(TextPiece::Malformed(reference));
                rest = "";
            }
        }
    }
    pieces.push(TextPiece::Literal(rest));
    pieces.retain(|piece| *piece != TextPiece::Literal(""));
    pieces
}

fn parse(inner: &str) -> Option<BlockReference> {
    let parts: Vec<_> = inner.split('.').collect();
    let name =
        |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if !parts.iter().all(name) {
        return None;
    }
    match parts[..] {
        [section, attribute] => {
            Some(BlockReference { section: section.to_owned(), sort: None, id: None, attribute: attribute.to_owned() })
        }
        [section, id, attribute] => Some(BlockReference {
            section: section.to_owned(),
            sort: None,
            id: Some(id.to_owned()),
            attribute: attribute.to_owned(),
        }),
        [section, sort, id, attribute] => Some(BlockReference {
            section: section.to_owned(),
            sort: Some(sort.to_owned()),
            id: Some(id.to_owned()),
            attribute: attribute.to_owned(),
        }),
        _ => None,
    }
}

/// Checks that every reference of a text has the right form and a target.
pub(super) fn check(template: &Template, source: &str, context: &CheckContext<'_>, report: &mut MistakeReport) {
    for piece in pieces(&template.text) {
        let (written, problem) = match &piece {
            TextPiece::Literal(_) => continue,
            TextPiece::Malformed(written) => {
                let help =
                    "write `${section.id.attribute}`, such as `${table.orders.name}`; `$${` stands for a plain `${`";
                (*written, Some((format!("{} is not a reference", super::node::quoted(written)), help.to_owned())))
            }
            TextPiece::Reference { written, target } => (*written, problem(target, context)),
        };
        if let Some((message, help)) = problem {
            let at = within(template.span, written, source);
            report.error(StackMistake::at(at, message).label("refers to nothing").help(help));
        }
    }
}

/// Returns what is wrong with the target, with help; nothing when it exists.
fn problem(target: &BlockReference, context: &CheckContext<'_>) -> Option<(String, String)> {
    let unknown = |what: &str| format!("`{target}` refers to an unknown {what}");
    if target.section == STACK {
        if target.sort.is_none() && target.id.is_none() && STACK_ATTRIBUTES.contains(&target.attribute.as_str()) {
            return None;
        }
        let help = nearest::suggest(&target.attribute, "the stack has", STACK_ATTRIBUTES);
        return Some((unknown("attribute of the stack"), help));
    }
    let referable = || context.sections.iter().filter(|section| !section.attributes.is_empty());
    let Some(section) = referable().find(|section| section.name == target.section) else {
        let known = referable().map(|section| section.name).chain([STACK]);
        return Some((unknown("section"), nearest::suggest(&target.section, "known", known)));
    };
    if section.attributes.iter().any(|attribute| attribute.within().is_some()) {
        return problem_within(section, target, context);
    }
    if target.sort.is_some() {
        let help = format!("write `${{{}.ID.ATTRIBUTE}}`", section.name);
        return Some((unknown("block"), help));
    }
    match (&target.id, section.many) {
        (Some(id), true) if context.key(&[section.name, id]).is_none() => {
            let what = format!("declared in `{}`", section.name);
            let help = nearest::suggest(id, &what, context.ids(section.name).iter().copied());
            Some((unknown(section.name), help))
        }
        (None, true) => {
            let help = format!("name the block too: `${{{}.ID.{}}}`", section.name, target.attribute);
            Some((format!("`{target}` does not say which {}", section.name), help))
        }
        (Some(_), false) => {
            let help = format!("there is one `{0}`: write `${{{0}.{1}}}`", section.name, target.attribute);
            Some((unknown(section.name), help))
        }
        (None, false) if context.key(&[section.name]).is_none() => {
            Some((unknown(section.name), format!("add `[{}]` to the file", section.name)))
        }
        _ if section.attributes.iter().any(|attribute| attribute.word() == target.attribute) => None,
        _ => {
            let help = nearest::suggest(
                &target.attribute,
                "it has",
                section.attributes.iter().map(|attribute| attribute.word()),
            );
            Some((unknown("attribute"), help))
        }
    }
}

/// Returns what is wrong with the target in a section whose one block holds things by their sort and id.
fn problem_within(
    section: &SectionDefinition,
    target: &BlockReference,
    context: &CheckContext<'_>,
) -> Option<(String, String)> {
    let unknown = |what: &str| format!("`{target}` refers to an unknown {what}");
    let (Some(sort), Some(id)) = (&target.sort, &target.id) else {
        let help = format!(
            "write `${{{}.SORT.ID.ATTRIBUTE}}`, such as `${{{}.table.orders.name}}`",
            section.name, section.name
        );
        return Some((format!("`{target}` does not say which of `{}`", section.name), help));
    };
    let sorts = section.attributes;
    let Some(attributes) = sorts.iter().find(|known| known.word() == sort).and_then(|known| known.within()) else {
        return Some((unknown("sort"), nearest::suggest(sort, "known", sorts.iter().map(|known| known.word()))));
    };
    if context.key(&[section.name, sort, id]).is_none() {
        let things = context.blocks(section.name).into_iter().filter_map(|block| block.entries.table(sort));
        let ids: Vec<_> = things.flat_map(|things| things.iter()).map(|(id, _)| id).collect();
        let help = nearest::suggest(id, &format!("declared in `{}.{sort}`", section.name), ids.iter().copied());
        return Some((unknown(sort), help));
    }
    if attributes.iter().any(|attribute| attribute.word() == target.attribute) {
        return None;
    }
    Some((
        unknown("attribute"),
        nearest::suggest(&target.attribute, "it has", attributes.iter().map(|known| known.word())),
    ))
}

/// Returns the place of `written` inside the string at `span`; the whole string when escapes hide it.
fn within(span: TextSpan, written: &str, source: &str) -> TextSpan {
    let found = source.get(span.start..span.end).and_then(|string| string.find(written));
    found.map_or(span, |offset| TextSpan { start: span.start + offset, end: span.start + offset + written.len() })
}

/// Replaces the references of a text by what `lookup` says. What it does not know stays as written.
pub(super) fn resolve(text: &str, lookup: &dyn Fn(&BlockReference) -> Option<String>) -> String {
    let mut resolved = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            TextPiece::Literal(literal) => resolved.push_str(literal),
            TextPiece::Malformed(written) => resolved.push_str(written),
            TextPiece::Reference { written, target } => match lookup(&target) {
                Some(value) => resolved.push_str(&value),
                None => resolved.push_str(written),
            },
        }
    }
    resolved
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_references_and_keeps_the_rest() {
        let lookup = |reference: &BlockReference| match reference.to_string().as_str() {
            "${table.orders.name}" => Some("Orders".to_owned()),
            "${stack.stage}" => Some("prod".to_owned()),
            _ => None,
        };
        for (text, resolved) in [
            ("", ""),
            ("plain $ and $5 {}", "plain $ and $5 {}"),
            ("${table.orders.name}", "Orders"),
            ("a-${stack.stage}-${table.orders.name}/b", "a-prod-Orders/b"),
            ("$${table.orders.name}", "${table.orders.name}"),
            ("$$${table.orders.name}", "$${table.orders.name}"),
            ("${table.orders.size}", "${table.orders.size}"),
            ("${", "${"),
            ("${}", "${}"),
            ("é${stack.stage}é", "éprodé"),
        ] {
            assert_eq!(resolve(text, &lookup), resolved, "{text}");
        }
    }

    #[test]
    fn tells_references_from_what_only_looks_like_them() {
        for malformed in
            ["${", "${}", "${table}", "${table.orders.name", "${a.b.c.d.e}", "${table..name}", "${ table.a.name }"]
        {
            assert!(matches!(pieces(malformed)[..], [TextPiece::Malformed(_)]), "{malformed}");
        }
    }
}
