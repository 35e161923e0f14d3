//! The operations that give tags to resources, take them away and list them, for the services that name resources by ARN.

use crate::context::Context;
use crate::store::CloudDocument;
use crate::wire::validation::constraint_of;
use crate::wire::{Call, ServiceError, ServiceResult, TagEntry, TagMap};
use serde::Deserialize;
use serde_json::{Value, json};

/// Says how a service finds, checks and shows the tags of a resource, and what its members are called.
pub(super) struct ResourceTags {
    /// The member that names the resource.
    pub resource: &'static str,
    /// The member with tags, in inputs and in the answer.
    pub tags: &'static str,
    /// The member with the keys of tags that go.
    pub keys: &'static str,
    /// Members of the listing that change nothing.
    pub ignored: &'static [&'static str],
    /// Finds the tags of a resource of a region.
    pub find: for<'a> fn(&'a mut CloudDocument, &str, &str) -> ServiceResult<&'a mut TagMap>,
    /// Checks what a call gives.
    pub given: fn(&TagMap) -> ServiceResult<()>,
    /// Checks all tags that a resource would have.
    pub check: fn(&TagMap) -> ServiceResult<()>,
    /// Writes tags as the service does.
    pub view: fn(&TagMap) -> Value,
}

/// Tags in either of the forms that services take.
#[derive(Deserialize)]
#[serde(untagged)]
enum GivenTags {
    Map(TagMap),
    List(Vec<TagEntry>),
}

impl ResourceTags {
    /// Gives tags to a resource.
    pub fn tag(&self, cx: &Context, call: &Call) -> ServiceResult {
        let given = match self.read(call, self.tags)? {
            GivenTags::Map(tags) => tags,
            GivenTags::List(tags) => tags.into_iter().map(|tag| (tag.key, tag.value)).collect::<TagMap>(),
        };
        (self.given)(&given)?;
        self.change(cx, call, |tags| {
            tags.extend(given);
            (self.check)(tags)
        })
    }

    /// Takes tags away from a resource.
    pub fn untag(&self, cx: &Context, call: &Call) -> ServiceResult {
        let keys: Vec<String> = self.read(call, self.keys)?;
        self.change(cx, call, |tags| {
            tags.retain(|key, _| !keys.contains(key));
            Ok(())
        })
    }

    /// Lists the tags of a resource.
    pub fn list(&self, cx: &Context, call: &Call) -> ServiceResult {
        call.only(&[&[self.resource], self.ignored].concat())?;
        let mut document = CloudDocument::clone(&cx.store.snapshot());
        let tags = (self.find)(&mut document, &call.region, call.text(self.resource)?)?;
        Ok(json!({self.tags: (self.view)(tags)}))
    }

    /// Reads the member that comes with the resource.
    fn read<T: for<'de> Deserialize<'de>>(&self, call: &Call, member: &str) -> ServiceResult<T> {
        call.only(&[self.resource, member])?;
        if call.body[member].is_null() {
            let mut name = member.to_owned();
            name[..1].make_ascii_lowercase();
            return Err(constraint_of("ValidationException", "Value null", &name, "not be null"));
        }
        T::deserialize(&call.body[member])
            .map_err(|error| ServiceError::new(400, "SerializationException", format!("{member}: {error}")))
    }

    fn change(
        &self,
        cx: &Context,
        call: &Call,
        change: impl FnOnce(&mut TagMap) -> ServiceResult<()>,
    ) -> ServiceResult {
        let resource = call.text(self.resource)?;
        cx.store.write(|document| change((self.find)(document, &call.region, resource)?).map(|()| Value::Null))
    }
}
