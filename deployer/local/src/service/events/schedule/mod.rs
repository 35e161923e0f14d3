//! Schedule expressions: `rate(5 minutes)` and `cron(0 12 ? * MON-FRI *)`, in UTC.

mod cron;

use cron::CronSchedule;

const MINUTE_MS: i64 = 60_000;

/// When a rule fires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleSchedule {
    /// Every so many milliseconds.
    Rate(i64),
    /// At minutes of the calendar.
    Cron(CronSchedule),
}

/// Why an expression is none, in words; AWS itself says only "Parameter ScheduleExpression is not valid.".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ScheduleError(String);

impl ScheduleError {
    fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl RuleSchedule {
    /// Reads an expression.
    ///
    /// # Errors
    /// [`ScheduleError`] for what EventBridge would refuse.
    pub fn parse(text: &str) -> Result<Self, ScheduleError> {
        let inside = |name: &str| text.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')');
        if let Some(rate) = inside("rate") {
            return parse_rate(rate).map(Self::Rate);
        }
        match inside("cron") {
            Some(fields) => CronSchedule::parse(fields).map(Self::Cron),
            None => Err(ScheduleError::new("an expression is rate(…) or cron(…)")),
        }
    }

    /// Returns the first firing after a moment; `since_ms` is when the schedule began to count. `None`: never again.
    pub fn next_after(&self, since_ms: i64, after_ms: i64) -> Option<i64> {
        match self {
            Self::Rate(period) => {
                let elapsed = after_ms.checked_sub(since_ms)?.max(0);
                since_ms.checked_add((elapsed / period).checked_add(1)?.checked_mul(*period)?)
            }
            Self::Cron(cron) => cron.next_after(after_ms.max(since_ms)),
        }
    }

    /// Returns the last firing up to and including a moment; `None` when there was none since `since_ms`.
    pub fn latest_until(&self, since_ms: i64, until_ms: i64) -> Option<i64> {
        match self {
            Self::Rate(period) => {
                let count = until_ms.checked_sub(since_ms)?.div_euclid(*period);
                (count >= 1).then(|| since_ms + count * period)
            }
            Self::Cron(cron) => cron.latest_until(until_ms).filter(|at| *at > since_ms),
        }
    }
}

fn parse_rate(text: &str) -> Result<i64, ScheduleError> {
    let wrong =
        || ScheduleError::new(format!("rate({text}): write a positive number and minute(s), hour(s) or day(s)"));
    let (value, unit) = text.split_once(' ').ok_or_else(wrong)?;
    if !value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    let value: i64 = value.parse().map_err(|_| wrong())?;
    let (unit_ms, singular) = match unit {
        "minute" => (MINUTE_MS, true),
        "minutes" => (MINUTE_MS, false),
        "hour" => (60 * MINUTE_MS, true),
        "hours" => (60 * MINUTE_MS, false),
        "day" => (24 * 60 * MINUTE_MS, true),
        "days" => (24 * 60 * MINUTE_MS, false),
        _ => return Err(wrong()),
    };
    if value < 1 || singular != (value == 1) {
        return Err(ScheduleError::new(format!("rate({text}): the unit is singular for 1 and plural for more")));
    }
    value.checked_mul(unit_ms).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::OffsetDateTime;
    use time::format_description::well_known::Rfc3339;

    fn ms(text: &str) -> i64 {
        OffsetDateTime::parse(text, &Rfc3339).unwrap().unix_timestamp() * 1000
    }

    fn text(ms: Option<i64>) -> String {
        ms.map_or_else(|| "never".to_owned(), |ms| crate::clock::date(ms).format(&Rfc3339).unwrap())
    }

    #[test]
    fn refused() {
        for expression in [
            "",
            "rate",
            "rate()",
            "rate(5)",
            "rate(0 minutes)",
            "rate(1 minutes)",
            "rate(2 minute)",
            "rate(-1 minutes)",
            "rate(+5 minutes)",
            "rate(5  minutes)",
            "rate(5 weeks)",
            "rate(1.5 hours)",
            "Rate(5 minutes)",
            "rate(5 minutes) ",
            "rate(99999999999999999999 days)",
            "rate(9223372036854775807 days)",
            "cron()",
            "cron(* * * * * *)",
            "cron(* * ? * ? *)",
            "cron(0 12 * * MON *)",
            "cron(0 12 * * ?)",
            "cron(60 * * * ? *)",
            "cron(0 24 * * ? *)",
            "cron(0 0 0 * ? *)",
            "cron(0 0 32 * ? *)",
            "cron(0 0 1 13 ? *)",
            "cron(0 0 ? * 8 *)",
            "cron(0 0 ? * 0 *)",
            "cron(0 0 * * ? 1969)",
            "cron(0 0 * * ? 2200)",
            "cron(0/0 * * * ? *)",
            "cron(5-1 * * * ? *)",
            "cron(a * * * ? *)",
            "cron(0 0 W * ? *)",
            "cron(0 0 32W * ? *)",
            "cron(0 0 ? * MON#6 *)",
            "cron(0 0 ? * #1 *)",
            "cron(0 0 ? * MON/2 *)",
            "cron(? 0 * * ? *)",
            "cron(0 0 1,L * ? *)",
            "cron(, 0 * * ? *)",
            "cron(0 0 * FOO ? *)",
            "at(2026-01-01T00:00:00)",
        ] {
            assert!(RuleSchedule::parse("cron(*/60 * * * ? *)").is_err(), "a step above the range");
            assert!(RuleSchedule::parse(expression).is_err(), "{expression}");
        }
    }

    #[test]
    fn rates_count_from_their_beginning() {
        let schedule = RuleSchedule::parse("rate(5 minutes)").unwrap();
        let since = ms("2026-01-31T00:02:00Z");
        for (after, next, latest) in [
            ("2026-01-31T00:00:00Z", "2026-01-31T00:07:00Z", "never"),
            ("2026-01-31T00:02:00Z", "2026-01-31T00:07:00Z", "never"),
            ("2026-01-31T00:06:59Z", "2026-01-31T00:07:00Z", "never"),
            ("2026-01-31T00:07:00Z", "2026-01-31T00:12:00Z", "2026-01-31T00:07:00Z"),
            ("2026-02-07T00:03:00Z", "2026-02-07T00:07:00Z", "2026-02-07T00:02:00Z"),
        ] {
            assert_eq!(text(schedule.next_after(since, ms(after))), next, "{after}");
            assert_eq!(text(schedule.latest_until(since, ms(after))), latest, "{after}");
        }
        assert_eq!(RuleSchedule::parse("rate(1 hour)").unwrap(), RuleSchedule::Rate(3_600_000));
        assert_eq!(RuleSchedule::parse("rate(2 days)").unwrap(), RuleSchedule::Rate(172_800_000));
    }

    #[test]
    fn crons() {
        // A Saturday.
        let now = ms("2026-01-31T12:30:30Z");
        for (expression, next, latest) in [
            ("cron(* * * * ? *)", "2026-01-31T12:31:00Z", "2026-01-31T12:30:00Z"),
            ("cron(0/15 * * * ? *)", "2026-01-31T12:45:00Z", "2026-01-31T12:30:00Z"),
            ("cron(*/20 * * * ? *)", "2026-01-31T12:40:00Z", "2026-01-31T12:20:00Z"),
            ("cron(5-10/5,50 8-9 * * ? *)", "2026-02-01T08:05:00Z", "2026-01-31T09:50:00Z"),
            ("cron(0 10 * * ? *)", "2026-02-01T10:00:00Z", "2026-01-31T10:00:00Z"),
            ("cron(15 12 ? * MON-FRI *)", "2026-02-02T12:15:00Z", "2026-01-30T12:15:00Z"),
            ("cron(0 8 1 * ? *)", "2026-02-01T08:00:00Z", "2026-01-01T08:00:00Z"),
            ("cron(0 0 31 * ? *)", "2026-03-31T00:00:00Z", "2026-01-31T00:00:00Z"),
            ("cron(0 0 L * ? *)", "2026-02-28T00:00:00Z", "2026-01-31T00:00:00Z"),
            ("cron(0 0 LW * ? *)", "2026-02-27T00:00:00Z", "2026-01-30T00:00:00Z"),
            // The 15th of February is a Sunday: the Monday after. The 1st of August is a Saturday: not back into July.
            ("cron(0 0 15W FEB ? *)", "2026-02-16T00:00:00Z", "2025-02-14T00:00:00Z"),
            ("cron(0 0 1W AUG ? *)", "2026-08-03T00:00:00Z", "2025-08-01T00:00:00Z"),
            ("cron(0 0 31W * ? *)", "2026-03-31T00:00:00Z", "2026-01-30T00:00:00Z"),
            ("cron(0 0 ? * 2#1 *)", "2026-02-02T00:00:00Z", "2026-01-05T00:00:00Z"),
            ("cron(0 0 ? * FRI#5 *)", "2026-05-29T00:00:00Z", "2026-01-30T00:00:00Z"),
            ("cron(0 0 ? * 6L *)", "2026-02-27T00:00:00Z", "2026-01-30T00:00:00Z"),
            ("cron(0 0 ? * SUNL *)", "2026-02-22T00:00:00Z", "2026-01-25T00:00:00Z"),
            ("cron(0 0 ? * L *)", "2026-02-07T00:00:00Z", "2026-01-31T00:00:00Z"),
            ("cron(0 0 ? jan,JUL sun *)", "2026-07-05T00:00:00Z", "2026-01-25T00:00:00Z"),
            ("cron(0 0 29 2 ? *)", "2028-02-29T00:00:00Z", "2024-02-29T00:00:00Z"),
            ("cron(0 0 1 1 ? 2020/10)", "2030-01-01T00:00:00Z", "2020-01-01T00:00:00Z"),
            ("cron(0 0 1 1 ? 2024-2025)", "never", "2025-01-01T00:00:00Z"),
            ("cron(0 0 1 1 ? 2199)", "2199-01-01T00:00:00Z", "never"),
            ("cron(0 0 30 2 ? *)", "never", "never"),
            ("cron(59 23 31 12 ? *)", "2026-12-31T23:59:00Z", "2025-12-31T23:59:00Z"),
        ] {
            let schedule = RuleSchedule::parse(expression).unwrap();
            assert_eq!(text(schedule.next_after(0, now)), next, "{expression}");
            assert_eq!(text(schedule.latest_until(0, now)), latest, "{expression}");
        }
        let daily = RuleSchedule::parse("cron(0 10 * * ? *)").unwrap();
        let at = ms("2026-01-31T10:00:00Z");
        assert_eq!(daily.latest_until(at, at), None, "it counts from after its beginning");
        assert_eq!(daily.latest_until(at - 1, at), Some(at));
        assert_eq!(daily.next_after(0, at - 1), Some(at));
        assert_eq!(daily.next_after(0, at), Some(at + 86_400_000));
    }

    #[test]
    fn next_and_latest_agree() {
        for expression in [
            "rate(7 minutes)",
            "cron(0/7 3,4 * * ? *)",
            "cron(15 10 ? * 6L 2020-2030)",
            "cron(0 0 LW */2 ? *)",
            "cron(30 23 1W * ? *)",
            "cron(5 5 ? * TUE#2 *)",
        ] {
            let schedule = RuleSchedule::parse(expression).unwrap();
            let since = ms("2019-12-31T23:59:30Z");
            let mut last = since;
            for _ in 0..100 {
                let Some(next) = schedule.next_after(since, last) else { break };
                assert!(next > last, "{expression}");
                assert_eq!(schedule.latest_until(since, next), Some(next), "{expression}");
                assert_eq!(
                    schedule.latest_until(since, next - 1),
                    Some(last).filter(|last| *last > since),
                    "{expression}"
                );
                last = next;
            }
        }
    }
}
