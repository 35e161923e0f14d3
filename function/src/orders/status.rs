//! The statuses of an order and the transitions between them.

use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::ToSchema;

/// Where an order is in its life. COMPLETED, CANCELLED and EXPIRED are final.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schema(as = Status)]
pub enum OrderStatus {
    /// Placed, nobody works on it yet.
    Pending,
    /// Somebody works on it.
    Processing,
    /// Done.
    Completed,
    /// Given up by a client.
    Cancelled,
    /// Given up by the schedule, because it was PENDING for too long.
    Expired,
}

/// Who asks for a status change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// A caller of the API.
    Client,
    /// The expiry job.
    Schedule,
}

impl OrderStatus {
    /// Every status.
    pub const ALL: [Self; 5] = [Self::Pending, Self::Processing, Self::Completed, Self::Cancelled, Self::Expired];

    /// Returns the name of the status as it is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Processing => "PROCESSING",
            Self::Completed => "COMPLETED",
            Self::Cancelled => "CANCELLED",
            Self::Expired => "EXPIRED",
        }
    }

    /// Parses the name of a status in any letter case, with or without space around it.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        Self::ALL.into_iter().find(|status| status.as_str().eq_ignore_ascii_case(text))
    }

    /// Returns the statuses that `actor` may move an order of this status to.
    pub const fn target_statuses(self, actor: Actor) -> &'static [Self] {
        match (self, actor) {
            (Self::Pending, Actor::Client) => &[Self::Processing, Self::Cancelled],
            (Self::Pending, Actor::Schedule) => &[Self::Expired],
            (Self::Processing, Actor::Client) => &[Self::Completed, Self::Cancelled],
            _ => &[],
        }
    }

    /// Returns the statuses from which `actor` may move an order to this status.
    pub fn source_statuses(self, actor: Actor) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |from| from.target_statuses(actor).contains(&self))
    }

    /// Lists the names of all statuses for a message: `PENDING, PROCESSING, …`.
    pub fn list_names() -> String {
        Self::ALL.map(Self::as_str).join(", ")
    }
}

impl fmt::Display for OrderStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Actor::*;
    use super::OrderStatus::*;
    use super::*;

    #[test]
    fn transitions() {
        let table = [
            (Client, Pending, vec![Processing, Cancelled]),
            (Client, Processing, vec![Completed, Cancelled]),
            (Client, Completed, vec![]),
            (Client, Cancelled, vec![]),
            (Client, Expired, vec![]),
            (Schedule, Pending, vec![Expired]),
            (Schedule, Processing, vec![]),
            (Schedule, Completed, vec![]),
            (Schedule, Cancelled, vec![]),
            (Schedule, Expired, vec![]),
        ];
        for (actor, from, allowed) in table {
            assert_eq!(from.target_statuses(actor), allowed, "{actor:?} from {from}");
        }
    }

    #[test]
    fn source_statuses_are_the_reverse_of_target_statuses() {
        let sources = |to: OrderStatus, actor| to.source_statuses(actor).collect::<Vec<_>>();
        assert_eq!(sources(Cancelled, Client), [Pending, Processing]);
        assert_eq!(sources(Completed, Client), [Processing]);
        assert_eq!(sources(Pending, Client), []);
        assert_eq!(sources(Expired, Client), []);
        assert_eq!(sources(Expired, Schedule), [Pending]);
    }

    #[test]
    fn names_are_read_in_any_letter_case() {
        assert_eq!(OrderStatus::parse(" processing\n"), Some(Processing));
        assert_eq!(OrderStatus::parse("Cancelled"), Some(Cancelled));
        assert_eq!(OrderStatus::parse("canceled"), None);
        assert_eq!(OrderStatus::parse(""), None);
    }
}
