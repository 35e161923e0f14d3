//! Schedule expressions as EventBridge takes them ("Cron-based schedules", "Rate-based schedules" of its user guide). The embedded cloud
//! has rules of its own; a test holds the two together.

use std::ops::RangeInclusive;

const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

const MINUTES: CronField = CronField { name: "minutes", range: 0..=59, names: &[] };
const HOURS: CronField = CronField { name: "hours", range: 0..=23, names: &[] };
const DAY_OF_MONTH: CronField = CronField { name: "day of the month", range: 1..=31, names: &[] };
const MONTH: CronField = CronField { name: "month", range: 1..=12, names: &MONTHS };
const DAY_OF_WEEK: CronField = CronField { name: "day of the week", range: 1..=7, names: &WEEKDAYS };
const NTH: CronField = CronField { name: "the number after #", range: 1..=5, names: &[] };
const YEAR: CronField = CronField { name: "year", range: 1970..=2199, names: &[] };

/// Accepts what EventBridge takes.
///
/// # Errors
/// What is wrong with it, in words.
pub(super) fn well_formed(text: &str) -> Result<(), String> {
    if let Some(inner) = text.strip_prefix("rate(").and_then(|t| t.strip_suffix(')')) {
        return rate(inner);
    }
    match text.strip_prefix("cron(").and_then(|t| t.strip_suffix(')')) {
        Some(inner) => cron(inner),
        None => {
            let whole = [cron_of(text), Some(format!("rate({text})")), Some(format!("cron({text})"))];
            let meant = whole.into_iter().flatten().find(|whole| well_formed(whole).is_ok());
            let meant = meant.map(|meant| format!(": did you mean {meant}?")).unwrap_or_default();
            Err(format!("it is neither rate(…) nor cron(…){meant}"))
        }
    }
}

/// Returns the five fields of a crontab as EventBridge writes them: with `?` for one of the two days, the days of the week as names,
/// since it counts them from another one, and a year. `None` where EventBridge cannot say it: with both days, Unix means either.
fn cron_of(fields: &str) -> Option<String> {
    let fields: Vec<_> = fields.split_whitespace().collect();
    let [minutes, hours, day, month, weekday] = fields[..] else { return None };
    let (day, weekday) = match (day, weekday) {
        (day, "*" | "?") => (day, "?".to_owned()),
        ("*" | "?", weekday) => ("?", weekday_names(weekday)?),
        _ => return None,
    };
    let cron = format!("cron({minutes} {hours} {day} {month} {weekday} *)");
    well_formed(&cron).is_ok().then_some(cron)
}

/// Returns the days of the week of a crontab, where 0 and 7 are Sunday, as names.
fn weekday_names(text: &str) -> Option<String> {
    let name = |day: &str| match plain_number(day) {
        Some(number) => WEEKDAYS.get(usize::try_from(number % 7).ok()?).filter(|_| number < 8).copied(),
        None => WEEKDAYS.into_iter().find(|name| name.eq_ignore_ascii_case(day)),
    };
    let span = |item: &str| match item.split_once('-') {
        Some((from, to)) => Some(format!("{}-{}", name(from)?, name(to)?)),
        None => name(item).map(str::to_owned),
    };
    text.split(',').map(span).collect::<Option<Vec<_>>>().map(|days| days.join(","))
}

fn rate(inner: &str) -> Result<(), String> {
    let Some((number, unit)) = inner.split_once(' ') else { return Err("it has no unit".to_owned()) };
    let number: u32 = number.parse().map_err(|_| format!("{number:?} is not a whole number"))?;
    match (number, unit) {
        (0, _) => Err("0 is not a rate".to_owned()),
        (1, "minute" | "hour" | "day") | (2.., "minutes" | "hours" | "days") => Ok(()),
        (1, "minutes" | "hours" | "days") => {
            Err(format!("EventBridge wants the singular with 1: rate(1 {})", unit.trim_end_matches('s')))
        }
        (_, "minute" | "hour" | "day") => Err(format!("EventBridge wants the plural: rate({number} {unit}s)")),
        (_, "second" | "seconds") => {
            Err(format!("{unit:?} is not a unit: once a minute is the most that EventBridge does"))
        }
        _ => Err(format!("{unit:?} is not a unit: write minutes, hours or days")),
    }
}

fn cron(inner: &str) -> Result<(), String> {
    let fields: Vec<_> = inner.split(' ').filter(|f| !f.is_empty()).collect();
    let [minutes, hours, day, month, weekday, year] = fields[..] else {
        let meant = cron_of(inner).map(|meant| format!(": did you mean {meant}?")).unwrap_or_default();
        return Err(format!("cron has 6 fields, this one {}{meant}", fields.len()));
    };
    match (day, weekday) {
        ("?", "?") => return Err("only one of the two days may be '?'".to_owned()),
        (_, "?") => day_of_month(day)?,
        ("?", _) => day_of_week(weekday)?,
        _ => return Err("EventBridge wants '?' for the day of the month or for the day of the week".to_owned()),
    }
    [(MINUTES, minutes), (HOURS, hours), (MONTH, month), (YEAR, year)]
        .iter()
        .try_for_each(|(field, text)| field.check(text))
}

fn day_of_month(text: &str) -> Result<(), String> {
    match text.strip_suffix('W') {
        _ if text == "L" || text == "LW" => Ok(()),
        Some(day) => DAY_OF_MONTH.value(day).map(drop),
        None => DAY_OF_MONTH.check(text),
    }
}

fn day_of_week(text: &str) -> Result<(), String> {
    if text == "L" {
        return Ok(());
    }
    if let Some(day) = text.strip_suffix('L') {
        return DAY_OF_WEEK.value(day).map(drop);
    }
    match text.split_once('#') {
        Some((day, nth)) => DAY_OF_WEEK.value(day).and_then(|_| NTH.value(nth)).map(drop),
        None if text.contains('/') => Err("the day of the week takes no step".to_owned()),
        None => DAY_OF_WEEK.check(text),
    }
}

/// What a field of a cron expression may hold.
struct CronField {
    name: &'static str,
    range: RangeInclusive<u32>,
    names: &'static [&'static str],
}

impl CronField {
    /// Checks a field: `*`, `5`, `1-5`, `0/15`, `*/15`, `8-18/2`, and lists of these.
    fn check(&self, text: &str) -> Result<(), String> {
        text.split(',').try_for_each(|item| {
            let (span, step) = item.split_once('/').map_or((item, None), |(span, step)| (span, Some(step)));
            if let Some(step) = step {
                let most = *self.range.end();
                let number = plain_number(step).filter(|step| (1..=most).contains(step));
                number.ok_or_else(|| format!("{step:?} is no step of 1 to {most} ({})", self.name))?;
            }
            match span.split_once('-') {
                _ if span == "*" => Ok(()),
                Some((from, to)) if self.value(from)? > self.value(to)? => {
                    Err(format!("{span:?} ends before it begins ({})", self.name))
                }
                Some(_) => Ok(()),
                None => self.value(span).map(drop),
            }
        })
    }

    fn value(&self, text: &str) -> Result<u32, String> {
        let named = self.names.iter().position(|name| name.eq_ignore_ascii_case(text));
        let value = named.and_then(|index| u32::try_from(index + 1).ok()).or_else(|| plain_number(text));
        value.filter(|value| self.range.contains(value)).ok_or_else(|| {
            format!("{text:?} is not between {} and {} ({})", self.range.start(), self.range.end(), self.name)
        })
    }
}

fn plain_number(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::well_formed;

    /// What EventBridge takes.
    const GOOD: [&str; 16] = [
        "rate(1 hour)",
        "rate(5 minutes)",
        "rate(1 day)",
        "cron(0 12 * * ? *)",
        "cron(0/15 8-18 ? * MON-FRI *)",
        "cron(*/59 * * * ? *)",
        "cron(0 10 L * ? *)",
        "cron(0 10 LW * ? *)",
        "cron(0 10 15W * ? *)",
        "cron(0 10 ? * 6L *)",
        "cron(0 10 ? * fri#5 *)",
        "cron(0,30 0-23/2 1,31 JAN-mar,12 ? 2026-2199)",
        "cron(0 10 ? * L *)",
        "cron(0 10 ? * 1-7 2026)",
        "cron(5 0/23 * 1/12 ? *)",
        "cron(0 12 ? * SUN,SAT 1970)",
    ];

    /// What it refuses.
    const BAD: [(&str, &str); 33] = [
        ("rate(1 hours)", "EventBridge wants the singular with 1: rate(1 hour)"),
        ("rate(5 minute)", "EventBridge wants the plural: rate(5 minutes)"),
        ("rate(0 minutes)", "0 is not a rate"),
        ("rate(5)", "it has no unit"),
        ("rate(x days)", "\"x\" is not a whole number"),
        ("rate(2 weeks)", "\"weeks\" is not a unit: write minutes, hours or days"),
        ("rate(30 seconds)", "\"seconds\" is not a unit: once a minute is the most that EventBridge does"),
        ("hourly", "it is neither rate(…) nor cron(…)"),
        ("5 minutes", "it is neither rate(…) nor cron(…): did you mean rate(5 minutes)?"),
        ("0 12 * * ? *", "it is neither rate(…) nor cron(…): did you mean cron(0 12 * * ? *)?"),
        ("0 12 * * *", "it is neither rate(…) nor cron(…): did you mean cron(0 12 * * ? *)?"),
        ("cron(0 12 * * *)", "cron has 6 fields, this one 5: did you mean cron(0 12 * * ? *)?"),
        ("cron(*/5 8-18 * * 1-5)", "cron has 6 fields, this one 5: did you mean cron(*/5 8-18 ? * MON-FRI *)?"),
        ("cron(0 0 1 1 *)", "cron has 6 fields, this one 5: did you mean cron(0 0 1 1 ? *)?"),
        ("cron(0 0 * * 0,sat)", "cron has 6 fields, this one 5: did you mean cron(0 0 ? * SUN,SAT *)?"),
        ("cron(0 0 1 * 1)", "cron has 6 fields, this one 5"),
        ("cron(0 0 * * 8)", "cron has 6 fields, this one 5"),
        ("cron(0 12 * *)", "cron has 6 fields, this one 4"),
        ("cron(0 12 * * * *)", "EventBridge wants '?' for the day of the month or for the day of the week"),
        ("cron(0 12 ? * ? *)", "only one of the two days may be '?'"),
        ("cron(71 8 1 * ? *)", "\"71\" is not between 0 and 59 (minutes)"),
        ("cron(0 25 1 * ? *)", "\"25\" is not between 0 and 23 (hours)"),
        ("cron(0 dummy ? * MON-FRI *)", "\"dummy\" is not between 0 and 23 (hours)"),
        ("cron(0 1 32 * ? *)", "\"32\" is not between 1 and 31 (day of the month)"),
        ("cron(0 1 1 13 ? *)", "\"13\" is not between 1 and 12 (month)"),
        ("cron(15 12 ? * -1 *)", "\"\" is not between 1 and 7 (day of the week)"),
        ("cron(15 12 ? * 8 *)", "\"8\" is not between 1 and 7 (day of the week)"),
        ("cron(15 12 ? * 2#6 *)", "\"6\" is not between 1 and 5 (the number after #)"),
        ("cron(15 12 ? * 2/2 *)", "the day of the week takes no step"),
        ("cron(15 12 ? * FRI-MON *)", "\"FRI-MON\" ends before it begins (day of the week)"),
        ("cron(0/0 12 * * ? *)", "\"0\" is no step of 1 to 59 (minutes)"),
        ("cron(*/60 12 * * ? *)", "\"60\" is no step of 1 to 59 (minutes)"),
        ("cron(0 12 * * ? 2200)", "\"2200\" is not between 1970 and 2199 (year)"),
    ];

    #[test]
    fn expressions_are_eventbridges() {
        for good in GOOD {
            assert_eq!(well_formed(good), Ok(()), "{good}");
        }
        for (bad, why) in BAD {
            assert_eq!(well_formed(bad), Err(why.to_owned()), "{bad}");
        }
    }
}
