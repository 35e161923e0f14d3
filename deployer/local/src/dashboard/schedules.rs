//! A schedule: when it fires, whom it reaches, and firing it now.

use super::layout::{Page, address, facts, not_found, page};
use super::visit::PageVisit;
use crate::context::Context;
use crate::service::events;
use maud::html;

/// Shows a schedule.
pub fn schedule(visit: &PageVisit, region: &str, name: &str) -> Page {
    let document = visit.cx.store.snapshot();
    let found = document.regions.get(region).and_then(|region| region.rules.rules.get(name));
    let Some(rule) = found else { return not_found(visit, "There is no such schedule.") };
    let content = html! {
        h1 { "Schedule " bdi { (name) } }
        (facts([
            ("When", html! { code { bdi { (rule.schedule) } } }),
            ("Fires by itself", html! { @if rule.enabled { "yes" } @else { "no: it is switched off" } }),
        ]))
        (visit.form(&address(&["schedules", region, name]), "fire", html! { button type="submit" { "Fire it now" } }))
        h2 { "Targets" }
        @if rule.targets.is_empty() { p.reason { "None: nobody hears of it." } }
        @for (id, target) in &rule.targets {
            article {
                h3 { bdi { (id) } }
                p { code { bdi { (target.arn) } } }
                @if let Some(input) = &target.input { pre { bdi { (input) } } }
            }
        }
    };
    page(visit, &format!("Schedule {name}"), content)
}

/// Fires a schedule.
///
/// # Errors
/// Why a target was not reached, in words.
pub fn fire(cx: &Context, region: &str, name: &str) -> Result<String, String> {
    let fired = events::fire(cx, region, name).map_err(|error| error.to_string())?;
    match fired.deliveries.iter().find_map(|delivery| delivery.error.clone()) {
        Some(why) => Err(why),
        None => Ok(format!("It fired: {} reached.", fired.deliveries.len())),
    }
}
