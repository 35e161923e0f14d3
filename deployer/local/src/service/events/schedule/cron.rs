//! `cron(minutes hours day-of-month month day-of-week year)` as EventBridge defines it.

use super::{MINUTE_MS, ScheduleError};
use std::ops::RangeInclusive;
use time::{Date, Duration, Month, OffsetDateTime, Weekday};

const YEARS: RangeInclusive<i32> = 1970..=2199;
const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// A parsed expression. Sets are lists of flags, so that asking is indexing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CronSchedule {
    minutes: Vec<bool>,
    hours: Vec<bool>,
    day: Day,
    months: Vec<bool>,
    years: Vec<bool>,
}

/// Which days of a month.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Day {
    /// These days of the month.
    OfMonth(Vec<bool>),
    /// `L`
    Last,
    /// `LW`
    LastWeekday,
    /// `15W`: Monday to Friday nearest to the day, within the month.
    Nearest(u8),
    /// These days of the week, 1 is Sunday.
    OfWeek(Vec<bool>),
    /// `6L`: the last one of its kind in the month.
    LastOfWeek(u8),
    /// `2#1`: the n-th one of its kind in the month.
    Nth(u8, u8),
}

impl CronSchedule {
    /// Reads the six fields.
    pub(super) fn parse(text: &str) -> Result<Self, ScheduleError> {
        let fields: Vec<&str> = text.split_ascii_whitespace().collect();
        let [minutes, hours, of_month, months, of_week, years] = fields[..] else {
            return Err(ScheduleError::new(format!(
                "cron({text}) has {} fields; write six: minutes hours day-of-month month day-of-week year",
                fields.len()
            )));
        };
        let day = match (of_month, of_week) {
            ("?", "?") => return Err(ScheduleError::new("day-of-month and day-of-week are both ?; one must say when")),
            (of_month, "?") => day_of_month(of_month)?,
            ("?", of_week) => day_of_week(of_week)?,
            _ => return Err(ScheduleError::new("day-of-month or day-of-week must be ?")),
        };
        Ok(Self {
            minutes: Field::new("minutes", 0..=59).set(minutes)?,
            hours: Field::new("hours", 0..=23).set(hours)?,
            day,
            months: Field { names: &MONTHS, ..Field::new("month", 1..=12) }.set(months)?,
            years: Field::new("year", YEARS).set(years)?,
        })
    }

    /// Returns the first minute after a moment.
    pub(super) fn next_after(&self, after_ms: i64) -> Option<i64> {
        let from = moment(after_ms.div_euclid(MINUTE_MS).checked_add(1)?.checked_mul(MINUTE_MS)?)?;
        let (mut date, mut earliest) = (from.date(), (from.hour(), from.minute()));
        while date.year() <= *YEARS.end() {
            if self.on(date) {
                let times = self.times().find(|time| *time >= earliest);
                if let Some((hour, minute)) = times {
                    return Some(millis(date, hour, minute));
                }
            }
            earliest = (0, 0);
            date = self.skip_ahead(date)?;
        }
        None
    }

    /// Returns the last minute up to and including a moment.
    pub(super) fn latest_until(&self, until_ms: i64) -> Option<i64> {
        let until = moment(until_ms)?;
        let (mut date, mut latest) = (until.date(), (until.hour(), until.minute()));
        while date.year() >= *YEARS.start() {
            if self.on(date) {
                let times = self.times().take_while(|time| *time <= latest).last();
                if let Some((hour, minute)) = times {
                    return Some(millis(date, hour, minute));
                }
            }
            latest = (23, 59);
            date = date.previous_day()?;
        }
        None
    }

    /// Returns the times of a day, in order.
    fn times(&self) -> impl Iterator<Item = (u8, u8)> {
        (0..24).filter(|hour| self.hours[usize::from(*hour)]).flat_map(|hour| {
            (0..60).filter(|minute| self.minutes[usize::from(*minute)]).map(move |minute| (hour, minute))
        })
    }

    /// Returns the next day that may match: whole years and months are skipped.
    fn skip_ahead(&self, date: Date) -> Option<Date> {
        let year = usize::try_from(date.year() - YEARS.start()).ok()?;
        if self.years.get(year) != Some(&true) {
            return Date::from_calendar_date(date.year() + 1, Month::January, 1).ok();
        }
        if !self.months[usize::from(u8::from(date.month())) - 1] {
            let days = date.month().length(date.year()) - date.day();
            return date.checked_add(Duration::days(i64::from(days) + 1));
        }
        date.next_day()
    }

    fn on(&self, date: Date) -> bool {
        let year = usize::try_from(date.year() - YEARS.start()).ok();
        year.and_then(|year| self.years.get(year)).copied().unwrap_or(false)
            && self.months[usize::from(u8::from(date.month())) - 1]
            && self.day.is(date)
    }
}

impl Day {
    fn is(&self, date: Date) -> bool {
        let length = date.month().length(date.year());
        let weekday = date.weekday().number_from_sunday();
        match self {
            Self::OfMonth(days) => days[usize::from(date.day()) - 1],
            Self::Last => date.day() == length,
            Self::LastWeekday => nearest_weekday(date, length) == Some(date.day()),
            Self::Nearest(day) => *day <= length && nearest_weekday(date, *day) == Some(date.day()),
            Self::OfWeek(days) => days[usize::from(weekday) - 1],
            Self::LastOfWeek(day) => weekday == *day && date.day() + 7 > length,
            Self::Nth(day, nth) => weekday == *day && date.day().div_ceil(7) == *nth,
        }
    }
}

/// Returns the day from Monday to Friday that is nearest to a day of the month that `date` is in.
fn nearest_weekday(date: Date, day: u8) -> Option<u8> {
    let length = date.month().length(date.year());
    Some(match date.replace_day(day).ok()?.weekday() {
        Weekday::Saturday if day == 1 => 3,
        Weekday::Saturday => day - 1,
        Weekday::Sunday if day == length => day - 2,
        Weekday::Sunday => day + 1,
        _ => day,
    })
}

fn day_of_month(text: &str) -> Result<Day, ScheduleError> {
    let field = Field::new("day-of-month", 1..=31);
    match text {
        "L" => Ok(Day::Last),
        "LW" => Ok(Day::LastWeekday),
        _ => match text.strip_suffix('W') {
            Some(day) => Ok(Day::Nearest(field.small(day)?)),
            None => field.set(text).map(Day::OfMonth),
        },
    }
}

fn day_of_week(text: &str) -> Result<Day, ScheduleError> {
    let field = Field { names: &WEEKDAYS, ..Field::new("day-of-week", 1..=7) };
    if text == "L" {
        // Alone it is the last day of the week, every Saturday.
        return field.set("SAT").map(Day::OfWeek);
    }
    if let Some(day) = text.strip_suffix('L') {
        return Ok(Day::LastOfWeek(field.small(day)?));
    }
    match text.split_once('#') {
        Some((day, nth)) => Ok(Day::Nth(field.small(day)?, Field::new("the number after #", 1..=5).small(nth)?)),
        None if text.contains('/') => Err(ScheduleError::new("day-of-week takes no / step")),
        None => field.set(text).map(Day::OfWeek),
    }
}

/// How the values of a field are written.
struct Field {
    name: &'static str,
    range: RangeInclusive<i32>,
    names: &'static [&'static str],
}

impl Field {
    fn new(name: &'static str, range: RangeInclusive<i32>) -> Self {
        Self { name, range, names: &[] }
    }

    /// Reads a field: `*`, `5`, `1-5`, `0/15`, `*/15`, `8-18/2`, and lists of these.
    fn set(&self, text: &str) -> Result<Vec<bool>, ScheduleError> {
        let (min, max) = (*self.range.start(), *self.range.end());
        let mut set = vec![false; usize::try_from(max - min + 1).unwrap_or(0)];
        for item in text.split(',') {
            let (span, step) = match item.split_once('/') {
                Some((span, step)) => (span, Some(self.step(step)?)),
                None => (item, None),
            };
            let (from, to) = match (span, span.split_once('-')) {
                ("*", _) => (min, max),
                (_, Some((from, to))) => (self.value(from)?, self.value(to)?),
                (value, None) => {
                    let value = self.value(value)?;
                    (value, if step.is_some() { max } else { value })
                }
            };
            if from > to {
                return Err(self.wrong(item));
            }
            for value in (from..=to).step_by(step.unwrap_or(1)) {
                if let Some(flag) = usize::try_from(value - min).ok().and_then(|index| set.get_mut(index)) {
                    *flag = true;
                }
            }
        }
        Ok(set)
    }

    fn value(&self, text: &str) -> Result<i32, ScheduleError> {
        let named = self.names.iter().position(|name| name.eq_ignore_ascii_case(text));
        let value = match named {
            Some(index) => i32::try_from(index).ok().map(|index| index + 1),
            None if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok(),
            None => None,
        };
        value.filter(|value| self.range.contains(value)).ok_or_else(|| self.wrong(text))
    }

    fn small(&self, text: &str) -> Result<u8, ScheduleError> {
        u8::try_from(self.value(text)?).map_err(|_| self.wrong(text))
    }

    fn step(&self, text: &str) -> Result<usize, ScheduleError> {
        let most = usize::try_from(*self.range.end()).unwrap_or(0);
        match text.parse() {
            Ok(step) if (1..=most).contains(&step) && text.bytes().all(|byte| byte.is_ascii_digit()) => Ok(step),
            _ => Err(self.wrong(text)),
        }
    }

    fn wrong(&self, text: &str) -> ScheduleError {
        let (min, max) = (self.range.start(), self.range.end());
        ScheduleError::new(format!("'{text}' is no {} between {min} and {max}", self.name))
    }
}

fn moment(ms: i64) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp(ms.div_euclid(1000)).ok()
}

fn millis(date: Date, hour: u8, minute: u8) -> i64 {
    let midnight = date.midnight().assume_utc().unix_timestamp();
    (midnight + i64::from(hour) * 3600 + i64::from(minute) * 60) * 1000
}
