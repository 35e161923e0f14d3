//! Faults as people write them: `throttle=published`, `role-delay=8s`, `cut-after=2%`, `cut-before:CreateTable#1`.
//!
//! A spelling is one of three: `NAME=VALUE` turns a knob, `EFFECT:CALL` plans what happens to certain calls, and `realistic` or `none`
//! stands for all knobs at once. What is written later wins.

use super::call::{self, WRITES};
use super::knobs::KNOBS;
use crate::injection::{FaultEffect, Faults, PlannedFault};

/// What can be planned for a call.
pub(super) const EFFECTS: &[(&str, &str)] = &[
    ("throttle", "refused because of rates"),
    ("server-error", "answered with 500, not carried out"),
    ("cut-before", "the connection ends, not carried out"),
    ("cut-after", "carried out, never answered"),
    ("refuse", "refused with =STATUS/CODE, such as =409/ConflictException"),
];

impl Faults {
    /// Returns everything as on AWS, as far as it is known: its published rates, its delays, and a call in a thousand
    /// that goes wrong each way.
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

    /// Returns the spellings of everything that is not off, such that applying them gives these faults again.
    pub fn specs(&self) -> Vec<String> {
        let mut copy = self.clone();
        let knobs = KNOBS.iter().flat_map(|knob| {
            let values = knob.field.get(&mut copy);
            values.into_iter().map(|value| format!("{}={value}", knob.name)).collect::<Vec<_>>()
        });
        knobs.chain(self.planned.iter().map(PlannedFault::spec)).collect()
    }

    /// Returns the names of the operations that patterns are about, without services and without `*`.
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

/// Reads what is planned for certain calls: `CreateTable#2x3=409/ConflictException`.
fn plan(effect: &str, text: &str) -> Result<PlannedFault, String> {
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
    let (operation, writes_only) = call::parse(text)?;
    let effect = match (effect, answer) {
        ("refuse", answer) => answer.and_then(refusal).ok_or_else(|| {
            "refuse needs an answer: write refuse:CALL#N=STATUS/CODE, such as refuse:PutRestApi=409/ConflictException, with a status from 400 to 599".to_owned()
        })?,
        (effect, Some(_)) => return Err(format!("{effect} takes no answer: leave out what follows the `=`")),
        ("throttle", None) => FaultEffect::Throttle,
        ("server-error", None) => FaultEffect::ServerError,
        ("cut-before", None) => FaultEffect::CutBefore,
        _ => FaultEffect::CutAfter,
    };
    Ok(PlannedFault { operation, writes_only, nth: count(nth)?, times: count(times)?, effect })
}

/// Reads an error answer: `409/ConflictException` or `409/ConflictException/in words`.
fn refusal(text: &str) -> Option<FaultEffect> {
    let (status, rest) = text.split_once('/')?;
    let (code, message) = rest.split_once('/').unwrap_or((rest, "refused on purpose"));
    let status = status.parse().ok().filter(|status| (400..600).contains(status))?;
    let named = !code.is_empty() && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.');
    named.then(|| FaultEffect::Refuse { status, code: code.to_owned(), message: message.to_owned() })
}

impl PlannedFault {
    fn spec(&self) -> String {
        let (effect, answer) = match &self.effect {
            FaultEffect::Throttle => ("throttle", String::new()),
            FaultEffect::ServerError => ("server-error", String::new()),
            FaultEffect::CutBefore => ("cut-before", String::new()),
            FaultEffect::CutAfter => ("cut-after", String::new()),
            FaultEffect::Refuse { status, code, message } => ("refuse", format!("={status}/{code}/{message}")),
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
    use crate::service::SERVICES;
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
            "message-twice=1%",
            "message-late=30s",
            "poller-death=1%",
            "source-settling=5s",
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
        assert_eq!(all.len(), 21, "the list above has every knob: {all:?}");
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

    #[test]
    fn every_call_that_is_served_can_be_named() {
        for service in SERVICES {
            let name = service.spec.name;
            assert_eq!(
                read(&[&format!("only={name}:*")]).map(|faults| faults.specs()),
                Ok(vec![format!("only={name}:*")])
            );
            for operation in service.operations {
                let spec = format!("throttle:{name}:{}#1", operation.spec.name);
                assert_eq!(read(&[&spec]).map(|faults| faults.specs()), Ok(vec![spec]));
            }
        }
        let refused = read(&["only=s3:*"]).unwrap_err();
        assert!(SERVICES.iter().all(|service| refused.contains(service.spec.name)), "{refused}");
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
