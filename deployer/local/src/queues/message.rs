//! A message on its way in, in its queue, and as who received it names it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// A message that is sent.
#[derive(Clone, Debug, Default)]
pub struct NewMessage {
    /// Its text.
    pub body: String,
    /// What its sender says beside it, by name, as SQS writes it: `DataType` and `StringValue` or `BinaryValue`.
    pub attributes: Value,
    /// The header of X-Ray.
    pub trace_header: Option<String>,
    /// Who sent it.
    pub sender: String,
    /// Messages of one group keep their order.
    pub group: Option<String>,
    /// Another message with this id within five minutes is the same.
    pub deduplication_id: Option<String>,
    /// What another message must share to be the same: the id, or the id within a group.
    pub deduplication_key: Option<String>,
    /// How long it is not received, in milliseconds.
    pub delay_ms: i64,
}

/// What the sender of a message is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentMessage {
    /// Its id.
    pub id: String,
    /// Its place in the queue.
    pub sequence: i64,
}

/// A message that was received.
#[derive(Clone, Debug)]
pub struct QueuedMessage {
    /// Its place in the file of messages.
    pub sequence: i64,
    /// Its id.
    pub id: String,
    /// Names this receipt of it.
    pub receipt: String,
    /// Its text.
    pub body: String,
    /// What its sender says beside it.
    pub attributes: Value,
    /// The header of X-Ray.
    pub trace_header: Option<String>,
    /// Who sent it.
    pub sender: String,
    /// Messages of one group keep their order.
    pub group: Option<String>,
    /// Another message with this id within five minutes is the same.
    pub deduplication_id: Option<String>,
    /// Milliseconds since the epoch.
    pub sent_ms: i64,
    /// When it was received first, in milliseconds since the epoch.
    pub first_received_ms: i64,
    /// How often it was received, this time included.
    pub received: i64,
    /// The ARN of the queue that it was moved from because it was received too often there.
    pub source_arn: Option<String>,
}

/// How many messages a queue has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueCounts {
    /// They can be received.
    pub visible: i64,
    /// They were received and not deleted.
    pub in_flight: i64,
    /// They were sent with a delay.
    pub delayed: i64,
}

/// What a receipt handle says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageHandle {
    /// The queue's id.
    pub queue: i64,
    /// The message's place in the file of messages.
    pub sequence: i64,
    /// Names the receipt.
    pub receipt: String,
}

/// Why a handle does not do what it was meant for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandleMistake {
    /// There is no such message any more.
    Gone,
    /// It is not in flight, or others have received it since.
    NotInFlight,
}

impl MessageHandle {
    /// Writes it as a receipt handle.
    pub fn encode(&self) -> String {
        STANDARD.encode(format!("{} {} {}", self.queue, self.sequence, self.receipt))
    }

    /// Reads a receipt handle; `None` for what is none.
    pub fn decode(text: &str) -> Option<Self> {
        let text = String::from_utf8(STANDARD.decode(text).ok()?).ok()?;
        let mut parts = text.splitn(3, ' ');
        Some(Self {
            queue: parts.next()?.parse().ok()?,
            sequence: parts.next()?.parse().ok()?,
            receipt: parts.next()?.to_owned(),
        })
    }
}

impl QueuedMessage {
    /// Returns the handle of this receipt.
    pub fn handle(&self, queue: i64) -> MessageHandle {
        MessageHandle { queue, sequence: self.sequence, receipt: self.receipt.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_there_and_back() {
        let handle = MessageHandle { queue: 7, sequence: 9, receipt: "a b".to_owned() };
        assert_eq!(MessageHandle::decode(&handle.encode()), Some(handle));
        for text in ["", "x", "%%%", &STANDARD.encode("7"), &STANDARD.encode("7 x y"), &STANDARD.encode([0xff])] {
            assert_eq!(MessageHandle::decode(text), None, "{text}");
        }
    }
}
