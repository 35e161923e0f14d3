//! The cloud itself: its clock, and the faults that it injects.

use super::layout::{Page, facts, moment, page};
use super::visit::{ACTION, PageVisit};
use crate::context::Context;
use crate::faults::help;
use crate::injection::Faults;
use maud::html;
use std::collections::BTreeMap;
use std::time::Duration;

/// The address of the page.
pub const ADDRESS: &str = "/_dashboard/cloud";
/// Units of a move of the clock, with their seconds.
const UNITS: [(&str, u64); 4] = [("minutes", 60), ("hours", 3_600), ("days", 86_400), ("seconds", 1)];

/// Shows the page.
pub fn cloud(visit: &PageVisit) -> Page {
    let cx = &visit.cx;
    let faults = cx.faults.settings().specs();
    let content = html! {
        h1 { "Clock and faults" }
        h2 { "Clock" }
        (facts([
            ("Schedules, retention and time to live see", html! { time { (moment(cx.clock.now_ms())) } }),
            ("Ahead of this machine", html! { (cx.clock.offset().as_secs()) " s" }),
        ]))
        (visit.form(ADDRESS, "clock", html! {
            label { "Move it on by" input name="number" inputmode="numeric" value="1" autocomplete="off"; }
            label { "Unit" select name="unit" { @for (unit, _) in UNITS { option value=(unit) selected[unit == "hours"] { (unit) } } } }
            button type="submit" { "Move" }
        }))
        h2 { "Faults" }
        @if faults.is_empty() { p { "None: every call is answered at once." } }
        @for fault in &faults {
            div.switch {
                code { bdi { (fault) } }
                (visit.form(ADDRESS, "remove", html! {
                    input type="hidden" name="fault" value=(fault);
                    button type="submit" aria-label=(format!("Switch off {fault}")) { "Switch off" }
                }))
            }
        }
        (visit.form(ADDRESS, "add", html! {
            label { "Fault" input name="fault" value="throttle:PutItem#1x3" autocomplete="off" spellcheck="false"; }
            button type="submit" { "Switch on" }
        }))
        div.switch {
            (visit.form(ADDRESS, "add", html! { input type="hidden" name="fault" value="realistic"; button type="submit" { "Everything as on AWS" } }))
            (visit.form(ADDRESS, "add", html! { input type="hidden" name="fault" value="none"; button type="submit" { "No faults" } }))
        }
        details { summary { "All faults" } pre tabindex="0" { (help()) } }
    };
    page(visit, "Clock and faults", content)
}

/// Moves the clock or sets faults, as a form says.
///
/// # Errors
/// Why it was not done, in words.
pub fn change(cx: &Context, fields: &BTreeMap<String, String>) -> Result<String, String> {
    let field = |name: &str| fields.get(name).map(|text| text.trim()).unwrap_or_default();
    match field(ACTION) {
        "clock" => {
            let number: u64 = field("number").parse().map_err(|_| "how far is a whole number")?;
            let unit = UNITS.iter().find(|(unit, _)| *unit == field("unit")).ok_or("this is no unit")?.1;
            let now = cx.clock.advance(Duration::from_secs(number.saturating_mul(unit)));
            let now = now.map_err(|error| error.to_string())?;
            Ok(format!("It is {} now.", moment(now.unix_timestamp().saturating_mul(1_000))))
        }
        "add" => {
            let mut faults = Faults::clone(&cx.faults.settings());
            faults.apply(field("fault"))?;
            cx.faults.set(faults);
            Ok("The faults are set.".to_owned())
        }
        "remove" => {
            let left: Vec<_> = cx.faults.settings().specs().into_iter().filter(|one| one != field("fault")).collect();
            let mut faults = Faults::default();
            left.iter().try_for_each(|fault| faults.apply(fault))?;
            cx.faults.set(faults);
            Ok("The fault is off.".to_owned())
        }
        _ => Err("this is not known here".to_owned()),
    }
}
