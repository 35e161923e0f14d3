//! A queue: how many messages wait, where dead letters go and come from, and messages as they lie there.
//!
//! Nothing is received by a look: a page asks itself again each second, and SQS counts receipts.

use super::event_sources;
use super::layout::{Page, address, facts, indented, lasting, moment, not_found, page, with_query};
use super::service_call::ask;
use super::visit::{ACTION, PageVisit};
use crate::arn::{ACCOUNT, queue_arn};
use crate::context::Context;
use crate::queues::{LookOrder, StoredMessage};
use crate::store::queue::QueueRecord;
use maud::{Markup, html};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::task::spawn_blocking;

/// Messages on a page.
const ON_A_PAGE: usize = 50;
/// Characters of a message in a list; its own page has all of them.
const LONGEST_BODY: usize = 300;

/// A queue as the pages need it.
struct QueueView {
    region: String,
    name: String,
    record: QueueRecord,
}

/// Returns the address of a queue's page.
pub fn queue_address(region: &str, name: &str) -> String {
    address(&["queues", region, name])
}

/// Renders how many messages a queue has, which changes while one looks.
pub async fn counts(cx: &Arc<Context>, region: &str, name: &str) -> Markup {
    let asked = json!({ "QueueUrl": url(name), "AttributeNames": ["All"] });
    match ask(cx, "sqs", "GetQueueAttributes", region, &asked).await {
        Err(error) => html! { span.reason { bdi { (error) } } },
        Ok(found) => {
            let count = |name: &str| found["Attributes"][name].as_str().unwrap_or("?").to_owned();
            html! {
                (count("ApproximateNumberOfMessages")) " available, " (count("ApproximateNumberOfMessagesNotVisible")) " in flight, "
                (count("ApproximateNumberOfMessagesDelayed")) " delayed"
            }
        }
    }
}

/// Names a queue for a call; the host of a queue's URL does not matter.
fn url(name: &str) -> String {
    format!("{ACCOUNT}/{name}")
}

impl QueueView {
    fn find(cx: &Context, region: &str, name: &str) -> Option<Self> {
        let document = cx.store.snapshot();
        let record = document.regions.get(region)?.queues.queues.get(name)?.clone();
        Some(Self { region: region.to_owned(), name: name.to_owned(), record })
    }

    fn address(&self) -> String {
        queue_address(&self.region, &self.name)
    }

    /// Returns the name of the queue that its dead letters go to, with the number of receipts after which they do.
    fn dead_letters(&self) -> Option<(String, u32)> {
        let policy = self.record.redrive()?;
        let target = policy.dead_letter_target_arn.strip_prefix(&queue_arn(&self.region, ""))?.to_owned();
        Some((target, policy.max_receive_count))
    }

    /// Returns the names of the queues whose dead letters come here.
    fn sources(&self, cx: &Context) -> Vec<String> {
        let document = cx.store.snapshot();
        let own = queue_arn(&self.region, &self.name);
        let queues = document.region(&self.region).queues.queues.iter();
        let leads_here = |queue: &QueueRecord| queue.redrive().is_some_and(|to| to.dead_letter_target_arn == own);
        queues.filter(|(_, queue)| leads_here(queue)).map(|(name, _)| name.clone()).collect()
    }

    async fn look(
        &self,
        cx: &Arc<Context>,
        after: i64,
        most: usize,
        longest: usize,
    ) -> Result<Vec<StoredMessage>, String> {
        let kept_from_ms = cx.clock.now_ms().saturating_sub(self.record.retention_ms());
        let order = LookOrder { queue: self.record.id, kept_from_ms, after, most, longest };
        let cx = Arc::clone(cx);
        let looked = spawn_blocking(move || cx.queues.without_waking(|messages| messages.look(&order))).await;
        looked.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
    }

    fn link(&self, name: &str) -> Markup {
        html! { a href=(queue_address(&self.region, name)) { bdi { (name) } } }
    }

    fn facts(&self, sources: &[String], counts: Markup) -> Markup {
        html! {
            (facts([
                ("Messages", counts),
                ("Kind", html! { @if self.record.is_fifo() { "FIFO" } @else { "standard" } }),
                ("Visibility timeout", html! { (lasting(self.record.visibility_ms() / 1000)) }),
                ("Retention", html! { (lasting(self.record.retention_ms() / 1000)) }),
                ("Delivery delay", html! { (lasting(self.record.number("DelaySeconds", 0))) }),
                ("Dead-letter queue", html! {
                    @match self.dead_letters() {
                        Some((target, receipts)) => { (self.link(&target)) ", after " (receipts) " receipts" }
                        None => "none",
                    }
                }),
                ("Dead-letter queue of", html! {
                    @if sources.is_empty() { "no queue" }
                    @for (number, name) in sources.iter().enumerate() { @if number > 0 { ", " } (self.link(name)) }
                }),
            ]))
        }
    }

    fn changes(&self, visit: &PageVisit, sources: &[String]) -> Markup {
        if !visit.may_change {
            return html! {};
        }
        let is_fifo = self.record.is_fifo();
        html! {
            details {
                summary { "Send a message" }
                (visit.form(&self.address(), "send", html! {
                    label.wide { "Message" textarea name="body" rows="4" spellcheck="false" { "{}" } }
                    @if is_fifo {
                        label { "Message group" input name="group" value="1" autocomplete="off"; }
                        label { "Deduplication id" input name="deduplication" autocomplete="off"; }
                    } @else {
                        label { "Delay in seconds (empty: the queue's own)" input name="delay" inputmode="numeric" autocomplete="off"; }
                    }
                    button type="submit" { "Send" }
                }))
            }
            @if !sources.is_empty() {
                (visit.form(&self.address(), "redrive", html! { button type="submit" { "Redrive: move all back to where they came from" } }))
            }
            @if let Some((target, _)) = self.dead_letters() {
                (visit.form(&self.address(), "fetch", html! { button type="submit" { "Redrive: bring the dead letters of " bdi { (target) } " here" } }))
            }
            (visit.form(&self.address(), "purge", html! { button.danger type="submit" { "Purge: throw all messages away" } }))
        }
    }

    fn messages(&self, cx: &Context, messages: &[StoredMessage]) -> Markup {
        let now_ms = cx.clock.now_ms();
        html! {
            table {
                thead { tr { th scope="col" { "Sent" } th scope="col" { "How it is" } th.number scope="col" { "Received" } th scope="col" { "Message" } th scope="col" { "All of it" } } }
                tbody {
                    @for stored in messages {
                        @let message = &stored.message;
                        tr {
                            td data-label="Sent" { time { (moment(message.sent_ms)) } }
                            td data-label="How it is" { (condition(stored, now_ms)) }
                            td.number data-label="Received" { (message.received) "×" }
                            td.wide data-label="Message" {
                                span.value { bdi { (message.body) @if cut(stored) > 0 { "…" } } }
                                @if let Some(group) = &message.group { p.none { "group " bdi { (group) } } }
                            }
                            td.whole data-label="All of it" {
                                a href=(self.message_address(message.sequence)) aria-label={ "Whole message " (message.id) } { "Whole message" }
                            }
                        }
                    }
                }
            }
        }
    }

    fn message_address(&self, sequence: i64) -> String {
        address(&["queues", &self.region, &self.name, &sequence.to_string()])
    }
}

/// Returns how many characters of a message were not read.
fn cut(stored: &StoredMessage) -> i64 {
    let read = i64::try_from(stored.message.body.chars().count()).unwrap_or(i64::MAX);
    stored.characters.saturating_sub(read)
}

/// Says whether a message can be received.
fn condition(stored: &StoredMessage, now_ms: i64) -> Markup {
    html! {
        @if stored.visible_ms <= now_ms { "available" }
        @else if stored.message.received > 0 { "in flight until " time { (moment(stored.visible_ms)) } }
        @else { "delayed until " time { (moment(stored.visible_ms)) } }
    }
}

/// Shows a queue.
pub async fn queue(visit: &PageVisit, region: &str, name: &str, query: &BTreeMap<String, String>) -> Page {
    let cx = &visit.cx;
    let Some(queue) = QueueView::find(cx, region, name) else { return not_found(visit, "There is no such queue.") };
    let after = query.get("after").and_then(|after| after.parse().ok()).unwrap_or(0);
    let found = queue.look(cx, after, ON_A_PAGE, LONGEST_BODY).await;
    let counts = counts(cx, region, name).await;
    let fed = event_sources::of_source(cx, region, &queue_arn(region, name)).await;
    let sources = queue.sources(cx);
    let content = html! {
        h1 { "Queue " bdi { (name) } }
        div data-live="facts" { (queue.facts(&sources, counts)) }
        (queue.changes(visit, &sources))
        h2 { "Functions that it runs" }
        div data-live="functions" { @match &fed {
            Ok(fed) if fed.is_empty() => { p { "None: no function has it as a source." } }
            Ok(fed) => { (event_sources::functions(region, fed)) }
            Err(why) => { p.reason { bdi { (why) } } }
        } }
        h2 { "Messages" }
        p.none { "A look receives nothing: messages stay as they are, and none comes closer to the dead letters." }
        div data-live="messages" { @match &found {
            Err(why) => { p.reason role="status" { bdi { (why) } } }
            Ok(messages) if messages.is_empty() => { p { @if after == 0 { "None." } @else { "No further ones." } } }
            Ok(messages) => {
                (queue.messages(cx, messages))
                @if let Some(last) = messages.last().filter(|_| messages.len() == ON_A_PAGE) {
                    p { a href=(with_query(&queue.address(), &[("after", &last.message.sequence.to_string())])) { "Further messages" } }
                }
            }
        } }
    };
    page(visit, &format!("Queue {name}"), content)
}

/// Shows one message whole.
pub async fn message(visit: &PageVisit, region: &str, name: &str, sequence: &str) -> Page {
    let cx = &visit.cx;
    let Some(queue) = QueueView::find(cx, region, name) else { return not_found(visit, "There is no such queue.") };
    let asked: i64 = sequence.parse().unwrap_or(0);
    let found = queue.look(cx, asked.saturating_sub(1), 1, usize::MAX).await;
    let found = found.ok().and_then(|mut found| found.pop()).filter(|stored| stored.message.sequence == asked);
    let Some(stored) = found else {
        return not_found(visit, "There is no such message any more: it was deleted, moved, or kept long enough.");
    };
    let message = &stored.message;
    let attributes = message.attributes.as_object().filter(|attributes| !attributes.is_empty());
    let content = html! {
        h1 { "Message of " (queue.link(name)) }
        (facts([
            ("Id", html! { code { (message.id) } }),
            ("Sent", html! { time { (moment(message.sent_ms)) } }),
            ("How it is", condition(&stored, cx.clock.now_ms())),
            ("Received", html! { (message.received) "×" }),
            ("Sender", html! { bdi { (message.sender) } }),
        ]))
        @for (title, text) in [("Message group", &message.group), ("Deduplication id", &message.deduplication_id), ("Came from", &message.source_arn)] {
            @if let Some(text) = text { p { (title) ": " code { bdi { (text) } } } }
        }
        h2 { "What it says" }
        pre.log tabindex="0" role="region" aria-label="What it says" { bdi { (indented(&message.body)) } }
        @if let Some(attributes) = attributes {
            h2 { "Attributes" }
            dl { @for (name, value) in attributes { div { dt { code { bdi { (name) } } } dd { bdi { (attribute(value)) } } } } }
        }
    };
    page(visit, &format!("Message of {name}"), content)
}

/// Writes an attribute of a message as its value, bytes in base64.
fn attribute(value: &Value) -> &str {
    value["StringValue"].as_str().or(value["BinaryValue"].as_str()).unwrap_or_default()
}

/// Changes a queue's messages as a form says.
///
/// # Errors
/// SQS's refusal, in words.
pub async fn change(
    cx: &Arc<Context>,
    region: &str,
    name: &str,
    fields: &BTreeMap<String, String>,
) -> Result<String, String> {
    let queue = QueueView::find(cx, region, name).ok_or("there is no such queue")?;
    let field = |name: &str| fields.get(name).map(|text| text.trim()).filter(|text| !text.is_empty());
    match fields.get(ACTION).map(String::as_str) {
        Some("send") => {
            let mut input =
                json!({ "QueueUrl": url(name), "MessageBody": fields.get("body").cloned().unwrap_or_default() });
            for (member, given) in [("MessageGroupId", "group"), ("MessageDeduplicationId", "deduplication")] {
                if let Some(given) = field(given) {
                    input[member] = json!(given);
                }
            }
            if let Some(delay) = field("delay") {
                input["DelaySeconds"] =
                    json!(delay.parse::<u32>().map_err(|_| "how long it is held back is a whole number of seconds")?);
            }
            let sent = ask(cx, "sqs", "SendMessage", region, &input).await.map_err(|error| error.to_string())?;
            Ok(format!("It is sent: {}.", sent["MessageId"].as_str().unwrap_or_default()))
        }
        Some("redrive") => move_back(cx, region, &queue_arn(region, name), None).await,
        Some("fetch") => {
            let (target, _) = queue.dead_letters().ok_or("its dead letters go nowhere")?;
            move_back(cx, region, &queue_arn(region, &target), Some(&queue_arn(region, name))).await
        }
        Some("purge") => {
            let purged = ask(cx, "sqs", "PurgeQueue", region, &json!({ "QueueUrl": url(name) })).await;
            purged.map(|_| "All messages are gone.".to_owned()).map_err(|error| error.to_string())
        }
        _ => Err("this is not known here".to_owned()),
    }
}

/// Moves messages of a dead-letter queue, all to a queue or each to the one that it came from.
async fn move_back(cx: &Arc<Context>, region: &str, source: &str, destination: Option<&str>) -> Result<String, String> {
    let mut input = json!({ "SourceArn": source });
    if let Some(destination) = destination {
        input["DestinationArn"] = json!(destination);
    }
    ask(cx, "sqs", "StartMessageMoveTask", region, &input).await.map_err(|error| error.to_string())?;
    let asked = json!({ "SourceArn": source, "MaxResults": 1 });
    let tasks = ask(cx, "sqs", "ListMessageMoveTasks", region, &asked).await.map_err(|error| error.to_string())?;
    let task = &tasks["Results"][0];
    let (moved, found) = (&task["ApproximateNumberOfMessagesMoved"], &task["ApproximateNumberOfMessagesToMove"]);
    match task["FailureReason"].as_str() {
        Some(why) => Err(format!("{moved} of {found} messages were moved: {why}")),
        None => Ok(format!("{moved} of {found} messages were moved.")),
    }
}
