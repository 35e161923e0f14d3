//! Rules of `[table.X]`.

use super::cases;

#[test]
fn values() {
    let table = |lines: &str| format!("name = \"shop\"\n[table.orders]\npartition_key = \"id\"\n{lines}");
    cases(
        table,
        &[
            ("", "accepted"),
            ("name = \"Or.de_rs-1\"", "accepted"),
            ("name = \"Or\"", "\"Or\" is not a table name: it has 2 characters"),
            ("name = \"Or ders\"", "\"Or ders\" is not a table name: ' ' is not allowed"),
            ("name = \"Orders-${stack.stage}\"", "\"Orders-${stack.stage}\" is not a table name: '$' is not allowed"),
            ("sort_key = { name = \"at\", type = \"N\" }", "accepted"),
            ("sort_key = { name = \"at\", type = \"n\" }", "`type` may not be \"n\""),
            ("sort_key = { name = \"at\", type = \"BOOL\" }", "`type` may not be \"BOOL\""),
            ("sort_key = { type = \"S\" }", "`sort_key` has no `name`"),
            ("sort_key = 1", "expected a string or a table for `sort_key`, found the integer 1"),
            ("sort_key = \"\"", "\"\" is not an attribute name: it is empty"),
            ("sort_key = \"id\"", "\"id\" is both the partition key and the sort key"),
            ("billing_mode = \"pay_per_request\"", "`billing_mode` may not be \"pay_per_request\""),
            ("billing_mode = \"ON_DEMAND\"", "`billing_mode` may not be \"ON_DEMAND\""),
            ("billing_mode = \"PROVISIONED\"\nread_capacity = 1\nwrite_capacity = 40000", "accepted"),
            (
                "billing_mode = \"PROVISIONED\"",
                "`orders` is PROVISIONED and has no `read_capacity`\n`orders` is PROVISIONED and has no `write_capacity`",
            ),
            (
                "billing_mode = \"PROVISIONED\"\nread_capacity = 0\nwrite_capacity = 40001",
                "`read_capacity` must be 1 to 40000 units, is 0\n`write_capacity` must be 1 to 40000 units, is 40001",
            ),
            ("read_capacity = 5", "`read_capacity` has no meaning with PAY_PER_REQUEST"),
            (
                "index.by_a = { partition_key = \"a\", write_capacity = 5 }",
                "`write_capacity` has no meaning with PAY_PER_REQUEST",
            ),
            (
                "read_capacity = 1.0",
                "`read_capacity` has no meaning with PAY_PER_REQUEST\nexpected an integer for `read_capacity`, found the number 1.0",
            ),
            ("ttl_attribute = \"expires\"", "accepted"),
            ("ttl_attribute = \"id\"", "`ttl_attribute` \"id\" is a key of the table"),
            (
                "point_in_time_recovery = \"yes\"",
                "expected true or false for `point_in_time_recovery`, found the string \"yes\"",
            ),
            ("deletion_protection = 1", "expected true or false for `deletion_protection`, found the integer 1"),
            ("protected = \"yes\"", "expected true or false for `protected`, found the string \"yes\""),
            (
                "protected = true\ndeletion_protection = true",
                "`orders` has both `protected` and `deletion_protection`, which mean the same",
            ),
            ("encryption = \"AWS_MANAGED\"", "accepted"),
            ("encryption = \"arn:aws:kms:ap-south-1:123456789012:key/1234abcd-12ab\"", "accepted"),
            ("encryption = \"arn:aws-cn:kms:cn-north-1:123456789012:key/mrk-1\"", "accepted"),
            (
                "encryption = \"arn:aws:kms:ap-south-1:123456789012:alias/mine\"",
                "\"arn:aws:kms:ap-south-1:123456789012:alias/mine\" is not an encryption setting: it is the ARN of an alias: use the one of the key",
            ),
            (
                "encryption = \"arn:aws:s3:::bucket\"",
                "\"arn:aws:s3:::bucket\" is not an encryption setting: it is not the ARN of a KMS key",
            ),
            ("encryption = \"KMS\"", "\"KMS\" is not an encryption setting: it is neither of the two words nor an ARN"),
            ("table_class = \"STANDARD_IA\"", "`table_class` may not be \"STANDARD_IA\""),
            ("stream = \"NEW_IMAGE\"", "accepted"),
            ("stream = true", "expected a string or false for `stream`, found the boolean true"),
            ("hash_key = \"id\"", "unknown key `hash_key`"),
        ],
    );
}

#[test]
fn names() {
    let file = |text: &str| format!("name = \"shop\"\n{text}");
    let long = format!("[table.{}]\npartition_key = \"k\"", "t".repeat(64));
    cases(
        file,
        &[
            (&long, "accepted"),
            ("[table.a]\n", "`a` has no `partition_key`"),
            (
                "[table.a]\npartition_key = \"k\"\nname = \"Same\"\n[table.b]\npartition_key = \"k\"\nname = \"Same\"",
                "`a` and `b` have the same name",
            ),
            (
                "[table.a]\npartition_key = \"k\"\n[table.b]\npartition_key = \"k\"\nname = \"shop-dev-a\"",
                "`a` and `b` have the same name",
            ),
        ],
    );
}

#[test]
fn indexes() {
    let table = |lines: &str| format!("name = \"shop\"\n[table.orders]\npartition_key = \"id\"\n{lines}");
    let many: String = (0..21).map(|n| format!("index.by{n:02}.partition_key = \"a{n}\"\n")).collect();
    let local: String = (0..6).map(|n| format!("local_index.by{n}.sort_key = \"a{n}\"\n")).collect();
    let projected = |index: usize| {
        let names: Vec<_> = (0..20).map(|n| format!("\"p{n}\"")).collect();
        format!("index.by{index}0 = {{ partition_key = \"k\", projection = [{}] }}\n", names.join(", "))
    };
    let hundred: String = (0..5).map(projected).collect();
    let one_more = format!("{hundred}index.more = {{ partition_key = \"k\", projection = [\"x\"] }}\n");
    cases(
        table,
        &[
            (
                "index.by_status = { partition_key = \"status\", sort_key = \"at\", projection = [\"item\"] }",
                "accepted",
            ),
            ("index.by_status = { partition_key = \"status\", projection = \"KEYS_ONLY\" }", "accepted"),
            (
                "index.by_status = { partition_key = \"status\", projection = \"keys_only\" }",
                "`projection` may not be \"keys_only\"",
            ),
            ("index.by_status = { partition_key = \"status\", projection = [] }", "`projection` is empty"),
            (
                "index.by_status = { partition_key = \"status\", projection = [\"status\", \"id\", \"x\"] }",
                "\"status\" is a key and in every projection anyway\n\"id\" is a key and in every projection anyway",
            ),
            (
                "index.by_status = { partition_key = \"status\", projection = [\"x\", \"x\"] }",
                "\"x\" is in `projection` twice",
            ),
            ("index.by_status = { sort_key = \"status\" }", "`by_status` has no `partition_key`"),
            ("index.by = { partition_key = \"status\" }", "\"by\" is not an index name: it has 2 characters"),
            (
                "index.\"by status\" = { partition_key = \"status\" }",
                "\"by status\" is not an index name: ' ' is not allowed",
            ),
            (
                "index.by_id = { partition_key = { name = \"id\", type = \"N\" } }",
                "key attribute \"id\" has the type S and the type N",
            ),
            (
                "index.one = { partition_key = \"a\" }\nindex.two = { partition_key = { name = \"a\", type = \"B\" } }",
                "key attribute \"a\" has the type S and the type B",
            ),
            (
                "index.one = { partition_key = \"a\", sort_key = \"a\" }",
                "\"a\" is both the partition key and the sort key",
            ),
            (&many, "`index` has 21 entries"),
            (&hundred, "accepted"),
            (&one_more, "the indexes of `orders` project more than 100 attributes"),
            ("local_index.by_at.sort_key = \"at\"", "local index \"by_at\" on a table without `sort_key`"),
            ("sort_key = \"n\"\nlocal_index.by_at.sort_key = \"at\"", "accepted"),
            (
                "sort_key = \"n\"\nlocal_index.by_at.sort_key = \"id\"",
                "\"id\" is both the partition key and the sort key",
            ),
            (
                "sort_key = \"n\"\nlocal_index.same.sort_key = \"at\"\nindex.same.partition_key = \"at\"",
                "two indexes of `orders` are called \"same\"",
            ),
            (&format!("sort_key = \"n\"\n{local}"), "`local_index` has 6 entries"),
            (
                "local_index.by_at.partition_key = \"at\"",
                "`by_at` has no `sort_key`\nlocal index \"by_at\" on a table without `sort_key`\nunknown key `partition_key`",
            ),
        ],
    );
}
