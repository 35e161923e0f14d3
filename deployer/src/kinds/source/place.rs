//! Which mapping a resource is. Lambda gives mappings ids that it makes up, and has one mapping of a function and a source at most:
//! the two are its identity.

use crate::aws::arn::ArnScope;
use crate::error::{Error, Result};
use crate::kinds::{FunctionBlock, ResourceId, ResourceRef, SourceBlock, TableBlock, external, queue, table};
use crate::stack::Stack;

/// Name of the kind.
pub const NAME: &str = "source";

/// A function and what runs it, by the names that AWS knows them by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourcePlace {
    /// Name of the function.
    pub function: String,
    /// `queue` or `table`.
    pub sort: String,
    /// Name of the queue or table.
    pub name: String,
}

impl SourcePlace {
    /// Reads the name of a resource: `FUNCTION/queue/NAME`.
    ///
    /// # Errors
    /// `internal` where it is none.
    pub fn of(place: &ResourceRef) -> Result<Self> {
        let parts: Vec<_> = place.name.split('/').collect();
        match parts[..] {
            [function, sort, name] => {
                Ok(Self { function: function.to_owned(), sort: sort.to_owned(), name: name.to_owned() })
            }
            _ => Err(Error::internal(format!("{} is no name of a source", place.name))),
        }
    }

    /// Reads the ARNs of a mapping.
    pub fn of_arns(function: &str, source: &str) -> Option<Self> {
        let function = function.split(':').nth(6)?.to_owned();
        let (sort, name) = match queue::name_in(source) {
            Some(name) => (queue::NAME, name),
            None => (table::NAME, source.split_once(":table/")?.1.split('/').next()?.to_owned()),
        };
        Some(Self { function, sort: sort.to_owned(), name })
    }

    /// Returns the name of the resource.
    pub fn text(&self) -> String {
        format!("{}/{}/{}", self.function, self.sort, self.name)
    }

    /// Tells whether a mapping with this source is the one. Streams of a table come and go, each with its time in its ARN.
    pub fn has_source(&self, source: &str, arn: &ArnScope) -> bool {
        match self.sort.as_str() {
            queue::NAME => source == arn.queue(&self.name),
            _ => source.starts_with(&format!("{}/stream/", arn.table(&self.name))),
        }
    }
}

/// A source of the description.
#[derive(Debug, Clone)]
pub struct DescribedSource {
    /// The resource.
    pub place: ResourceRef,
    /// Id of the function.
    pub function: String,
    /// What is written.
    pub block: SourceBlock,
}

/// Returns the sources of a description.
pub fn described(stack: &Stack) -> Vec<DescribedSource> {
    stack
        .named::<FunctionBlock>()
        .into_iter()
        .flat_map(|function| {
            let place = |block: SourceBlock| {
                let (sort, id) = target(&block);
                let name = match sort {
                    queue::NAME => queue::name_of(stack, id).ok()?,
                    _ if stack.block(table::NAME, id).is_some() => stack.name_of::<TableBlock>(id),
                    _ => external::name_of(stack, table::NAME, id)?,
                };
                let place = ResourceRef {
                    id: ResourceId::new(NAME, format!("{}.{sort}.{id}", function.id)),
                    name: SourcePlace { function: function.name.clone(), sort: sort.to_owned(), name }.text(),
                };
                Some(DescribedSource { place, function: function.id.clone(), block })
            };
            function.block.source.clone().into_iter().filter_map(place).collect::<Vec<_>>()
        })
        .collect()
}

/// Returns what runs the function: `queue` or `table`, and its id.
pub fn target(block: &SourceBlock) -> (&'static str, &str) {
    match (&block.queue, &block.table) {
        (Some(queue), _) => (queue::NAME, queue),
        // Loading made sure that there is one of the two.
        (None, table) => (table::NAME, table.as_deref().unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_is_known_by_its_function_and_its_source() {
        let arn = ArnScope::new("1", "eu-west-1");
        let stream = "arn:aws:dynamodb:eu-west-1:1:table/Orders/stream/2026-01-01T00:00:00.000";
        for (source, text) in [
            (arn.queue("jobs.fifo"), Some("work/queue/jobs.fifo")),
            (stream.to_owned(), Some("work/table/Orders")),
            ("arn:aws:kinesis:eu-west-1:1:stream/s".to_owned(), None),
        ] {
            let place = SourcePlace::of_arns(&arn.function("work"), &source);
            assert_eq!(place.as_ref().map(SourcePlace::text).as_deref(), text);
            let Some(place) = place else { continue };
            assert!(place.has_source(&source, &arn));
            assert!(!place.has_source(&arn.queue("jobs"), &arn));
            assert!(!place.has_source(&stream.replace("Orders", "Orders2"), &arn));
            let named = ResourceRef { id: ResourceId::new(NAME, "x"), name: place.text() };
            assert_eq!(SourcePlace::of(&named).expect("it is a name"), place);
        }
    }
}
