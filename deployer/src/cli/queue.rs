//! `deployer queue`: messages of the stack's queues, by hand.

use super::exit::exit_code;
use super::failure::CommandFailure;
use super::global::GlobalArgs;
use super::target::StartPolicy;
use super::{candidates, target};
use crate::engine;
use crate::error::Error;
use crate::kinds::queue_messages::{OutgoingMessage, QueuedMessage, peek, purge, redrive, send};
use crate::kinds::{QueueBlock, ResourceId, ResourceRef, RunSession, StepContext};
use crate::ui::confirm::{ConfirmAnswer, ConfirmQuestion};
use crate::ui::{Screen, measure, target as shown, text};
use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};
use clap_complete::ArgValueCandidates;
use serde_json::json;
use std::io::Read;

/// `deployer queue`.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum QueueArgs {
    /// Send a message to a queue
    Send(QueueSend),
    /// Look at messages, which stay where they are
    Peek(QueuePeek),
    /// Bring messages back from a dead-letter queue
    Redrive(QueueRedrive),
    /// Throw all messages of a queue away
    Purge(QueuePurge),
}

/// `deployer queue send`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(after_help = "\
Examples:
  deployer queue send jobs '{\"kind\": \"invoice\"}'
  deployer queue send ordered '{\"id\": 1}' --group customer-7
  jq -c . job.json | deployer queue send jobs -")]
pub struct QueueSend {
    /// Queue of the stack
    #[arg(value_name = "QUEUE", value_parser = NonEmptyStringValueParser::new(), add = ArgValueCandidates::new(candidates::queues))]
    pub queue: String,
    /// What the message says, or - for stdin
    #[arg(value_name = "BODY", value_parser = NonEmptyStringValueParser::new())]
    pub body: String,
    /// Message group, which a FIFO queue needs
    #[arg(long, value_name = "ID")]
    pub group: Option<String>,
    /// What makes the message the same as another, of a FIFO queue
    #[arg(long, value_name = "ID")]
    pub deduplication: Option<String>,
    /// Seconds that the message is held back
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(0..=900))]
    pub delay: Option<u32>,
}

/// `deployer queue peek`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "\
SQS has no look that is not a receipt: the messages are received and given back at once. After so
many receipts a queue with a dead-letter queue moves a message there, so its messages are looked
at only with --count.

Examples:
  deployer queue peek jobs
  deployer queue peek dlq --most 100 --output json | jq -r '.messages[].body'")]
pub struct QueuePeek {
    /// Queue of the stack
    #[arg(value_name = "QUEUE", value_parser = NonEmptyStringValueParser::new(), add = ArgValueCandidates::new(candidates::queues))]
    pub queue: String,
    /// Most messages
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub most: u32,
    /// Look also where it counts towards the dead-letter queue
    #[arg(long)]
    pub count: bool,
}

/// `deployer queue redrive`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "\
Of a dead-letter queue all messages go back to the queues that they came from; of a queue that has
a dead-letter queue, that one's messages come to it.

Examples:
  deployer queue redrive dlq
  deployer queue redrive jobs")]
pub struct QueueRedrive {
    /// Queue of the stack
    #[arg(value_name = "QUEUE", value_parser = NonEmptyStringValueParser::new(), add = ArgValueCandidates::new(candidates::queues))]
    pub queue: String,
}

/// `deployer queue purge`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "\
What is thrown away cannot be brought back. SQS takes up to a minute for it, and allows it once a
minute.

Examples:
  deployer queue purge jobs
  deployer queue purge jobs --yes")]
pub struct QueuePurge {
    /// Queue of the stack
    #[arg(value_name = "QUEUE", value_parser = NonEmptyStringValueParser::new(), add = ArgValueCandidates::new(candidates::queues))]
    pub queue: String,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
}

impl QueueArgs {
    fn queue(&self) -> &str {
        match self {
            Self::Send(args) => &args.queue,
            Self::Peek(args) => &args.queue,
            Self::Redrive(args) => &args.queue,
            Self::Purge(args) => &args.queue,
        }
    }
}

/// Runs the command.
pub async fn run(global: &GlobalArgs, args: &QueueArgs, screen: &Screen) -> Result<u8, CommandFailure> {
    let stack = target::load(global, screen)?;
    let queue = stack.pick::<QueueBlock>(args.queue())?;
    let place = ResourceRef { id: ResourceId::new("queue", queue.id), name: queue.name };
    let message = match args {
        QueueArgs::Send(args) => Some(message(args)?),
        _ => None,
    };
    let session = target::session(global, stack, StartPolicy::No).await?;
    screen.say(&shown::render(&engine::target(&session).await?, screen.verbose, &screen.err));
    let cx = StepContext::silent(&session, &place);
    match args {
        QueueArgs::Send(_) => {
            let id = send(&cx, &message.unwrap_or_default()).await?;
            screen
                .answer(|_| format!("{} got message {id}\n", place.name), || json!({"queue": place.name, "id": id}))?;
        }
        QueueArgs::Peek(args) => {
            let messages = peek(&cx, args.most, args.count).await?;
            screen.answer(|_| render(&messages), || json!({"queue": place.name, "messages": messages}))?;
        }
        QueueArgs::Redrive(_) => {
            let moved = redrive(&cx).await?.approximate_number_of_messages_moved;
            screen.answer(
                |_| {
                    let moved = measure::count(usize::try_from(moved).unwrap_or(usize::MAX), "message");
                    format!("about {moved} moved back\n")
                },
                || json!({"queue": place.name, "moved": moved}),
            )?;
        }
        QueueArgs::Purge(args) => {
            consent(screen, &session, &place, args.yes)?;
            purge(&cx).await?;
            screen.answer(
                |_| format!("{} is being emptied\n", place.name),
                || json!({"queue": place.name, "purged": true}),
            )?;
        }
    }
    Ok(exit_code::DONE)
}

fn message(args: &QueueSend) -> Result<OutgoingMessage, CommandFailure> {
    let body = if args.body == "-" {
        let mut body = String::new();
        let read = std::io::stdin().read_to_string(&mut body);
        read.map_err(|error| Error::io(format!("stdin could not be read: {error}")))?;
        body
    } else {
        args.body.clone()
    };
    let QueueSend { group, deduplication, delay, .. } = args.clone();
    Ok(OutgoingMessage { body, group, deduplication, delay })
}

/// Asks before messages are thrown away. The embedded cloud holds nothing that somebody would miss.
fn consent(screen: &Screen, session: &RunSession, place: &ResourceRef, yes: bool) -> Result<(), CommandFailure> {
    if yes || session.aws.connection.local {
        return Ok(());
    }
    let about = format!("All messages of queue {} are thrown away for good.", place.name);
    match screen.ask(ConfirmQuestion::Name { about: &about, name: &place.name, then: "throw them away" }) {
        ConfirmAnswer::Yes => Ok(()),
        ConfirmAnswer::No => Err(Error::refused("nothing was thrown away: the queue was not named").into()),
        ConfirmAnswer::NotATerminal => {
            Err(Error::usage(format!("the messages of {} would be thrown away", place.name))
                .hint("Nobody can be asked here: give --yes.")
                .into())
        }
    }
}

/// Renders a message as its body behind its id; nothing where there is none.
fn render(messages: &[QueuedMessage]) -> String {
    let line = |message: &QueuedMessage| {
        let received = message.attributes.get("ApproximateReceiveCount").map_or("?", String::as_str);
        format!("{}  received {received}×\n{}\n", message.id, text::clean_lines(&message.body))
    };
    messages.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn a_message_is_shown_with_how_often_it_was_received() {
        let message = QueuedMessage {
            id: "m1".to_owned(),
            body: "{\"a\": 1}".to_owned(),
            attributes: BTreeMap::from([("ApproximateReceiveCount".to_owned(), "2".to_owned())]),
        };
        assert_eq!(render(&[message]), "m1  received 2×\n{\"a\": 1}\n");
        assert_eq!(render(&[]), "");
    }
}
