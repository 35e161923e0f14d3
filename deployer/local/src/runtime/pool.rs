//! Idle sandboxes and running invocations, per function.

use super::sandbox::FunctionSandbox;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// A sandbox that has waited this long for work is ended.
pub const MAX_IDLE: Duration = Duration::from_secs(300);

/// All functions, by ARN.
#[derive(Debug, Default)]
pub struct SandboxPools {
    functions: HashMap<String, SandboxPool>,
}

#[derive(Debug, Default)]
struct SandboxPool {
    /// Oldest first: the last one is the warmest.
    idle: Vec<(Instant, FunctionSandbox)>,
    running: u32,
    /// Counts retirements: a sandbox that was taken before one is not put back.
    generation: u64,
}

/// What an invocation has taken.
#[derive(Debug)]
pub struct TakenSandbox {
    /// A sandbox that is ready; `None`: start one.
    pub warm: Option<FunctionSandbox>,
    /// To be given back with the sandbox.
    pub generation: u64,
}

impl SandboxPools {
    /// Counts one more running invocation; `false` when that would exceed `limit`.
    pub fn enter(&mut self, arn: &str, limit: Option<u32>) -> bool {
        let running = self.functions.get(arn).map_or(0, |pool| pool.running);
        if limit.is_some_and(|limit| running >= limit) {
            return false;
        }
        self.functions.entry(arn.to_owned()).or_default().running += 1;
        true
    }

    /// Counts one less.
    pub fn leave(&mut self, arn: &str) {
        if let Some(pool) = self.functions.get_mut(arn) {
            pool.running = pool.running.saturating_sub(1);
        }
    }

    /// Takes the warmest sandbox of a revision that was started while the clock was as far ahead as now. What is stale or dead is
    /// added to `garbage`, to be dropped without a lock.
    pub fn take(
        &mut self,
        arn: &str,
        revision: &str,
        clock_ahead: Duration,
        garbage: &mut Vec<FunctionSandbox>,
    ) -> TakenSandbox {
        let pool = self.functions.entry(arn.to_owned()).or_default();
        while let Some((_, mut sandbox)) = pool.idle.pop() {
            if sandbox.is_current(revision, clock_ahead) && !sandbox.is_dead() {
                return TakenSandbox { warm: Some(sandbox), generation: pool.generation };
            }
            garbage.push(sandbox);
        }
        TakenSandbox { warm: None, generation: pool.generation }
    }

    /// Gives a sandbox back; the one that may not be used again is returned.
    pub fn put(&mut self, arn: &str, generation: u64, sandbox: FunctionSandbox) -> Option<FunctionSandbox> {
        match self.functions.get_mut(arn) {
            Some(pool) if pool.generation == generation => {
                pool.idle.push((Instant::now(), sandbox));
                None
            }
            _ => Some(sandbox),
        }
    }

    /// Takes a function's idle sandboxes away, and those that run when they come back.
    pub fn retire(&mut self, arn: &str) -> Vec<FunctionSandbox> {
        let Some(pool) = self.functions.get_mut(arn) else { return Vec::new() };
        pool.generation += 1;
        pool.idle.drain(..).map(|(_, sandbox)| sandbox).collect()
    }

    /// Takes the sandbox that has been idle longest, when there are more than `keep`.
    pub fn evict(&mut self, keep: usize) -> Option<FunctionSandbox> {
        if self.functions.values().map(|pool| pool.idle.len()).sum::<usize>() <= keep {
            return None;
        }
        let oldest =
            self.functions.values_mut().filter(|pool| !pool.idle.is_empty()).min_by_key(|pool| pool.idle[0].0)?;
        Some(oldest.idle.remove(0).1)
    }

    /// Takes away what is dead or has been idle too long.
    pub fn reap(&mut self, now: Instant) -> Vec<FunctionSandbox> {
        let mut garbage = Vec::new();
        for pool in self.functions.values_mut() {
            let reaped = pool
                .idle
                .extract_if(.., |(since, sandbox)| now.duration_since(*since) >= MAX_IDLE || sandbox.is_dead());
            garbage.extend(reaped.map(|(_, sandbox)| sandbox));
        }
        self.functions.retain(|_, pool| pool.running > 0 || !pool.idle.is_empty());
        garbage
    }

    /// Takes everything away.
    pub fn clear(&mut self) -> Vec<FunctionSandbox> {
        self.functions.values_mut().flat_map(|pool| pool.idle.drain(..)).map(|(_, sandbox)| sandbox).collect()
    }
}
