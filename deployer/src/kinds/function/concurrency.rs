//! What the account has left for reserved concurrency: a reservation that AWS would refuse is known before anything is made.

use super::block::FunctionBlock;
use crate::aws::op;
use crate::aws::tags::ResourceOwner;
use crate::error::Error;
use crate::kinds::{ObservedResources, PreflightFindings, RunSession};
use crate::stack::Stack;

/// What must stay for functions without a reservation ("Configuring reserved concurrency"). An account that has less in all may
/// reserve nothing.
const UNRESERVED: i32 = 100;

/// Concurrency of an account in a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct ConcurrencyQuota {
    /// All of it.
    limit: i32,
    /// What no function has reserved.
    unreserved: i32,
}

/// Asks for the quota, when the stack reserves any: a stack without reservations costs no call. A quota that cannot be found out is
/// no obstacle.
pub async fn preflight(session: &RunSession) -> PreflightFindings {
    let wanted = wanted(&session.stack);
    if wanted == 0 {
        return PreflightFindings::default();
    }
    let aws = &session.aws;
    let send = || aws.connection.clients.lambda.get_account_settings().send();
    match aws.caller.call(&op::GET_ACCOUNT_SETTINGS, &|_| (), send).await {
        Ok(answer) => {
            let quota = answer.account_limit().and_then(|limit| {
                Some(ConcurrencyQuota {
                    limit: limit.concurrent_executions(),
                    unreserved: limit.unreserved_concurrent_executions()?,
                })
            });
            PreflightFindings {
                check: quota.map(|quota| Box::new(move |observed: &_| quota.refusal(wanted, reserved(observed))) as _),
                ..PreflightFindings::default()
            }
        }
        Err(error) => PreflightFindings {
            warnings: vec![format!(
                "whether the account has room for `reserved_concurrency` is not known: {}",
                Error::from(error)
            )],
            check: None,
        },
    }
}

/// Returns what the stack's functions have reserved together.
fn reserved(observed: &ObservedResources) -> i64 {
    let ours = observed.values().filter(|resource| resource.owner == ResourceOwner::Ours);
    ours.filter_map(|resource| resource.spec["reserved_concurrency"].as_i64()).sum()
}

/// Returns what the stack's functions want to reserve together.
pub fn wanted(stack: &Stack) -> i64 {
    stack.all::<FunctionBlock>().iter().filter_map(|(_, block)| block.reserved_concurrency).map(i64::from).sum()
}

impl ConcurrencyQuota {
    /// Says why `wanted` cannot be reserved, where the stack's functions have reserved `observed` already; nothing when it can, or when it is
    /// no more than that.
    fn refusal(&self, wanted: i64, observed: i64) -> Option<Error> {
        let spare = i64::from(self.unreserved) + observed - i64::from(UNRESERVED.min(self.limit));
        (wanted > observed && wanted > spare).then(|| {
            Error::refused(format!("the functions want to reserve {wanted} concurrent runs, and the account has {} to give", spare.max(0)),
            )
            .fact("limit of the account", self.limit.to_string())
            .fact("not reserved by anybody", self.unreserved.to_string())
            .fact("must stay unreserved", UNRESERVED.min(self.limit).to_string())
            .hint("Lower `reserved_concurrency`, or have the quota \"Concurrent executions\" of Lambda raised: `aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 --desired-value N`.")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reservation_that_aws_would_refuse() {
        let room = |limit, unreserved| ConcurrencyQuota { limit, unreserved };
        for (room, wanted, observed, fits) in [
            (room(1000, 1000), 900, 0, true),
            (room(1000, 1000), 901, 0, false),
            // What the stack has already is its own to distribute.
            (room(1000, 100), 900, 900, true),
            (room(1000, 100), 901, 900, false),
            (room(1000, 50), 10, 20, true),
            (room(10, 10), 1, 0, false),
            (room(10, 10), 0, 0, true),
        ] {
            assert_eq!(room.refusal(wanted, observed).is_none(), fits, "{room:?} {wanted} {observed}");
        }
        let refusal = room(1000, 150).refusal(60, 0).unwrap();
        assert_eq!(refusal.message, "the functions want to reserve 60 concurrent runs, and the account has 50 to give");
    }
}
