//! Faults as people write them: `throttle=published`, `role-delay=8s`, `cut-after=2%`, `cut-before:CreateTable#1`.
//!
//! A spelling is one of three: `NAME=VALUE` turns a knob, `EFFECT:CALL` plans what happens to certain calls, and `realistic` or `none`
//! stands for all knobs at once. What is written later wins.

use super::{Effect, Faults, LONGEST_MS, Pattern, Planned};
use std::fmt::Write;

/// What can be turned, with how it is written.
struct Knob {
    name: &'static str,
    /// A value as AWS would have it; empty where AWS has none.
    realistic: &'static str,
    what: &'static str,
    field: Field,
}

/// Where a knob's value is, and with that its form.
enum Field {
    Seed,
    Rates,
    Chance(fn(&mut Faults) -> &mut f64),
    Time(fn(&mut Faults) -> &mut u64),
    Only,
}

const fn knob(name: &'static str, realistic: &'static str, what: &'static str, field: Field) -> Knob {
    Knob { name, realistic, what, field }
}

/// Every knob. The realistic values are AWS's quotas and what others have measured there.
const KNOBS: &[Knob] = &[
    knob("throttle", "published", "calls beyond AWS's rates are refused; 10x: ten times as many", Field::Rates),
    knob(
        "server-error",
        "0.1%",
        "calls that are answered with 500 or 503 and change nothing",
        Field::Chance(|f| &mut f.server_error_chance),
    ),
    knob(
        "cut-before",
        "0.1%",
        "calls whose connection ends before they are carried out",
        Field::Chance(|f| &mut f.cut_before_chance),
    ),
    knob(
        "cut-after",
        "0.1%",
        "calls that are carried out and never answered",
        Field::Chance(|f| &mut f.cut_after_chance),
    ),
    knob("only", "", "the calls that these three are about, such as lambda:*; may be repeated", Field::Only),
    knob("seed", "", "other calls meet the chances; the same seed, the same calls", Field::Seed),
    knob("role-delay", "8s", "until Lambda can assume a new role", Field::Time(|f| &mut f.role_propagation_ms)),
    knob("function-pending", "2s", "until a new function is Active", Field::Time(|f| &mut f.function_pending_ms)),
    knob(
        "function-updating",
        "2s",
        "until a changed function can be changed again",
        Field::Time(|f| &mut f.function_updating_ms),
    ),
    knob(
        "permission-race",
        "200ms",
        "in which two AddPermission to one function lose a statement",
        Field::Time(|f| &mut f.add_permission_ms),
    ),
    knob(
        "stage-flapping",
        "5s",
        "in which a new stage answers every second request with 403",
        Field::Time(|f| &mut f.stage_flapping_ms),
    ),
    knob("table-creating", "15s", "until a new table is ACTIVE", Field::Time(|f| &mut f.table_creating_ms)),
    knob("table-updating", "30s", "until a changed table is ACTIVE again", Field::Time(|f| &mut f.table_updating_ms)),
    knob("table-deleting", "5s", "until a deleted table is gone", Field::Time(|f| &mut f.table_deleting_ms)),
    knob(
        "recovery-delay",
        "5s",
        "until a new ACTIVE table takes point-in-time recovery",
        Field::Time(|f| &mut f.recovery_unavailable_ms),
    ),
    knob("ttl-cooldown", "1h", "until time to live can be changed again", Field::Time(|f| &mut f.ttl_cooldown_ms)),
    knob(
        "stale-tags",
        "1h",
        "in which the tagging API still shows what was deleted",
        Field::Time(|f| &mut f.stale_tags_ms),
    ),
];

/// What can be planned for a call.
const EFFECTS: &[(&str, &str)] = &[
    ("throttle", "refused because of rates"),
    ("server-error", "answered with 500, not carried out"),
    ("cut-before", "the connection ends, not carried out"),
    ("cut-after", "carried out, never answered"),
    ("refuse", "refused with =STATUS/CODE, such as =409/ConflictException"),
];

/// Services as calls are named.
const SERVICES: &[&str] = &["sts", "iam", "lambda", "apigateway", "dynamodb", "logs", "events", "tagging"];
/// In place of an operation: the calls that change something.
const WRITES: &str = "writes";
const UNITS: &[(&str, u64)] = &[("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

/// Every spelling with its form, AWS's value and what it does, for a help text.
pub fn help() -> String {
    let mut out =
        "Faults (all are off unless set; the value in brackets is AWS's, and that of `realistic`):\n".to_owned();
    // Writing into a string cannot fail.
    for knob in KNOBS {
        let form = match knob.field {
            Field::Seed => "NUMBER",
            Field::Rates => "published|Nx",
            Field::Chance(_) => "PERCENT",
            Field::Time(_) => "TIME",
            Field::Only => "CALL",
        };
        let spelling = format!("{}={form}", knob.name);
        let realistic = if knob.realistic.is_empty() { String::new() } else { format!(" [{}]", knob.realistic) };
        let _ = writeln!(out, "  {spelling:<23}  {}{realistic}", knob.what);
    }
    out.push_str("\nWhat happens to certain calls, counted from now on:\n");
    for (effect, what) in EFFECTS {
        let _ = writeln!(out, "  {:<23}  {what}", format!("{effect}:CALL#N"));
    }
    out.push_str(
        "\nA CALL is an operation, CreateTable or dynamodb:CreateTable, all of a service, iam:*, or all, *.\n\
         `writes` for * are those that change something. #N is the N-th [1], #NxM M from the N-th on.\n\
         A TIME has a unit: ms, s, m, h or d. `realistic` is all that has a value in brackets, `none`\n\
         nothing.",
    );
    out
}

impl Faults {
    /// Everything as on AWS, as far as it is known: its published rates, its delays, and a call in a thousand that goes wrong each way.
    pub fn realistic() -> Self {
        let mut faults = Self::default();
        for knob in KNOBS.iter().filter(|knob| !knob.realistic.is_empty()) {
            // A test holds that all of them are understood.
            let _ = knob.field.set(&mut faults, knob.realistic);
        }
        faults
    }

    /// Does what one spelling says.
    ///
    /// # Errors
    /// In words: what was seen and what is allowed.
    pub fn apply(&mut self, spec: &str) -> Result<(), String> {
        match spec {
            "none" => *self = Self::default(),
            "realistic" => *self = Self { seed: self.seed, ..Self::realistic() },
            _ => match spec.split_once([':', '=']) {
                Some((name, value)) if spec.as_bytes().get(name.len()) == Some(&b'=') => {
                    let knob = KNOBS.iter().find(|knob| knob.name == name).ok_or_else(|| unknown(name))?;
                    knob.field
                        .set(self, value)
                        .map_err(|allowed| format!("`{value}` is no value for {name}: {allowed}"))?;
                }
                Some((effect, call)) => self.planned.push(plan(effect, call)?),
                None if KNOBS.iter().any(|knob| knob.name == spec) => {
                    return Err(format!("{spec} has no value: write {spec}=VALUE"));
                }
                None => return Err(unknown(spec)),
            },
        }
        Ok(())
    }

    /// The spellings of everything that is not off, such that applying them gives these faults again.
    pub fn specs(&self) -> Vec<String> {
        let mut copy = self.clone();
        let knobs = KNOBS.iter().flat_map(|knob| {
            let values = knob.field.get(&mut copy);
            values.into_iter().map(|value| format!("{}={value}", knob.name)).collect::<Vec<_>>()
        });
        knobs.chain(self.planned.iter().map(Planned::spec)).collect()
    }

    /// Names of the operations that patterns are about, without services and without `*`.
    pub fn operations(&self) -> impl Iterator<Item = &str> {
        let patterns = self.only.iter().chain(self.planned.iter().map(|planned| &planned.operation));
        patterns.map(|pattern| pattern.0.rsplit(':').next().unwrap_or_default()).filter(|name| *name != "*")
    }
}

fn unknown(name: &str) -> String {
    let names: Vec<_> = KNOBS.iter().map(|knob| knob.name).collect();
    let effects: Vec<_> = EFFECTS.iter().map(|(effect, _)| *effect).collect();
    format!(
        "there is no fault `{name}`: write realistic, none, NAME=VALUE with one of {}, or EFFECT:CALL with one of {}",
        names.join(", "),
        effects.join(", ")
    )
}

impl Field {
    /// Sets the value, or says what is allowed.
    fn set(&self, faults: &mut Faults, text: &str) -> Result<(), String> {
        match self {
            Field::Seed => faults.seed = text.parse().map_err(|_| "write a whole number from 0 on".to_owned())?,
            Field::Rates => faults.published_rates = Some(rates(text)?),
            Field::Chance(field) => *field(faults) = chance(text)?,
            Field::Time(field) => *field(faults) = time(text)?,
            Field::Only => match call(text)? {
                (pattern, false) => faults.only.push(pattern),
                (_, true) => return Err(format!("name a call, such as lambda:*, not {WRITES}")),
            },
        }
        Ok(())
    }

    /// The values that are not the default, as they are written.
    fn get(&self, faults: &mut Faults) -> Vec<String> {
        match self {
            Field::Seed => Vec::from_iter((faults.seed > 0).then(|| faults.seed.to_string())),
            Field::Rates => faults
                .published_rates
                .map(|scale| if scale == 1.0 { "published".to_owned() } else { format!("{scale}x") })
                .into_iter()
                .collect(),
            Field::Chance(field) => {
                let chance = *field(faults);
                // Percents that were read are shown as they were written, not as binary fractions are.
                Vec::from_iter((chance > 0.0).then(|| format!("{}%", (chance * 1e8).round() / 1e6)))
            }
            Field::Time(field) => {
                let ms = *field(faults);
                let unit = UNITS.iter().rev().find(|(_, unit)| ms.is_multiple_of(*unit)).unwrap_or(&UNITS[0]);
                Vec::from_iter((ms > 0).then(|| format!("{}{}", ms / unit.1, unit.0)))
            }
            Field::Only => faults.only.iter().map(|pattern| pattern.0.clone()).collect(),
        }
    }
}

/// Digits with at most one point: neither `inf` nor `1e9` nor a sign.
fn decimal(text: &str) -> Option<f64> {
    let plain = text.starts_with(|c: char| c.is_ascii_digit()) && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    plain.then(|| text.parse().ok()).flatten()
}

fn rates(text: &str) -> Result<f64, String> {
    let scale = if text == "published" { Some(1.0) } else { text.strip_suffix('x').and_then(decimal) };
    scale
        .filter(|scale| (1e-3..=1e6).contains(scale))
        .ok_or_else(|| "write `published`, or how many times as fast, from 0.001x to 1000000x".to_owned())
}

fn chance(text: &str) -> Result<f64, String> {
    let percent = text.strip_suffix('%').and_then(decimal).filter(|percent| *percent <= 100.0);
    percent
        .map(|percent| percent / 100.0)
        .ok_or_else(|| "write a percentage from 0% to 100%, such as 2% or 0.1%".to_owned())
}

fn time(text: &str) -> Result<u64, String> {
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = UNITS.iter().find(|(unit, _)| Some(*unit) == text.strip_prefix(number)).map(|(_, ms)| *ms);
    let digits = number.bytes().all(|b| b.is_ascii_digit());
    let ms = unit.filter(|_| digits).and_then(|unit| number.parse::<u64>().ok()?.checked_mul(unit));
    ms.filter(|ms| *ms <= LONGEST_MS)
        .ok_or_else(|| "write a number and a unit (ms, s, m, h or d), such as 300ms or 8s, 365d at most".to_owned())
}

/// Which calls, and whether only those that change something.
fn call(text: &str) -> Result<(Pattern, bool), String> {
    let (service, operation) = match text.split_once(':') {
        Some((service, operation)) => (Some(service), operation),
        None => (None, text),
    };
    if let Some(service) = service.filter(|service| !SERVICES.contains(service)) {
        return Err(format!("there is no service `{service}`: there are {}", SERVICES.join(", ")));
    }
    let named =
        operation.starts_with(|c: char| c.is_ascii_uppercase()) && operation.bytes().all(|b| b.is_ascii_alphanumeric());
    if !named && operation != "*" && operation != WRITES {
        return Err(format!("`{operation}` is no call: write CreateTable, dynamodb:CreateTable, iam:*, * or {WRITES}"));
    }
    let writes = operation == WRITES;
    let operation = if writes { "*" } else { operation };
    Ok((Pattern(service.map_or(operation.to_owned(), |service| format!("{service}:{operation}"))), writes))
}

/// `CreateTable#2x3=409/ConflictException`.
fn plan(effect: &str, text: &str) -> Result<Planned, String> {
    if !EFFECTS.iter().any(|(name, _)| *name == effect) {
        return Err(unknown(effect));
    }
    let (text, answer) = match text.split_once('=') {
        Some((text, answer)) => (text, Some(answer)),
        None => (text, None),
    };
    let (text, which) = match text.split_once('#') {
        Some((text, which)) => (text, which),
        None => (text, "1"),
    };
    let (nth, times) = which.split_once('x').unwrap_or((which, "1"));
    let count = |number: &str| {
        number.parse().ok().filter(|number| *number > 0).ok_or_else(|| {
            format!("`#{which}` does not say which calls: write #2 for the second, #2x3 for three from the second on")
        })
    };
    let (operation, writes_only) = call(text)?;
    let effect = match (effect, answer) {
        ("refuse", answer) => answer.and_then(refusal).ok_or_else(|| {
            "refuse needs an answer: write refuse:CALL#N=STATUS/CODE, such as refuse:PutRestApi=409/ConflictException, with a status from 400 to 599".to_owned()
        })?,
        (effect, Some(_)) => return Err(format!("{effect} takes no answer: leave out what follows the `=`")),
        ("throttle", None) => Effect::Throttle,
        ("server-error", None) => Effect::ServerError,
        ("cut-before", None) => Effect::CutBefore,
        _ => Effect::CutAfter,
    };
    Ok(Planned { operation, writes_only, nth: count(nth)?, times: count(times)?, effect })
}

/// `409/ConflictException` or `409/ConflictException/in words`.
fn refusal(text: &str) -> Option<Effect> {
    let (status, rest) = text.split_once('/')?;
    let (code, message) = rest.split_once('/').unwrap_or((rest, "refused on purpose"));
    let status = status.parse().ok().filter(|status| (400..600).contains(status))?;
    let named = !code.is_empty() && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.');
    named.then(|| Effect::Refuse { status, code: code.to_owned(), message: message.to_owned() })
}

impl Planned {
    fn spec(&self) -> String {
        let (effect, answer) = match &self.effect {
            Effect::Throttle => ("throttle", String::new()),
            Effect::ServerError => ("server-error", String::new()),
            Effect::CutBefore => ("cut-before", String::new()),
            Effect::CutAfter => ("cut-after", String::new()),
            Effect::Refuse { status, code, message } => ("refuse", format!("={status}/{code}/{message}")),
        };
        let pattern = &self.operation.0;
        let call = match pattern.strip_suffix('*') {
            Some(service) if self.writes_only => format!("{service}{WRITES}"),
            _ => pattern.clone(),
        };
        let times = if self.times == 1 { String::new() } else { format!("x{}", self.times) };
        format!("{effect}:{call}#{}{times}{answer}", self.nth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(specs: &[&str]) -> Result<Faults, String> {
        let mut faults = Faults::default();
        specs.iter().try_for_each(|spec| faults.apply(spec)).map(|()| faults)
    }

    #[test]
    fn every_spelling_is_shown_as_it_is_written() {
        for spec in [
            "throttle=published",
            "throttle=2.5x",
            "server-error=2%",
            "cut-before=0.1%",
            "cut-after=100%",
            "only=lambda:*",
            "only=CreateTable",
            "seed=7",
            "role-delay=8s",
            "function-pending=300ms",
            "function-updating=90s",
            "permission-race=1m",
            "stage-flapping=5s",
            "table-creating=15s",
            "table-updating=1h",
            "table-deleting=365d",
            "recovery-delay=5s",
            "ttl-cooldown=1h",
            "stale-tags=2d",
            "throttle:CreateRole#1",
            "server-error:iam:*#2x3",
            "cut-before:writes#5",
            "cut-after:lambda:writes#1",
            "cut-after:*#39",
            "refuse:PutRestApi#1=409/ConflictException/it is busy: later",
        ] {
            assert_eq!(read(&[spec]).map(|faults| faults.specs()), Ok(vec![spec.to_owned()]));
        }
        let all: Vec<_> = KNOBS.iter().map(|knob| knob.name).collect();
        assert_eq!(all.len(), 17, "the list above has every knob: {all:?}");
    }

    #[test]
    fn what_is_written_later_wins() {
        let realistic = Faults::realistic();
        assert_eq!(realistic.specs().len(), KNOBS.iter().filter(|knob| !knob.realistic.is_empty()).count());
        assert_eq!(read(&["seed=7", "realistic"]), Ok(Faults { seed: 7, ..realistic.clone() }));
        let faster = Faults { role_propagation_ms: 1_000, ..realistic };
        assert_eq!(read(&["realistic", "role-delay=1s"]), Ok(faster));
        assert_eq!(read(&["realistic", "cut-before:CreateTable", "none"]), Ok(Faults::default()));
        assert_eq!(Faults::default().specs(), [""; 0]);
        assert_eq!(read(&["role-delay=0s", "cut-after=0%", "seed=0"]).map(|faults| faults.specs()), Ok(Vec::new()));
    }

    #[test]
    fn a_spelling_that_is_not_understood_is_told_what_is_allowed() {
        for (spec, says) in [
            ("", "there is no fault ``"),
            ("role-delay", "role-delay has no value"),
            ("role-delya=8s", "there is no fault `role-delya`"),
            ("role-delay=8", "write a number and a unit"),
            ("role-delay=-8s", "write a number and a unit"),
            ("role-delay=", "write a number and a unit"),
            ("role-delay=1.5s", "write a number and a unit"),
            ("role-delay=366d", "365d at most"),
            ("role-delay=99999999999999999999d", "365d at most"),
            ("role-delay=8µs", "write a number and a unit"),
            ("cut-after=2", "write a percentage"),
            ("cut-after=101%", "write a percentage"),
            ("cut-after=inf%", "write a percentage"),
            ("cut-after=1e-3%", "write a percentage"),
            ("cut-after=.%", "write a percentage"),
            ("throttle=0x", "how many times as fast"),
            ("throttle=nanx", "how many times as fast"),
            ("seed=-1", "write a whole number"),
            ("only=writes", "name a call"),
            ("only=s3:*", "there is no service `s3`"),
            ("cut-before:", "`` is no call"),
            ("cut-before:createTable", "`createTable` is no call"),
            ("cut-before:CreateTable#0", "does not say which calls"),
            ("cut-before:CreateTable#1x0", "does not say which calls"),
            ("cut-before:CreateTable#", "does not say which calls"),
            ("cut-before:CreateTable#x", "does not say which calls"),
            ("cut-before:CreateTable#1=500/X", "takes no answer"),
            ("explode:CreateTable", "there is no fault `explode`"),
            ("refuse:CreateTable", "refuse needs an answer"),
            ("refuse:CreateTable=200/Fine", "refuse needs an answer"),
            ("refuse:CreateTable=409/", "refuse needs an answer"),
        ] {
            let said = read(&[spec]).expect_err(spec);
            assert!(said.contains(says), "{spec}: {said}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(text in "\\PC*|[a-z]{1,8}[:=][#=:x0-9a-zA-Z*%./]{0,20}") {
            if let Ok(faults) = read(&[&text]) {
                let specs = faults.specs();
                let again = read(&specs.iter().map(String::as_str).collect::<Vec<_>>());
                prop_assert_eq!(again, Ok(faults));
            }
        }
    }
}
