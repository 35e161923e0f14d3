//! A plan for a comment on a pull request.

use super::sentence::closing;
use super::steps::steps;
use super::style::{PlanPurpose, PlanStyle};
use super::unmanaged;
use crate::engine::plan::Plan;
use crate::ui::look::TerminalLook;
use crate::ui::{error, secret, text};

/// Most characters of the whole text. GitHub refuses comments of more than 65,536.
pub const LIMIT: usize = 60_000;

/// Characters kept free for what stands around the diff and for the note that it was cut.
const FRAME: usize = 400;
/// Characters of refusals and warnings together, so that some of the diff is always left.
const REMARKS: usize = 20_000;
/// Columns after which single values are shortened: a comment is narrow.
const COLUMNS: usize = 110;

/// Renders the plan as Markdown, `title` first, in at most [`LIMIT`] characters. GitHub and GitLab colour its diff.
pub fn markdown(title: &str, plan: &Plan, goal: PlanPurpose) -> String {
    let plan = secret::hide_in_plan(plan.clone());
    let mut out = format!(
        "### {}\n\n{}\n",
        inline(text::shorten(&text::clean(title), 200).as_ref()),
        inline(&closing(&plan, goal))
    );

    let mut remarks = String::new();
    for refusal in &plan.refusals {
        remarks.push_str(&quoted("CAUTION", &error::labelled("refused", refusal, &TerminalLook::PLAIN)));
    }
    for note in unmanaged::notes(&plan.unmanaged) {
        remarks.push_str(&quoted("NOTE", &text::clean_lines(&note)));
    }
    for warning in &plan.warnings {
        remarks.push_str(&quoted("WARNING", &text::clean_lines(warning)));
    }
    out.push_str(&cut_lines(&remarks, REMARKS).0);

    let look = TerminalLook { color: false, width: Some(COLUMNS) };
    let lines = steps(&plan, PlanStyle { goal, verbose: false, created_in_full: true }, &look);
    let diff: Vec<_> = lines.iter().map(|line| look.fit(&line.diff())).collect();
    if diff.is_empty() {
        return out;
    }
    let diff = diff.join("\n") + "\n";
    let fence = fence(&diff);
    let used = out.chars().count() + 2 * fence.len() + FRAME;
    let (diff, cut) = cut_lines(&diff, LIMIT.saturating_sub(used));
    out.push_str(&format!("\n{fence}diff\n{diff}{fence}\n"));
    if cut > 0 {
        out.push_str(&format!("\n_{cut} more lines do not fit here; `deployer plan` shows them._\n"));
    }
    out
}

/// Renders why there is no plan, from what is shown on a terminal without colours.
pub fn of_failure(text: &str) -> String {
    let fence = fence(text);
    let (text, _) = cut_lines(text.trim_end(), LIMIT - 2 * fence.len() - FRAME);
    format!("### There is no plan\n\n{fence}text\n{}\n{fence}\n", text.trim_end())
}

/// Makes a fence that is longer than any run of backticks inside.
fn fence(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}

/// Makes a paragraph that stands out, as GitHub renders it.
fn quoted(sort: &str, text: &str) -> String {
    let lines: String = text.lines().map(|line| format!("> {}\n", inline(line))).collect();
    format!("\n> [!{sort}]\n{lines}")
}

/// Escapes text outside of a fence: no markup, no HTML, no mentions of people.
fn inline(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '*' | '_' | '[' | ']' | '`' | '#' | '|' | '~' => out.extend(['\\', c]),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // A zero-width space keeps `@name` from notifying somebody.
            '@' => out.push_str("@\u{200b}"),
            _ => out.push(c),
        }
    }
    out
}

/// Cuts `text` after whole lines to `limit` characters. Returns how many lines were left out, too.
fn cut_lines(text: &str, limit: usize) -> (String, usize) {
    let mut room = limit;
    let mut kept = String::new();
    let mut lines = text.split_inclusive('\n');
    for line in lines.by_ref() {
        match room.checked_sub(line.chars().count()) {
            Some(left) => room = left,
            None => return (kept, lines.count() + 1),
        }
        kept.push_str(line);
    }
    (kept, 0)
}
