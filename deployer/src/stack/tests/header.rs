//! The keys at the top of the file, tags, and references.

use super::cases;

#[test]
fn top_of_the_file() {
    cases(
        str::to_owned,
        &[
            ("name = \"shop\"", "accepted"),
            ("", "`name` is missing"),
            ("name = \"\"", "\"\" is not a stack name: it is empty"),
            ("name = \"Shop\"", "\"Shop\" is not a stack name: 'S' is not allowed"),
            ("name = \"2shop\"", "\"2shop\" is not a stack name: it starts with '2', not with a letter"),
            ("name = \"my shop\"", "\"my shop\" is not a stack name: ' ' is not allowed"),
            ("name = 1979-05-27", "expected a string for `name`, found the date or time 1979-05-27"),
            ("name = \"s\"\nregin = 1", "unknown key `regin`"),
            (
                "name = \"s\"\nregion = \"ap-south1\"",
                "\"ap-south1\" is not a region: did you mean ap-south-1 (Mumbai)?",
            ),
            ("name = \"s\"\nregion = \"us-gov-west-1\"", "accepted"),
            ("name = \"s\"\naccount = 123456789012", "expected a string for `account`, found the integer 123456789012"),
            ("name = \"s\"\naccount = \"12345678901\"", "\"12345678901\" is not an account id: it has 11 characters"),
            ("name = \"s\"\naccount = \"12345678901x\"", "\"12345678901x\" is not an account id: 'x' is not allowed"),
            ("name = \"s\"\ntable = 1", "expected blocks in `table`, found the integer 1"),
            ("name = \"s\"\n[[table]]", "expected blocks in `table`, found a list"),
            ("name = \"s\"\ntable.a = \"x\"", "expected a table for `a`, found the string \"x\""),
            ("name = \"s\"\napi = []", "expected a table for `api`, found a list"),
            ("name = \"s\"\nstage = \"dev\"", "expected stages in `stage`, found the string \"dev\""),
            (
                "name = \"s\"\n[table.\"a b\"]\npartition_key = \"k\"\nname = \"abc\"",
                "\"a b\" is not an id: ' ' is not allowed",
            ),
        ],
    );
}

#[test]
fn tags() {
    let name = |text: &str| format!("name = \"s\"\n{text}");
    let many: String = (0..41).map(|n| format!("t{n} = \"\"\n")).collect();
    let own: String = (0..21).map(|n| format!("o{n} = \"\"\n")).collect();
    let both =
        format!("[tags]\n{}[table.a]\npartition_key = \"k\"\n[table.a.tags]\n{own}", many.split_at(many.len() / 2).0);
    cases(
        name,
        &[
            ("tags = { a = \"\", \"b.c:d/e=f+g-h\" = \"1_2\" }", "accepted"),
            (
                "tags = { \"aws:x\" = \"\" }",
                "\"aws:x\" is not a tag key that API Gateway accepts: `aws:` is reserved for AWS",
            ),
            (
                "tags = { \"AWS:x\" = \"\" }",
                "\"AWS:x\" is not a tag key that API Gateway accepts: `aws:` is reserved for AWS",
            ),
            (
                "tags = { \"deployer:stack\" = \"x\" }",
                "\"deployer:stack\" is not a tag key that API Gateway accepts: `deployer:` is reserved for deployer",
            ),
            ("tags = { \"a b\" = \"\" }", "\"a b\" is not a tag key that API Gateway accepts: ' ' is not allowed"),
            ("tags = { a = \"b c\" }", "\"b c\" is not a tag value that API Gateway accepts: ' ' is not allowed"),
            ("tags = { \"\" = \"\" }", "\"\" is not a tag key that API Gateway accepts: it is empty"),
            ("tags = { a = 1 }", "expected a string for `a`, found the integer 1"),
            ("tags = { Team = \"\", team = \"\" }", "tag keys \"Team\" and \"team\" differ in letter case only"),
            ("tags = { a = \"\" }\nignore_tags = [\"b*\", \"c\"]", "accepted"),
            ("tags = { ab = \"\" }\nignore_tags = [\"a*\"]", "the pattern \"a*\" also covers the stack's own tag `ab`"),
            ("ignore_tags = [\"a*b\"]", "\"a*b\" is not a pattern of tag keys: '*' is not allowed"),
            ("ignore_tags = \"a*\"", "expected a list for `ignore_tags`, found the string \"a*\""),
            ("ignore_tags = [\"a\", \"a\"]", "\"a\" is in `ignore_tags` twice"),
            (
                &format!("[tags]\n{many}"),
                "`tags` has 41 entries\nmore than 40 tags for one resource, the stack's included",
            ),
            (&both, "more than 40 tags for one resource, the stack's included"),
            ("[table.a]\npartition_key = \"k\"\ntags = { \"a b\" = \"c @ d\", \"é\" = \"ü\" }", "accepted"),
            (
                "[table.a]\npartition_key = \"k\"\ntags = { \"a,b\" = \"\" }",
                "\"a,b\" is not a tag key: ',' is not allowed",
            ),
            (
                "tags = { a = \"\" }\n[table.a]\npartition_key = \"k\"\ntags = { A = \"\" }",
                "tag keys \"a\" and \"A\" differ in letter case only",
            ),
        ],
    );
}

#[test]
fn references() {
    let value = |value: &str| {
        format!(
            "name = \"s\"\n[table.orders]\npartition_key = \"k\"\n[function.api]\npackage = \"p\"\nenvironment.V_1 = {value:?}\n"
        )
    };
    cases(
        value,
        &[
            ("plain $5 and $${table.nothing.name}", "accepted"),
            ("${table.orders.name} ${table.orders.arn} ${function.api.arn}", "accepted"),
            ("${stack.name}-${stack.stage}-${stack.region}-${stack.account}", "accepted"),
            ("${table.order.name}", "`${table.order.name}` refers to an unknown table"),
            ("${table.orders.nam}", "`${table.orders.nam}` refers to an unknown attribute"),
            ("${tabel.orders.name}", "`${tabel.orders.name}` refers to an unknown section"),
            ("${stack.stages}", "`${stack.stages}` refers to an unknown attribute of the stack"),
            ("${stack.x.name}", "`${stack.x.name}` refers to an unknown attribute of the stack"),
            ("${table.name}", "`${table.name}` does not say which table"),
            ("${api.name}", "`${api.name}` refers to an unknown section"),
            ("${api.main.name}", "`${api.main.name}` refers to an unknown section"),
            ("${table.orders.name", "\"${table.orders.name\" is not a reference"),
            (
                "${} ${a} ${a.b.c.d.e}",
                "\"${}\" is not a reference\n\"${a}\" is not a reference\n\"${a.b.c.d.e}\" is not a reference",
            ),
        ],
    );
}
