//! What a change of a table throws away.

use crate::kinds::diff::{FieldChange, SpecDiff};
use serde_json::Value;

/// Names the parts of a table that an update throws away, in words that go on from its name.
pub fn of(diff: &SpecDiff) -> Vec<String> {
    let mut losses: Vec<String> = diff.iter().filter_map(loss).collect();
    // An index is made anew once, however many of its fields change.
    losses.dedup();
    losses
}

fn loss(change: &FieldChange) -> Option<String> {
    if change.was.is_null() {
        return None;
    }
    if change.path == "stream" {
        // "Disabling a stream" in the guide of DynamoDB: its data can be read for 24 hours.
        let next = if change.want.is_null() { "" } else { " and begins another, under another ARN" };
        return Some(format!(
            "ends its stream{next}: what was not read of it can be read under its old ARN for 24 hours, and by no source of a function"
        ));
    }
    let index = change.path.strip_prefix("index.")?;
    if change.want == Value::Null && change.path.matches('.').count() == 1 {
        return Some(format!("loses its index {index}: whoever queries it is refused from then on"));
    }
    // The name of an index may have dots, a field of it has none.
    let (index, field) = index.rsplit_once('.')?;
    let stays = ["read_capacity", "write_capacity"].contains(&field);
    (!stays).then(|| format!("builds its index {index} anew: whoever queries it is refused until AWS has built it"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Returns the first words of what is lost.
    fn lost(changes: &[(&str, Value, Value)]) -> Vec<String> {
        let change = |(path, was, want): &(&str, Value, Value)| FieldChange {
            path: (*path).to_owned(),
            was: was.clone(),
            want: want.clone(),
        };
        let losses = of(&changes.iter().map(change).collect());
        losses.iter().map(|loss| loss.split(':').next().unwrap_or_default().to_owned()).collect()
    }

    #[test]
    fn indexes_and_streams_are_lost() {
        let (x, y, null) = (json!("x"), json!("y"), Value::Null);
        for (path, was, want, loss) in [
            ("index.by-kind", &json!({}), &null, "loses its index by-kind"),
            ("index.by.kind.partition_key", &x, &y, "builds its index by.kind anew"),
            ("index.by-kind.projection", &x, &y, "builds its index by-kind anew"),
            ("stream", &x, &y, "ends its stream and begins another, under another ARN"),
            ("stream", &x, &null, "ends its stream"),
        ] {
            assert_eq!(lost(&[(path, was.clone(), want.clone())]), [loss], "{path}");
        }
        for (path, was, want) in [
            ("index.by-kind", &null, &json!({})),
            ("index.by-kind.read_capacity", &json!(1), &null),
            ("ttl_attribute", &x, &null),
            ("stream", &null, &x),
        ] {
            assert_eq!(lost(&[(path, was.clone(), want.clone())]), [""; 0], "{path}");
        }
        let fields = ["partition_key", "projection", "sort_key"].map(|field| format!("index.a.{field}"));
        assert_eq!(lost(&fields.each_ref().map(|path| (path.as_str(), x.clone(), y.clone()))).len(), 1);
    }
}
