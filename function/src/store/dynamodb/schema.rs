//! The schema of the table and its index, and the reason why the index is sharded.
//!
//! | | Name | Key | |
//! |---|---|---|---|
//! | table | `TABLE_NAME` | `order_id` (S) | orders, and idempotency records under `idempotency#<hash>` |
//! | index | `STATUS_INDEX` | `status_shard` (S), `created_key` (S) | projection ALL; orders only |
//! | TTL | | `expires_at` | seconds since the epoch; idempotency records only |
//!
//! An idempotency record has no `status_shard`, so it is not in the index, and its key is not a UUID, so no order id is the
//! key of a record.
//!
//! # How many shards
//!
//! DynamoDB carries 1,000 write units a second on one partition key of an index, and when an index cannot keep up the
//! *table* is throttled. Adaptive capacity does not help here: it splits a hot key by its sort key, and ours is the time,
//! so all writes are at the end of the range. With one key per status, PENDING would be that one hot key, for every
//! order enters it.
//!
//! An entry of up to 1 KiB is one write unit (a typical order has 0.4 KiB; the largest that the rules let in, four-byte
//! characters throughout, has under 3 KiB and takes three). An order costs its PENDING shard two writes: one when it
//! enters, one when it leaves. So `n` shards carry `n × 1000 / 2` orders a second for as long as it lasts:
//!
//! | shards | orders placed and processed per second | the same, largest orders | queries a page: one status / all |
//! |---|---|---|---|
//! | 1 | 500 | 166 | 1 / 5 |
//! | **4** | **2,000** | **666** | **4 / 20** |
//! | 16 | 8,000 | 2,666 | 16 / 80 |
//!
//! Four is 170 million orders a day, and a page of one status stays four small queries in parallel. The account's other
//! limits (10,000 requests a second at the gateway) are of the same size. [`SHARDS`] is a constant and not
//! configuration, because both functions must agree on it. It may be raised in a new version: readers then look at more
//! partitions, and an order moves to its new shard when it changes next. It must not be lowered while orders are in the
//! shards that would go.

use crate::orders::{OrderId, OrderStatus};

/// The partition key of the table.
pub const ORDER_ID: &str = "order_id";

/// The partition key of the status index: `PENDING#0` and so on.
pub const STATUS_SHARD: &str = "status_shard";

/// The sort key of the status index, a [`ListPosition`](crate::orders::ListPosition).
pub const CREATED_KEY: &str = "created_key";

/// The attribute by which a lost answer is recognised: each write of an order sets it to another text.
pub const WRITE_MARK: &str = "write_mark";

/// The TTL attribute.
pub const EXPIRES_AT: &str = "expires_at";

/// The number of partition keys of the index that one status is spread over.
pub const SHARDS: u8 = 4;

/// Returns the shard of an order. It depends on the id alone, so it is stored nowhere and never changes.
pub fn shard(id: OrderId) -> u8 {
    // The last byte of a random UUID is random. (In other versions of UUIDs the first bytes are not.)
    id.as_bytes()[15] % SHARDS
}

/// Returns the partition key of the index for a status and a shard.
pub fn partition(status: OrderStatus, shard: u8) -> String {
    format!("{status}#{shard}")
}

/// Returns all partition keys of the index for some statuses.
pub fn partitions(statuses: &[OrderStatus]) -> impl Iterator<Item = String> {
    statuses.iter().flat_map(|&status| (0..SHARDS).map(move |shard| partition(status, shard)))
}

/// The start of the partition key of an idempotency record.
pub const RECORD_PREFIX: &str = "idempotency#";

/// Returns the partition key of an idempotency record, by the hash of the idempotency key.
pub fn record_key(hash: &str) -> String {
    format!("{RECORD_PREFIX}{hash}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_spread_evenly() {
        let mut counts = [0_u32; SHARDS as usize];
        for _ in 0..4_000 {
            counts[usize::from(shard(OrderId::random()))] += 1;
        }
        assert!(counts.iter().all(|&count| (800..1_200).contains(&count)), "{counts:?}");
    }

    #[test]
    fn the_key_of_a_record_is_not_an_order_id() {
        assert!(record_key(&"0".repeat(64)).parse::<OrderId>().is_err());
    }
}
