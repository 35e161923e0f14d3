//! What happens to a call before its handler sees it.

use super::rates::RateBuckets;
use super::settings::{FaultEffect, Faults, LONGEST_MS};
use crate::lock::lock;
use crate::wire::{CallEffect, CallPlane, OperationSpec, ServiceError, ServiceSpec};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// What happens to a call instead of its answer.
#[derive(Clone, Debug, PartialEq)]
pub enum InjectedFault {
    /// It is refused; nothing has changed.
    Refuse(ServiceError),
    /// The connection ends; nothing has changed.
    CutBefore,
    /// The call is carried out, then the connection ends without an answer.
    CutAfter,
}

/// Decides call by call.
#[derive(Debug)]
pub struct FaultInjector {
    inner: Mutex<InjectorState>,
}

#[derive(Debug)]
struct InjectorState {
    faults: Arc<Faults>,
    /// Nothing in the settings can happen to a call.
    idle: bool,
    buckets: RateBuckets,
    /// Calls so far, by operation.
    counts: BTreeMap<(&'static str, &'static str), u64>,
    /// Calls so far that each planned fault has counted.
    planned: Vec<u64>,
    /// The last of a row of alternate answers.
    alternate: bool,
}

impl InjectorState {
    fn new(faults: Faults) -> Self {
        let idle = faults.published_rates.is_none()
            && faults.planned.is_empty()
            && [faults.server_error_chance, faults.cut_before_chance, faults.cut_after_chance] == [0.0; 3];
        Self {
            idle,
            buckets: RateBuckets::default(),
            counts: BTreeMap::new(),
            alternate: true,
            planned: vec![0; faults.planned.len()],
            faults: Arc::new(faults),
        }
    }

    fn planned(&mut self, service: &ServiceSpec, operation: &OperationSpec) -> Option<InjectedFault> {
        let mut happens = None;
        for (planned, count) in self.faults.planned.iter().zip(&mut self.planned) {
            let counts = !planned.writes_only || operation.effect == CallEffect::Write;
            if !counts || !planned.operation.fits(service.name, operation.name) {
                continue;
            }
            *count += 1;
            if *count >= planned.nth && *count - planned.nth < planned.times {
                happens = happens.or(Some(&planned.effect));
            }
        }
        Some(match happens? {
            FaultEffect::Throttle => InjectedFault::Refuse(service.errors.throttled(1.0)),
            FaultEffect::ServerError => InjectedFault::Refuse(service.errors.broken(false)),
            FaultEffect::CutBefore => InjectedFault::CutBefore,
            FaultEffect::CutAfter => InjectedFault::CutAfter,
            FaultEffect::Refuse { status, code, message } => {
                InjectedFault::Refuse(ServiceError::new(*status, code, message))
            }
        })
    }

    /// Takes the next dice of an operation. Every call has dice of its own: what others do at the same time changes nothing.
    fn dice(&mut self, service: &'static str, operation: &'static str) -> fastrand::Rng {
        let count = self.counts.entry((service, operation)).or_default();
        *count += 1;
        let mut hasher = DefaultHasher::new();
        (self.faults.seed, service, operation, *count).hash(&mut hasher);
        fastrand::Rng::with_seed(hasher.finish())
    }

    fn throttled(&mut self, service: &ServiceSpec, operation: &OperationSpec) -> Option<InjectedFault> {
        let scale = self.faults.published_rates.filter(|scale| *scale > 0.0)?;
        let wait = self.buckets.take(service, operation, scale, Instant::now()).err()?;
        Some(InjectedFault::Refuse(service.errors.throttled(wait)))
    }

    fn by_chance(&mut self, service: &ServiceSpec, operation: &OperationSpec) -> Option<InjectedFault> {
        let named = self.faults.only.iter().any(|pattern| pattern.fits(service.name, operation.name));
        if !named && (operation.plane == CallPlane::Data || !self.faults.only.is_empty()) {
            return None;
        }
        let mut dice = self.dice(service.name, operation.name);
        if dice.f64() < self.faults.cut_before_chance {
            return Some(InjectedFault::CutBefore);
        }
        if dice.f64() < self.faults.server_error_chance {
            return Some(InjectedFault::Refuse(service.errors.broken(dice.bool())));
        }
        (dice.f64() < self.faults.cut_after_chance).then_some(InjectedFault::CutAfter)
    }
}

impl FaultInjector {
    /// Starts from the seed.
    pub fn new(faults: Faults) -> Self {
        Self { inner: Mutex::new(InjectorState::new(faults)) }
    }

    fn inner(&self) -> MutexGuard<'_, InjectorState> {
        lock(&self.inner)
    }

    /// Returns the faults in force.
    pub fn settings(&self) -> Arc<Faults> {
        Arc::clone(&self.inner().faults)
    }

    /// Returns how long a resource is in some state, when faults ask for it: one of the settings in milliseconds.
    pub fn lasting(&self, ms: impl Fn(&Faults) -> u64) -> Option<Duration> {
        Some(ms(&self.settings())).filter(|ms| *ms > 0).map(|ms| Duration::from_millis(ms.min(LONGEST_MS)))
    }

    /// Takes other faults from now on; counters, buckets and the random sequence start anew.
    pub fn set(&self, faults: Faults) {
        *self.inner() = InjectorState::new(faults);
    }

    /// Returns `false`, `true`, `false` and so on.
    pub fn alternate(&self) -> bool {
        let mut inner = self.inner();
        inner.alternate = !inner.alternate;
        inner.alternate
    }

    /// Throws the dice for something that happens by one of the chances, and not around a call. Each has dice of its own.
    pub fn strikes(&self, what: &'static str, chance: impl Fn(&Faults) -> f64) -> bool {
        let mut inner = self.inner();
        let chance = chance(&inner.faults);
        chance > 0.0 && inner.dice("", what).f64() < chance
    }

    /// Returns a time up to one of the settings in milliseconds, by dice of its own.
    pub fn some_of(&self, what: &'static str, ms: impl Fn(&Faults) -> u64) -> u64 {
        let mut inner = self.inner();
        let most = ms(&inner.faults).min(LONGEST_MS);
        if most == 0 { 0 } else { inner.dice("", what).u64(0..=most) }
    }

    /// Decides what happens to a call; `None`: nothing unusual.
    pub fn check(&self, service: &ServiceSpec, operation: &OperationSpec) -> Option<InjectedFault> {
        let mut inner = self.inner();
        if inner.idle {
            return None;
        }
        let planned = inner.planned(service, operation);
        planned.or_else(|| inner.throttled(service, operation)).or_else(|| inner.by_chance(service, operation))
    }
}
