//! What a plan leaves as it is because the description says nothing about it.

use crate::kinds::UnmanagedSetting;
use crate::ui::value;

/// Returns a sentence for each resource, with its settings as they would be described.
pub fn notes(settings: &[UnmanagedSetting]) -> Vec<String> {
    let of_one = |settings: &[UnmanagedSetting]| {
        let place = &settings[0].place;
        let lines = settings.iter().map(|setting| format!("{} = {}", setting.key, value::inline(&setting.value)));
        let lines = lines.collect::<Vec<_>>().join(", ");
        format!("{} {}: not described and left as it is: {lines}", place.id, place.name)
    };
    settings.chunk_by(|one, other| one.place == other.place).map(of_one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::{ResourceId, ResourceRef};
    use serde_json::json;

    #[test]
    fn each_resource_is_one_sentence() {
        let setting = |id: &str, key: &'static str, value| {
            let place = ResourceRef { id: ResourceId::new("table", id), name: id.to_uppercase() };
            UnmanagedSetting { place, path: key.to_owned(), value, key }
        };
        let settings = [
            setting("orders", "point_in_time_recovery", json!(true)),
            setting("orders", "stream", json!("NEW_IMAGE")),
            setting("people", "protected", json!(true)),
        ];
        insta::assert_snapshot!(notes(&settings).join("\n"), @r#"
        table.orders ORDERS: not described and left as it is: point_in_time_recovery = true, stream = "NEW_IMAGE"
        table.people PEOPLE: not described and left as it is: protected = true
        "#);
    }
}
