use super::*;
use crate::aws::op;
use futures::future::join_all;

/// An AWS that answers after 50 ms and allows each service so many calls a second after so many at once.
struct RateLimitedAws {
    /// Calls a second, and calls at once; no limit where there is none.
    limit: Option<(f64, f64)>,
    tokens: Cell<f64>,
    at: Cell<Instant>,
    refused: Cell<u32>,
}

impl RateLimitedAws {
    fn new(limit: Option<(f64, f64)>) -> Self {
        let tokens = limit.map_or(0.0, |(_, burst)| burst);
        Self { limit, tokens: Cell::new(tokens), at: Cell::new(Instant::now()), refused: Cell::new(0) }
    }

    async fn answer(&self) -> PaceVerdict {
        sleep(Duration::from_millis(25)).await;
        let verdict = self.judge();
        sleep(Duration::from_millis(25)).await;
        verdict
    }

    fn judge(&self) -> PaceVerdict {
        let Some((rate, burst)) = self.limit else { return PaceVerdict::Passed };
        let now = Instant::now();
        let tokens = self.tokens.get() + rate * (now - self.at.replace(now)).as_secs_f64();
        self.tokens.set(tokens.min(burst));
        if self.tokens.get() < 1.0 {
            self.refused.set(self.refused.get() + 1);
            return PaceVerdict::Refused;
        }
        self.tokens.set(self.tokens.get() - 1.0);
        PaceVerdict::Passed
    }
}

/// Sends so many calls at once, each until it is taken, and returns the seconds that it took and how many were refused.
async fn run(pace: &CallPace, aws: &RateLimitedAws, op: &'static AwsOperation, calls: usize) -> (f64, u32) {
    let (start, before) = (Instant::now(), aws.refused.get());
    join_all((0..calls).map(|_| async {
        loop {
            let pass = pace.enter(op, &|_| ()).await;
            let verdict = aws.answer().await;
            pass.settle(verdict);
            if verdict == PaceVerdict::Passed {
                break;
            }
            sleep(Duration::from_millis(300)).await;
        }
    }))
    .await;
    (start.elapsed().as_secs_f64(), aws.refused.get() - before)
}

fn published() -> CallPace {
    CallPace::new(PaceStart::Published, 1)
}

#[tokio::test(start_paused = true)]
async fn an_aws_without_limits_is_soon_not_waited_for() {
    for (op, calls, most) in
        [(&op::GET_FUNCTION, 40, 0.21), (&op::DESCRIBE_TABLE, 80, 0.21), (&op::CREATE_LOG_GROUP, 100, 0.31)]
    {
        let (took, refused) = run(&published(), &RateLimitedAws::new(None), op, calls).await;
        assert!(took < most && refused == 0, "{calls} {}: {took} s", op.name);
    }
}

#[tokio::test(start_paused = true)]
async fn where_the_limits_are_as_published_they_are_kept() {
    for (op, limit, calls) in [
        (&op::GET_FUNCTION, (15.0, 15.0), 40),
        (&op::GET_FUNCTION, (15.0, 15.0), 300),
        (&op::CREATE_LOG_GROUP, (5.0, 5.0), 100),
        (&op::GET_ROLE, (20.0, 20.0), 400),
    ] {
        let (took, refused) = run(&published(), &RateLimitedAws::new(Some(limit)), op, calls).await;
        let needed = (calls as f64 - limit.1) / limit.0;
        assert!(took < 1.2 * needed + 0.1, "{calls} {}: {took} s where {needed} s were needed", op.name);
        assert!(f64::from(refused) < 0.05 * calls as f64, "{calls} {}: {refused} refused", op.name);
    }
}

/// Others use the account too: half of the rate is left, and nothing at once.
#[tokio::test(start_paused = true)]
async fn where_less_is_left_the_rate_falls() {
    let aws = RateLimitedAws::new(Some((7.5, 15.0)));
    aws.tokens.set(0.0);
    let (took, refused) = run(&published(), &aws, &op::GET_FUNCTION, 300).await;
    assert!(took < 1.3 * 40.0, "{took} s where 40 s were needed");
    assert!(refused < 45, "{refused} of 300 refused");
}

/// The run before has left little of the burst: all that are refused together say the same once.
#[tokio::test(start_paused = true)]
async fn a_wave_of_refusals_is_one_refusal() {
    let aws = RateLimitedAws::new(Some((20.0, 20.0)));
    aws.tokens.set(5.0);
    let (took, refused) = run(&published(), &aws, &op::GET_ROLE, 81).await;
    assert!(took < 1.2 * 3.8 + 0.3, "{took} s where 3.8 s were needed");
    assert!(refused <= 17, "{refused} refused, 15 of them by the burst");
}

/// What was learned stays: the second burst is not refused again.
#[tokio::test(start_paused = true)]
async fn a_limit_that_was_met_is_remembered() {
    let (pace, aws) = (published(), RateLimitedAws::new(Some((15.0, 15.0))));
    run(&pace, &aws, &op::GET_FUNCTION, 40).await;
    let (_, refused) = run(&pace, &aws, &op::GET_FUNCTION, 40).await;
    assert_eq!(refused, 0);
}

#[tokio::test(start_paused = true)]
async fn operations_of_a_service_share_its_bucket() {
    let pace = published();
    let aws = RateLimitedAws::new(Some((15.0, 15.0)));
    let both = futures::join!(run(&pace, &aws, &op::GET_FUNCTION, 20), run(&pace, &aws, &op::GET_POLICY, 20));
    assert!(both.0.1 <= 2, "{both:?}");
    assert!(both.0.0.max(both.1.0) > 1.6, "40 calls take (40 - 15) / 15 s: {both:?}");
}

#[tokio::test(start_paused = true)]
async fn a_rare_call_is_waited_for_and_an_emulator_is_not() {
    let waits = |pace: CallPace| async move {
        let told = Cell::new(Duration::ZERO);
        for _ in 0..2 {
            let pass = pace.enter(&op::DELETE_REST_API, &|wait| told.set(wait)).await;
            pass.settle(PaceVerdict::Passed);
        }
        told.get()
    };
    assert_eq!(waits(published()).await, Duration::from_secs(30));
    assert_eq!(waits(CallPace::new(PaceStart::Unlimited, 1)).await, Duration::ZERO);
    let scaled = waits(CallPace::new(PaceStart::Published, 30)).await;
    assert_eq!(scaled, Duration::from_secs(1));
}

/// An account that others use up refuses as often as it is asked.
#[tokio::test(start_paused = true)]
async fn refusals_without_end_are_borne() {
    let pace = published();
    for _ in 0..200 {
        pace.enter(&op::GET_ROLE, &|_| ()).await.settle(PaceVerdict::Refused);
        sleep(Duration::from_millis(1)).await;
    }
    let start = Instant::now();
    pace.enter(&op::GET_ROLE, &|_| ()).await;
    assert!(start.elapsed() <= Duration::from_secs(1), "{:?}", start.elapsed());
}

/// Who gives up takes no place and no leave with them.
#[tokio::test(start_paused = true)]
async fn a_call_that_is_given_up_leaves_nothing_behind() {
    let pace = published();
    for _ in 0..100 {
        let given_up = tokio::time::timeout(Duration::from_millis(1), pace.enter(&op::DELETE_REST_API, &|_| ())).await;
        drop(given_up);
    }
    let start = Instant::now();
    pace.enter(&op::DELETE_REST_API, &|wait| assert!(wait <= Duration::from_secs(30), "{wait:?}")).await;
    assert!(start.elapsed() <= Duration::from_secs(30));
}
