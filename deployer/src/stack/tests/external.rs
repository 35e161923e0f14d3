//! `[external]`: things that others manage.

use super::cases;

const FUNCTION: &str = "name = \"shop\"\n[table.carts]\npartition_key = \"id\"\n[function.api]\npackage = \"p\"\n";

#[test]
fn things_of_others() {
    cases(
        |lines| format!("{FUNCTION}[external]\n{lines}"),
        &[
            ("", "accepted"),
            (
                "table.orders = { name = \"Orders\", partition_key = \"id\", sort_key = { name = \"n\", type = \"N\" } }\n\
                 function.mail.name = \"mailer\"\nsecret.key.name = \"mail/key\"",
                "accepted",
            ),
            ("table.orders = {}", "`orders` has no `name`"),
            ("table.orders.name = \"a b\"", "\"a b\" is not a table name: ' ' is not allowed"),
            ("table.\"a b\".name = \"Orders\"", "\"a b\" is not an id: ' ' is not allowed"),
            ("bucket.files.name = \"files\"", "unknown key `bucket`"),
            ("table.carts.name = \"Carts\"", "`carts` is a table of this file and of others"),
            ("table.other.name = \"shop-dev-carts\"", "the table \"shop-dev-carts\" is this stack's own"),
        ],
    );
}

#[test]
fn they_are_used_by_their_ids() {
    cases(
        |lines| {
            format!("{FUNCTION}{lines}\n[external]\ntable.orders.name = \"Orders\"\nsecret.key.name = \"mail/key\"\n")
        },
        &[
            ("tables.orders = \"read\"", "accepted"),
            ("tables.orders.index.by_day = [\"Query\"]", "accepted"),
            ("tables.order = \"read\"", "unknown table `order`"),
            ("environment.AA = \"${external.table.orders.name} ${external.secret.key.arn}\"", "accepted"),
            (
                "environment.AA = \"${external.table.order.name}\"",
                "`${external.table.order.name}` refers to an unknown table",
            ),
            (
                "environment.AA = \"${external.bucket.files.name}\"",
                "`${external.bucket.files.name}` refers to an unknown sort",
            ),
            (
                "environment.AA = \"${external.table.orders.size}\"",
                "`${external.table.orders.size}` refers to an unknown attribute",
            ),
            (
                "environment.AA = \"${external.orders.name} ${external.table}\"",
                "`${external.orders.name}` does not say which of `external`\n`${external.table}` does not say which of `external`",
            ),
            ("environment.AA = \"${table.x.carts.name}\"", "`${table.x.carts.name}` refers to an unknown block"),
        ],
    );
}
