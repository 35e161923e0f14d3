//! The program `orders-backfill`: says what it would do, asks, does it.

use super::{BackfillSummary, BackfillSurvey, fill, survey};
use crate::config::{TableConfig, VariableLookup, expiry_age};
use crate::orders::{OrderStatus, Timestamp};
use crate::store::dynamodb::DynamoDb;
use crate::store::{OrderStore, PageWindow};
use std::io;
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// How many orders a second are written when nothing else is said.
const DEFAULT_RATE: u32 = 200;

const HELP: &str = "\
Puts orders of a former version of the system into the lists, and so under the expiry.

Usage: orders-backfill [--dry-run] [--yes] [--overdue include|leave] [--rate N]

  --dry-run          only say what would be done
  --yes              do not ask
  --overdue include  also those that the expiry then gives up (EXPIRED is final)
  --overdue leave    not those; they stay in no list until their status changes
  --rate N           orders written a second, 200 if absent; twenty times as many items are read

The environment says where: TABLE_NAME, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
AWS_SESSION_TOKEN, and EXPIRY_AGE_HOURS as the expiry function has it. The credentials need
dynamodb:Scan and dynamodb:UpdateItem on the table and dynamodb:Query on its index. It can be
stopped at any time: run it again, and it goes on.
";

/// What to do with orders that the expiry gives up once they are in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OverdueOrders {
    /// They are put into the lists like the others.
    Include,
    /// They stay where they are.
    Leave,
}

/// The options of the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackfillArgs {
    dry_run: bool,
    yes: bool,
    overdue: Option<OverdueOrders>,
    rate: u32,
}

/// What to do after the survey.
#[derive(Debug, PartialEq, Eq)]
enum NextStep {
    End,
    Ask,
    Fill,
    Refuse(String),
}

impl BackfillArgs {
    /// Reads the options. `None` if they ask for help.
    pub fn parse(args: impl IntoIterator<Item = String>) -> Result<Option<Self>, String> {
        let mut out = Self { dry_run: false, yes: false, overdue: None, rate: DEFAULT_RATE };
        let mut args = args.into_iter();
        while let Some(arg) = args.next() {
            let (name, inline) = arg.split_once('=').map_or((arg.as_str(), None), |(name, value)| (name, Some(value)));
            let mut value = || inline.map(str::to_owned).or_else(|| args.next()).unwrap_or_default();
            match name {
                "--help" | "-h" => return Ok(None),
                "--dry-run" if inline.is_none() => out.dry_run = true,
                "--yes" | "-y" if inline.is_none() => out.yes = true,
                "--overdue" => {
                    out.overdue = Some(match value().as_str() {
                        "include" => OverdueOrders::Include,
                        "leave" => OverdueOrders::Leave,
                        other => return Err(format!("--overdue must be include or leave, is {other:?}")),
                    });
                }
                "--rate" => {
                    let text = value();
                    let rate = text.parse().ok().filter(|rate| (1..=10_000).contains(rate));
                    out.rate = rate.ok_or_else(|| format!("--rate must be a number from 1 to 10000, is {text:?}"))?;
                }
                _ => return Err(format!("there is no option {arg:?}; --help lists them")),
            }
        }
        Ok(Some(out))
    }

    /// Decides what follows the survey. EXPIRED is final, so `--yes` alone does not stand for it.
    fn next_step(&self, survey: &BackfillSurvey, can_ask: bool) -> NextStep {
        if survey.total() == 0 || self.dry_run {
            NextStep::End
        } else if !self.yes && can_ask {
            NextStep::Ask
        } else if !self.yes {
            NextStep::Refuse("there is no terminal to ask on; nothing was written. Give --yes".to_owned())
        } else if survey.overdue > 0 && self.overdue.is_none() {
            NextStep::Refuse(format!(
                "the expiry would give up {}, which is final; nothing was written. Give --overdue include or --overdue leave, or raise EXPIRY_AGE_HOURS of the expiry function first",
                count(survey.overdue, "order")
            ))
        } else {
            NextStep::Fill
        }
    }
}

/// Runs the program. Returns whether all of it was done.
pub async fn run(args: impl IntoIterator<Item = String>, lookup: VariableLookup<'_>) -> Result<(), String> {
    let Some(args) = BackfillArgs::parse(args)? else {
        print!("{HELP}");
        return Ok(());
    };
    let config = TableConfig::read(lookup).map_err(|error| error.to_string())?;
    let age = expiry_age(lookup).map_err(|error| error.to_string())?;
    let store = DynamoDb::from_config(&config);
    // Without the index nothing would be gained, and the reason be found late.
    let newest = PageWindow::NewestFirst { before: None };
    store.page(&[OrderStatus::Pending], &newest, 1).await.map_err(|error| format!("lists cannot be read: {error}"))?;
    let place = match &config.endpoint {
        Some(endpoint) => format!("table {} in {} at {endpoint}", config.table, config.region),
        None => format!("table {} in {}", config.table, config.region),
    };
    eprintln!("{place}: reading all orders");
    let cutoff = Timestamp::now().minus(age);
    let found = survey(&store, cutoff, args.rate).await.map_err(|error| error.to_string())?;
    eprint!("{}", report(&found, age));
    match args.next_step(&found, io::stdin().is_terminal() && io::stderr().is_terminal()) {
        NextStep::End => return Ok(()),
        NextStep::Refuse(why) => return Err(why),
        NextStep::Ask if !is_confirmed(&found, args.overdue) => return Err("nothing was written".to_owned()),
        NextStep::Ask | NextStep::Fill => {}
    }
    let spared = (args.overdue == Some(OverdueOrders::Leave)).then_some(cutoff);
    let total = found.total();
    let told = std::cell::Cell::new(Instant::now());
    let mut summary = BackfillSummary::default();
    let result = fill(&store, spared, args.rate, &mut summary, |so_far| {
        if told.get().elapsed() > Duration::from_secs(2) {
            told.set(Instant::now());
            eprintln!("{} of {total} are in the lists", so_far.written + so_far.unneeded);
        }
    })
    .await;
    eprintln!("{}", ending(&summary));
    match (result, &summary.first_error) {
        (Ok(()), None) => Ok(()),
        (Ok(()), Some(error)) => {
            Err(format!("{} could not be written, the first because {error}", count(summary.failed, "order")))
        }
        (Err(error), _) => Err(format!("{error}. What is written stays; run it again to go on")),
    }
}

/// Asks on the terminal.
fn is_confirmed(survey: &BackfillSurvey, overdue: Option<OverdueOrders>) -> bool {
    let (filled, lost) = match overdue {
        Some(OverdueOrders::Leave) => (survey.total() - survey.overdue, 0),
        _ => (survey.total(), survey.overdue),
    };
    let warning = if lost > 0 { format!(", and let the expiry give up {lost} of them") } else { String::new() };
    eprint!("Put {} into the lists{warning}? Type yes: ", count(filled, "order"));
    let mut answer = String::new();
    io::stderr().flush().is_ok() && io::stdin().read_line(&mut answer).is_ok() && answer.trim() == "yes"
}

/// Says what a survey has found, a line for each thing that matters.
fn report(survey: &BackfillSurvey, age: Duration) -> String {
    let mut out = format!("{}, {} of them in no list\n", count(survey.orders, "order"), survey.total());
    for (status, count) in &survey.missing {
        out.push_str(&format!("  {count:>9}  {status}\n"));
    }
    if survey.overdue > 0 {
        let hours = age.as_secs_f64() / 3600.0;
        out.push_str(&format!(
            "{} of these are PENDING for longer than {hours} hours (EXPIRY_AGE_HOURS): once they are in the lists, the next run of the expiry makes them EXPIRED, which is final\n",
            survey.overdue
        ));
    }
    if survey.undated > 0 {
        out.push_str(&format!("{} of those have no date that can be read, which counts as 1970\n", survey.undated));
    }
    if survey.unknown > 0 {
        out.push_str(&format!("{} have a status that no list has: they stay as they are\n", survey.unknown));
    }
    if survey.others > 0 {
        let others = count(survey.others, "more item");
        out.push_str(&format!("{others} that the API cannot serve: left as found\n"));
    }
    out
}

/// Counts things: `1 order`, `2 orders`.
fn count(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// Says what was done.
fn ending(summary: &BackfillSummary) -> String {
    let mut out = format!("Put into the lists: {}", count(summary.written, "order"));
    if summary.unneeded > 0 {
        out.push_str(&format!(", {} came there or were deleted meanwhile", summary.unneeded));
    }
    if summary.left > 0 {
        out.push_str(&format!(", {} were left out", summary.left));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Result<Option<BackfillArgs>, String> {
        BackfillArgs::parse(args.iter().map(|arg| (*arg).to_owned()))
    }

    #[test]
    fn what_follows_a_survey() {
        let survey = |missing, overdue| BackfillSurvey {
            missing: vec![(OrderStatus::Pending, missing)],
            overdue,
            ..BackfillSurvey::default()
        };
        for (args, missing, overdue, can_ask, expected) in [
            (&["--yes"][..], 0, 0, false, "End"),
            (&["--yes"], 5, 0, false, "Fill"),
            (&["--yes"], 5, 2, false, "the expiry would give up 2 orders"),
            (&["--yes"], 5, 2, true, "the expiry would give up 2 orders"),
            (&["--yes", "--overdue", "include"], 5, 2, false, "Fill"),
            (&["--yes", "--overdue=leave"], 5, 2, false, "Fill"),
            (&["--yes", "--dry-run"], 5, 2, false, "End"),
            (&["--overdue", "include"], 5, 2, false, "no terminal"),
            (&[], 5, 2, true, "Ask"),
        ] {
            let step = format!("{:?}", parse(args).unwrap().unwrap().next_step(&survey(missing, overdue), can_ask));
            assert!(step.contains(expected), "{args:?} {missing} {overdue} {can_ask}: {step}");
        }
    }

    #[test]
    fn options() {
        assert_eq!(parse(&["--help"]), Ok(None));
        assert_eq!(parse(&["--rate", "50"]).unwrap().unwrap().rate, 50);
        for (args, said) in [
            (&["--rate", "0"][..], "--rate must be a number from 1 to 10000, is \"0\""),
            (&["--rate"], "--rate must be a number from 1 to 10000, is \"\""),
            (&["--overdue", "all"], "--overdue must be include or leave, is \"all\""),
            (&["--yes=no"], "there is no option \"--yes=no\"; --help lists them"),
            (&["now"], "there is no option \"now\"; --help lists them"),
        ] {
            assert_eq!(parse(args), Err(said.to_owned()));
        }
    }

    #[test]
    fn a_report() {
        let survey = BackfillSurvey {
            orders: 103_212,
            missing: vec![(OrderStatus::Pending, 20_100), (OrderStatus::Completed, 79_900)],
            overdue: 20_050,
            undated: 4,
            unknown: 3,
            others: 1,
        };
        insta::assert_snapshot!(report(&survey, Duration::from_secs(216_000)), @"
        103212 orders, 100000 of them in no list
              20100  PENDING
              79900  COMPLETED
        20050 of these are PENDING for longer than 60 hours (EXPIRY_AGE_HOURS): once they are in the lists, the next run of the expiry makes them EXPIRED, which is final
        4 of those have no date that can be read, which counts as 1970
        3 have a status that no list has: they stay as they are
        1 more item that the API cannot serve: left as found
        ");
    }
}
