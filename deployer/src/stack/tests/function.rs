//! Rules of `[function.X]`.

use super::{SMALL, cases, check};

#[test]
fn values() {
    let function = |lines: &str| format!("name = \"shop\"\n[function.api]\npackage = \"function\"\n{lines}");
    let long = format!("environment = {{ AA = {:?} }}", "x".repeat(4094));
    let longer = format!("environment = {{ AA = {:?} }}", "x".repeat(4095));
    cases(
        function,
        &[
            ("", "accepted"),
            ("name = \"my_function-1\"", "accepted"),
            ("name = \"my.function\"", "\"my.function\" is not a function name: '.' is not allowed"),
            ("memory = 128", "accepted"),
            ("memory = 127", "`memory` must be 128 to 10240 MB, is 127"),
            ("memory = 10240", "accepted"),
            ("memory = 10241", "`memory` must be 128 to 10240 MB, is 10241"),
            ("memory = -9223372036854775809", "`memory` must be 128 to 10240 MB, is -9223372036854775809"),
            ("memory = \"256\"", "expected an integer for `memory`, found the string \"256\""),
            ("memory = 256.0", "expected an integer for `memory`, found the number 256.0"),
            ("memory = nan", "expected an integer for `memory`, found the number NaN"),
            ("timeout = 0", "`timeout` must be 1 to 900 seconds, is 0"),
            ("timeout = 901", "`timeout` must be 1 to 900 seconds, is 901"),
            ("ephemeral_storage = 511", "`ephemeral_storage` must be 512 to 10240 MB, is 511"),
            ("ephemeral_storage = 10241", "`ephemeral_storage` must be 512 to 10240 MB, is 10241"),
            ("reserved_concurrency = 0", "accepted"),
            ("reserved_concurrency = -1", "`reserved_concurrency` must be 0 to 2147483647, is -1"),
            ("log_retention_days = 0", "accepted"),
            ("log_retention_days = 3653", "accepted"),
            ("log_retention_days = 45", "`log_retention_days` may not be 45"),
            ("architecture = \"arm64\"", "accepted"),
            ("architecture = \"ARM64\"", "`architecture` may not be \"ARM64\""),
            ("tracing = \"on\"", "expected true or false for `tracing`, found the string \"on\""),
            ("features = [\"a\", \"dep/b\"]", "accepted"),
            ("features = \"a\"", "expected a list for `features`, found the string \"a\""),
            ("features = [1]", "expected a string for `features`, found the integer 1"),
            ("environment = { A = \"\" }", "\"A\" is not a variable that can be set: it has 1 character"),
            (
                "environment = { _AB = \"\" }",
                "\"_AB\" is not a variable that can be set: it starts with '_', not with a letter",
            ),
            ("environment = { A-B = \"\" }", "\"A-B\" is not a variable that can be set: '-' is not allowed"),
            (
                "environment = { AWS_REGION = \"\" }",
                "\"AWS_REGION\" is not a variable that can be set: Lambda sets it itself, take another name",
            ),
            (
                "environment = { _HANDLER = \"\" }",
                "\"_HANDLER\" is not a variable that can be set: Lambda sets it itself, take another name",
            ),
            ("environment = { AWS_LAMBDA_HTTP_IGNORE_STAGE_IN_PATH = \"true\" }", "accepted"),
            ("environment = { AA = 1 }", "expected a string or a table for `AA`, found the integer 1"),
            ("environment.AA = { secret = true, from = \"env:AA\" }", "accepted"),
            ("environment.AA = { secret = true, from = \"ssm:/${stack.name}/${stack.stage}/a\" }", "accepted"),
            ("environment.AA = { secret = true, from = \"secretsmanager:a/b#c\" }", "accepted"),
            ("environment.AA = { secret = true }", "`AA` has no `from`"),
            ("environment.AA = { from = \"env:AA\" }", "`AA` has no `secret`"),
            ("environment.AA = { secret = false, from = \"env:AA\" }", "`secret` of `AA` may not be false"),
            (
                "environment.AA = { secret = true, from = \"hunter2\" }",
                "`from` of `AA` does not say where the secret comes from: it says neither env:, ssm: nor secretsmanager:",
            ),
            (
                "environment.AA = { secret = true, from = \"ssm:/${stack.region}\" }",
                "`from` of `AA` does not say where the secret comes from: '$' is not allowed in the name of an SSM parameter",
            ),
            // What may be the secret itself is not quoted.
            ("environment.AA = { secret = true, value = \"hunter2\", from = \"env:AA\" }", "unknown key `value`"),
            (
                "environment.AA = { secret = \"hunter2\", from = \"env:AA\" }",
                "expected true or false for `secret`, found the string \"…\"",
            ),
            (&long, "accepted"),
            (&longer, "the environment of `api` has 4097 bytes"),
            ("artifact = \"x.zip\"", "`api` has both `package` and `artifact`"),
            ("runtime = \"rust\"", "unknown key `runtime`"),
        ],
    );
}

#[test]
fn code() {
    let function = |lines: &str| format!("name = \"shop\"\n[function.api]\n{lines}");
    cases(
        function,
        &[
            ("artifact = \"target/bootstrap\"", "accepted"),
            ("package = \"a\"\nbin = \"b\"\nprofile = \"release\"\nfeatures = [\"x\"]", "accepted"),
            ("", "`api` has neither `package` nor `artifact`"),
            (
                "artifact = \"a.zip\"\nbin = \"b\"\nprofile = \"release\"\nfeatures = []",
                "`bin` has no meaning with `artifact`\n`profile` has no meaning with `artifact`\n`features` has no meaning with `artifact`",
            ),
            ("artifact = \"\"", "\"\" is not a path: it is empty"),
            ("package = \"a b\"", "\"a b\" is not a name that Cargo knows: ' ' is not allowed"),
        ],
    );
}

#[test]
fn tables() {
    let index = "[table.orders.index.by_day]\npartition_key = \"day\"\n";
    let access = |access: &str| format!("{SMALL}{index}[function.job]\npackage = \"function\"\n{access}");
    cases(
        access,
        &[
            ("tables.orders = \"read\"", "accepted"),
            ("tables.orders = [\"GetItem\", \"Scan\"]", "accepted"),
            ("tables.order = \"read\"", "unknown table `order`"),
            ("tables.orders = \"readwrite\"", "`orders` may not be \"readwrite\""),
            ("tables.orders = \"Read\"", "`orders` may not be \"Read\""),
            ("tables.orders = [\"getItem\"]", "`orders` may not be \"getItem\""),
            ("tables.orders = [\"dynamodb:GetItem\"]", "`orders` may not be \"dynamodb:GetItem\""),
            ("tables.orders = [\"DeleteTable\"]", "`orders` may not be \"DeleteTable\""),
            ("tables.orders = [\"*\"]", "`orders` may not be \"*\""),
            ("tables.orders = []", "`orders` is empty"),
            ("tables.orders = [\"Query\", \"Query\"]", "\"Query\" is in `orders` twice"),
            ("tables.orders = { actions = [\"UpdateItem\"], index.by_day = [\"Query\"] }", "accepted"),
            ("tables.orders.actions = [\"GetItem\"]", "accepted"),
            ("tables.orders.index.by_day = [\"Query\"]", "accepted"),
            ("tables.orders = {}", "access to `orders` is empty"),
            ("tables.orders.index = {}", "`index` is empty"),
            ("tables.orders.index.by_day = []", "`by_day` is empty"),
            ("tables.orders.actions = \"read\"", "expected a list for `actions`, found the string \"read\""),
            ("tables.orders.actions = [\"*\"]", "`actions` may not be \"*\""),
            ("tables.orders.index.by_dey = [\"Query\"]", "unknown index `by_dey` of table `orders`"),
            ("tables.orders.index.by_day = [\"GetItem\"]", "`by_day` may not be \"GetItem\""),
            ("tables.orders.indexes.by_day = [\"Query\"]", "unknown key `indexes`"),
            ("tables.orders = 1", "expected a string or a list or a table for `orders`, found the integer 1"),
            ("tables = [\"orders\"]", "expected a table for `tables`, found a list"),
        ],
    );
}

#[test]
fn names() {
    let file = |text: &str| format!("name = \"shop\"\n{text}");
    let long = format!("[function.{}]\npackage = \"p\"", "f".repeat(60));
    let made = format!("the name made for `{}` is not a function name", "f".repeat(60));
    cases(
        file,
        &[
            (&long, &made),
            (
                "function.a = { package = \"p\", name = \"Fn\" }\nfunction.b = { package = \"p\", name = \"Fn\" }",
                "`a` and `b` have the same name",
            ),
            (
                "function.a = { package = \"p\", name = \"Fn\" }\nfunction.b = { package = \"p\", name = \"fn\" }",
                "the names of `a` and `b` differ in letter case only",
            ),
        ],
    );
}

#[test]
fn warns_of_functions_that_outlive_their_callers() -> Result<(), super::InvalidStack> {
    let slow = SMALL.replace("package", "timeout = 30\npackage");
    let warnings = check(&slow)?.warnings;
    let shown: Vec<_> = warnings.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(shown.join("\n"), @r"deployer.toml:8:11: `api` may run for 30 seconds, its callers wait at most 29; API Gateway answers 504 after 29 seconds, while the function runs on");
    assert!(check(SMALL)?.warnings.is_empty());
    Ok(())
}
