//! What an event says for good, whichever way its lines are laid out.

use super::phrase;
use super::shown::ShownParts;
use crate::engine::event::RunEvent;
use crate::kinds::ResourceId;
use crate::ui::look::{TerminalLook, TextTone};
use crate::ui::{error, measure, plan, target, text};

/// What an event says.
pub enum EventMessage<'a> {
    /// Lines of their own.
    Lines(String),
    /// One line of a table.
    Row(EventRow<'a>),
}

/// An event as one line of a table.
pub struct EventRow<'a> {
    /// What the event means.
    pub tone: TextTone,
    /// A sign that means the same, for where there is no column of times.
    pub mark: char,
    /// The event in a word: `created`.
    pub word: &'static str,
    /// What it happened to.
    pub subject: RowSubject<'a>,
    /// What else there is to say.
    pub detail: RowDetail,
}

/// What an event happened to.
pub enum RowSubject<'a> {
    /// A resource.
    Resource(&'a ResourceId),
    /// Something that has a name only.
    Named(&'a str),
    /// The whole run.
    Run,
}

/// What there is to say of an event.
pub enum RowDetail {
    /// What is good to know: how long it took.
    Aside(String),
    /// Why.
    Reason(String),
    /// What matters most in the line.
    Text(String),
}

/// Returns what an event says for good; nothing for one that only moves the progress on.
pub fn message<'a>(event: &'a RunEvent, shown: ShownParts, look: &TerminalLook) -> Option<EventMessage<'a>> {
    use RowDetail::{Aside, Reason, Text};
    use RowSubject::{Named, Resource, Run};
    let row =
        |tone, mark, word, subject, detail| Some(EventMessage::Row(EventRow { tone, mark, word, subject, detail }));
    match event {
        RunEvent::Building { .. } | RunEvent::Started { .. } | RunEvent::Waiting { .. } => None,
        RunEvent::Target(target) => Some(EventMessage::Lines(target::render(target, shown.verbose, look))),
        RunEvent::Planned(plan) => {
            shown.plan.map(|style| EventMessage::Lines(format!("\n{}\n", plan::render(plan, style, look))))
        }
        RunEvent::Note { message } => Some(EventMessage::Lines(error::note(message, look))),
        RunEvent::Built { function, zip_bytes, code_sha256 } => {
            let zip = phrase::artifact(*zip_bytes, code_sha256);
            row(TextTone::Good, '✓', "built", Named(function), Aside(zip))
        }
        RunEvent::Done { id, verb, took } => {
            row(TextTone::Good, '✓', phrase::done(*verb), Resource(id), Aside(measure::took(*took)))
        }
        RunEvent::Failed { id, verb, error } => {
            let why = format!("{}: {}", phrase::infinitive(*verb), text::clean(&error.message));
            row(TextTone::Bad, '✗', "failed", Resource(id), Text(why))
        }
        RunEvent::Skipped { id, because, .. } => {
            row(TextTone::Warning, '-', "skipped", Resource(id), Reason(text::clean(because).into_owned()))
        }
        RunEvent::Interrupted { in_flight } => {
            row(TextTone::Warning, '!', "stopping", Run, Text(phrase::interrupted(*in_flight)))
        }
    }
}
