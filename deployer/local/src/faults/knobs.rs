//! The knobs of the faults: their names, AWS's values, and how a value is written.

use super::call::{self, WRITES};
use crate::injection::{Faults, LONGEST_MS};

/// What can be turned, with how it is written.
pub(super) struct FaultKnob {
    pub name: &'static str,
    /// A value as AWS would have it; empty where AWS has none.
    pub realistic: &'static str,
    pub what: &'static str,
    pub field: KnobField,
}

/// Where a knob's value is, and with that its form.
pub(super) enum KnobField {
    Seed,
    Rates,
    Chance(fn(&mut Faults) -> &mut f64),
    Time(fn(&mut Faults) -> &mut u64),
    Only,
}

const fn knob(name: &'static str, realistic: &'static str, what: &'static str, field: KnobField) -> FaultKnob {
    FaultKnob { name, realistic, what, field }
}

const fn chance(name: &'static str, what: &'static str, field: fn(&mut Faults) -> &mut f64) -> FaultKnob {
    knob(name, "0.1%", what, KnobField::Chance(field))
}

const fn time(
    name: &'static str,
    realistic: &'static str,
    what: &'static str,
    field: fn(&mut Faults) -> &mut u64,
) -> FaultKnob {
    knob(name, realistic, what, KnobField::Time(field))
}

/// Every knob. The realistic values are AWS's quotas and what others have measured there.
pub(super) const KNOBS: &[FaultKnob] = &[
    knob("throttle", "published", "calls beyond AWS's rates are refused; 10x: ten times as many", KnobField::Rates),
    chance("server-error", "calls that are answered with 500 or 503 and change nothing", |f| {
        &mut f.server_error_chance
    }),
    chance("cut-before", "calls whose connection ends before they are carried out", |f| &mut f.cut_before_chance),
    chance("cut-after", "calls that are carried out and never answered", |f| &mut f.cut_after_chance),
    knob("only", "", "the calls that these three are about, such as lambda:*; may be repeated", KnobField::Only),
    knob("seed", "", "other calls meet the chances; the same seed, the same calls", KnobField::Seed),
    time("role-delay", "8s", "until Lambda can assume a new role", |f| &mut f.role_propagation_ms),
    time("function-pending", "2s", "until a new function is Active", |f| &mut f.function_pending_ms),
    time("function-updating", "2s", "until a changed function can be changed again", |f| &mut f.function_updating_ms),
    time("permission-race", "200ms", "in which two AddPermission to one function lose a statement", |f| {
        &mut f.add_permission_ms
    }),
    time("stage-flapping", "5s", "in which a new stage answers every second request with 403", |f| {
        &mut f.stage_flapping_ms
    }),
    time("table-creating", "15s", "until a new table is ACTIVE", |f| &mut f.table_creating_ms),
    time("table-updating", "30s", "until a changed table is ACTIVE again", |f| &mut f.table_updating_ms),
    time("table-deleting", "5s", "until a deleted table is gone", |f| &mut f.table_deleting_ms),
    time("recovery-delay", "5s", "until a new ACTIVE table takes point-in-time recovery", |f| {
        &mut f.recovery_unavailable_ms
    }),
    time("ttl-cooldown", "1h", "until time to live can be changed again", |f| &mut f.ttl_cooldown_ms),
    chance("message-twice", "messages of a standard queue that are received again", |f| &mut f.message_twice_chance),
    time("message-late", "", "until when a message of a standard queue may come late", |f| &mut f.message_late_ms),
    chance("poller-death", "pollers that die when a function is done, before that is kept", |f| {
        &mut f.poller_death_chance
    }),
    time("source-settling", "5s", "until an event source mapping is Enabled, Disabled or gone", |f| {
        &mut f.source_settling_ms
    }),
    time("stale-tags", "1h", "in which the tagging API still shows what was deleted", |f| &mut f.stale_tags_ms),
];

const UNITS: &[(&str, u64)] = &[("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

impl KnobField {
    /// Sets the value, or says what is allowed.
    pub fn set(&self, faults: &mut Faults, text: &str) -> Result<(), String> {
        match self {
            Self::Seed => faults.seed = text.parse().map_err(|_| "write a whole number from 0 on".to_owned())?,
            Self::Rates => faults.published_rates = Some(read_rates(text)?),
            Self::Chance(field) => *field(faults) = read_chance(text)?,
            Self::Time(field) => *field(faults) = read_time(text)?,
            Self::Only => match call::parse(text)? {
                (pattern, false) => faults.only.push(pattern),
                (_, true) => return Err(format!("name a call, such as lambda:*, not {WRITES}")),
            },
        }
        Ok(())
    }

    /// Returns the values that are not the default, as they are written.
    pub fn get(&self, faults: &mut Faults) -> Vec<String> {
        match self {
            Self::Seed => Vec::from_iter((faults.seed > 0).then(|| faults.seed.to_string())),
            Self::Rates => faults
                .published_rates
                .map(|scale| if scale == 1.0 { "published".to_owned() } else { format!("{scale}x") })
                .into_iter()
                .collect(),
            Self::Chance(field) => {
                let chance = *field(faults);
                // Percents that were read are shown as they were written, not as binary fractions are.
                Vec::from_iter((chance > 0.0).then(|| format!("{}%", (chance * 1e8).round() / 1e6)))
            }
            Self::Time(field) => {
                let ms = *field(faults);
                let unit = UNITS.iter().rev().find(|(_, unit)| ms.is_multiple_of(*unit)).unwrap_or(&UNITS[0]);
                Vec::from_iter((ms > 0).then(|| format!("{}{}", ms / unit.1, unit.0)))
            }
            Self::Only => faults.only.iter().map(|pattern| pattern.0.clone()).collect(),
        }
    }
}

/// Digits with at most one point: neither `inf` nor `1e9` nor a sign.
fn decimal(text: &str) -> Option<f64> {
    let plain = text.starts_with(|c: char| c.is_ascii_digit()) && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    plain.then(|| text.parse().ok()).flatten()
}

fn read_rates(text: &str) -> Result<f64, String> {
    let scale = if text == "published" { Some(1.0) } else { text.strip_suffix('x').and_then(decimal) };
    scale
        .filter(|scale| (1e-3..=1e6).contains(scale))
        .ok_or_else(|| "write `published`, or how many times as fast, from 0.001x to 1000000x".to_owned())
}

fn read_chance(text: &str) -> Result<f64, String> {
    let percent = text.strip_suffix('%').and_then(decimal).filter(|percent| *percent <= 100.0);
    percent
        .map(|percent| percent / 100.0)
        .ok_or_else(|| "write a percentage from 0% to 100%, such as 2% or 0.1%".to_owned())
}

fn read_time(text: &str) -> Result<u64, String> {
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = UNITS.iter().find(|(unit, _)| Some(*unit) == text.strip_prefix(number)).map(|(_, ms)| *ms);
    let digits = number.bytes().all(|b| b.is_ascii_digit());
    let ms = unit.filter(|_| digits).and_then(|unit| number.parse::<u64>().ok()?.checked_mul(unit));
    ms.filter(|ms| *ms <= LONGEST_MS)
        .ok_or_else(|| "write a number and a unit (ms, s, m, h or d), such as 300ms or 8s, 365d at most".to_owned())
}
