//! What becomes of resources, and what is refused.

use super::{SHIPPED, TABLE, compared, configuration, fixture, former_of, parse};
use crate::import::compare::{TakeoverOutcome, compare};
use crate::import::{DescriptionSetting, describe};
use std::fs;

/// What cannot be adopted without harm is refused, with a way out.
#[test]
fn refusals() {
    let state = fs::read_to_string(fixture("former.tfstate")).unwrap();
    for (from, to, words) in [
        (
            "\"hash_key\": \"order_id\",\n            \"id\": \"Orders\"",
            "\"hash_key\": \"placed\",\n            \"id\": \"Orders\"",
            "keys cannot be changed",
        ),
        ("\"package_type\": \"Zip\"", "\"package_type\": \"Image\"", "is a container image"),
        ("\"vpc_config\": []", "\"vpc_config\": [{\"subnet_ids\": [\"subnet-1\"]}]", "is in a VPC"),
        (
            "\"name\": \"order-lambda-role\",",
            "\"name\": \"order-handler\",",
            "has the name that the new role of function.api needs",
        ),
        ("\"authorization\": \"NONE\"", "\"authorization\": \"COGNITO_USER_POOLS\"", "would change who gets in"),
        ("\"EDGE\"", "\"PRIVATE\"", "has the endpoint type PRIVATE"),
    ] {
        assert!(state.contains(from), "{from}");
        let former = former_of(&state.replace(from, to));
        let refusals = compare(&former, &parse(SHIPPED)).refusals;
        let found = refusals.iter().find(|error| error.message.contains(words));
        assert!(found.is_some_and(|error| !error.hints.is_empty()), "{words}: {refusals:?}");
    }
    // Guarded alike is no refusal but a line.
    let former = former_of(&state.replace("\"authorization\": \"NONE\"", "\"authorization\": \"AWS_IAM\""));
    let comparison = compare(&former, &parse(SHIPPED));
    assert!(comparison.refusals.is_empty(), "{:?}", comparison.refusals);
    assert!(comparison.settings.iter().any(|setting| setting.to_string() == "api.auth = \"iam\""));
}

/// Methods guarded differently are described each with its guard, whether the description is new or exists; what that would open is refused.
#[test]
fn methods_with_guards_of_their_own() {
    let main = fs::read_to_string(fixture("configuration/main.tf")).unwrap();
    let patch = "http_method   = \"PATCH\"\n  authorization = ";
    assert!(main.contains(&format!("{patch}\"NONE\"")));
    let guarded = |guard: &str| configuration(&main.replace(&format!("{patch}\"NONE\""), &format!("{patch}{guard}")));
    let routes = |lines: &str| {
        format!(
            "name = \"orders\"\nregion = \"eu-central-1\"\ndefault_stage = \"live\"\n[function.api]\npackage = \"p\"\nname = \"order-handler\"\n\
             [api]\nname = \"order-api\"\n[api.routes]\n{lines}"
        )
    };
    let both = "\"GET /orders\" = \"api\"\n\"PATCH /orders/{order_id}\" = \"api\"\n";
    let own = |auth: &str| {
        format!(
            "\"GET /orders\" = \"api\"\n\"PATCH /orders/{{order_id}}\" = {{ function = \"api\", auth = \"{auth}\" }}\n"
        )
    };
    for (guard, lines, expected) in [
        ("\"AWS_IAM\"", both, "api.routes.\"PATCH /orders/{order_id}\" = { function = \"api\", auth = \"iam\" }"),
        (
            "\"NONE\"\n  api_key_required = true",
            both,
            "api.routes.\"PATCH /orders/{order_id}\" = { function = \"api\", auth = \"api_key\" }",
        ),
        ("\"AWS_IAM\"", own("iam").as_str(), ""),
        (
            "\"AWS_IAM\"",
            own("none").as_str(),
            "api.routes.\"PATCH /orders/{order_id}\" = { function = \"api\", auth = \"iam\" }",
        ),
        (
            "\"AWS_IAM\"",
            own("api_key").as_str(),
            "refused: REST API order-api guards PATCH /orders/{order_id} by AWS_IAM; `auth = \"api_key\"` would change who gets in",
        ),
        (
            "\"CUSTOM\"",
            both,
            "refused: REST API order-api guards PATCH /orders/{order_id} by CUSTOM authorization; `auth = \"none\"` would change who gets in",
        ),
        // Requests of a described route that another method took have that method's guard; one that ends opens nothing.
        (
            "\"AWS_IAM\"",
            "\"GET /orders\" = \"api\"\n\"ANY /{rest+}\" = \"api\"\n",
            "refused: REST API order-api guards ANY /{rest+} by nothing and AWS_IAM; `auth = \"none\"` would change who gets in",
        ),
        ("\"AWS_IAM\"", "\"GET /orders\" = \"api\"\n", ""),
        ("\"CUSTOM\"", "\"GET /orders\" = \"api\"\n", ""),
    ] {
        let comparison = compare(&guarded(guard), &parse(&routes(lines)));
        let settings = comparison
            .settings
            .iter()
            .map(ToString::to_string)
            .filter(|setting| setting.starts_with("api.routes") || setting.starts_with("api.auth"));
        let refusals = comparison.refusals.iter().map(|error| format!("refused: {}", error.message));
        assert_eq!(settings.chain(refusals).collect::<Vec<_>>().join("\n"), expected, "{guard} {lines}");
    }
    let integration = "resource \"aws_api_gateway_integration\" \"health\" {\n  rest_api_id = aws_api_gateway_rest_api.orders.id\n  \
        resource_id = aws_api_gateway_resource.order.id\n  http_method = \"PATCH\"\n  type = \"AWS_PROXY\"\n  \
        uri = aws_lambda_function.handler.invoke_arn\n}\n";
    let main = main.replace(&format!("{patch}\"NONE\""), &format!("{patch}\"AWS_IAM\""));
    let source = configuration(&format!("{main}{integration}"));
    let described = describe(&source, "x").unwrap();
    assert!(described.contains("\"GET /orders\" = \"handler\"\n\"PATCH /orders/{order_id}\" = { "), "{described}");
    let after = compare(&source, &parse(&described));
    assert!(after.refusals.is_empty() && after.settings.is_empty(), "{:?} {:?}", after.refusals, after.settings);
}

/// An API whose methods are not in the file is not opened by a description that says nothing of guards.
#[test]
fn hidden_methods_are_not_opened() {
    let state = fs::read_to_string(fixture("former.tfstate")).unwrap();
    let unknown = "resource \"aws_api_gateway_rest_api\" \"a\" {\n  name = \"orders-prod-api\"\n}\nresource \"aws_api_gateway_method\" \"m\" {\n  for_each = var.routes\n}\n";
    for source in [
        former_of(&state.replace("\"binary_media_types\": []", "\"binary_media_types\": [], \"body\": \"{}\"")),
        configuration(unknown),
    ] {
        let refusals = compare(&source, &parse(SHIPPED)).refusals;
        assert!(refusals.iter().any(|error| error.message.contains("would let anybody in")), "{refusals:?}");
        let guarded = SHIPPED.replace("auth = \"none\"", "auth = \"iam\"");
        let refusals = compare(&source, &parse(&guarded)).refusals;
        assert!(!refusals.iter().any(|error| error.message.contains("would let anybody in")), "{refusals:?}");
    }
}

/// A permission of what stays is no leftover: without it the HTTP API or the rule could not call the function any more.
#[test]
fn permissions_of_what_stays_are_kept() {
    let common = r#"
resource "aws_lambda_function" "api" {
  function_name = "order-handler"
  role          = "arn:aws:iam::123456789012:role/r"
}
resource "aws_api_gateway_rest_api" "orders" {
  name = "order-api"
}
resource "aws_apigatewayv2_api" "http" {
  name = "http"
}
resource "aws_cloudwatch_event_rule" "uploads" {
  name          = "uploads"
  event_pattern = "{}"
}
"#;
    for (principal, source, is_replaced) in [
        ("apigateway", "source_arn = \"${aws_api_gateway_rest_api.orders.execution_arn}/*/*\"", true),
        ("apigateway", "source_arn = \"${aws_apigatewayv2_api.http.execution_arn}/*/*\"", false),
        ("apigateway", "source_arn = var.nowhere", false),
        ("apigateway", "", false),
        ("events", "source_arn = aws_cloudwatch_event_rule.uploads.arn", false),
        ("events", "", false),
    ] {
        let permission = format!(
            "resource \"aws_lambda_permission\" \"p\" {{\n  statement_id = \"Allow\"\n  function_name = aws_lambda_function.api.function_name\n  principal = \"{principal}.amazonaws.com\"\n  {source}\n}}\n"
        );
        let comparison = compared(&configuration(&format!("{common}{permission}")), SHIPPED);
        let row = comparison.resources.iter().find(|row| row.kind == "aws_lambda_permission").unwrap();
        assert_eq!(
            matches!(row.outcome, TakeoverOutcome::Replaced { .. }),
            is_replaced,
            "{principal} {source}: {row:?}"
        );
        let removes = comparison.leftovers.iter().any(|command| command.contains("remove-permission"));
        assert_eq!(removes, is_replaced, "{principal} {source}");
        assert!(!row.remarks.is_empty(), "{row:?}");
        let forgets = comparison.forget.iter().any(|command| command.contains("aws_lambda_permission"));
        assert_eq!(forgets, is_replaced, "{principal} {source}");
    }
}

/// A table whose keys or capacities are not known is left out, and the description is valid all the same.
#[test]
fn what_cannot_be_described_is_left_out() {
    for (from, to, why) in [
        ("hash_key = \"order_id\"", "hash_key = var.key", "its hash_key is not known from the file"),
        (
            "\"PAY_PER_REQUEST\"",
            "\"PROVISIONED\"\n  read_capacity = var.units\n  write_capacity = 5",
            "its read_capacity is not known",
        ),
        (
            "  attribute {\n    name = \"order_id\"\n    type = \"S\"\n  }\n",
            "  dynamic \"attribute\" {\n    for_each = local.x\n    content {\n    }\n  }\n",
            "its attribute is not known",
        ),
    ] {
        let arn = "${aws_dynamodb_table.orders.arn}";
        let uses = format!(
            "resource \"aws_iam_role_policy\" \"p\" {{\n  role = aws_iam_role.app.id\n  policy = <<EOT\n{{\"Statement\": {{\"Effect\": \"Allow\", \"Action\": \"dynamodb:PutItem\", \"Resource\": \"{arn}\"}}}}\nEOT\n}}\n"
        );
        for whole in [TABLE.to_owned(), with_role(&uses)] {
            let text = whole.replace(from, to);
            assert_ne!(text, whole);
            let description = describe(&configuration(&text), "x").unwrap();
            let told = format!("# aws_dynamodb_table.orders is not described: {why}");
            assert!(description.contains(&told), "{description}");
            // Nothing that is described refers to it.
            assert_eq!(parse(&description).all::<crate::kinds::TableBlock>().len(), 0);
        }
    }
    let unknown_mode = describe(&configuration(&TABLE.replace("\"PAY_PER_REQUEST\"", "var.mode")), "x").unwrap();
    assert!(unknown_mode.contains("# billing_mode = …"), "{unknown_mode}");
    assert_eq!(parse(&unknown_mode).all::<crate::kinds::TableBlock>().len(), 1);
    let unnamed = describe(&configuration(&TABLE.replace("\"Orders\"", "upper(var.x)")), "x").unwrap_err();
    assert!(unnamed.message.contains("names of the tables, functions and queues"), "{unnamed:?}");
}

/// A function with a role, and policies for it.
fn with_role(more: &str) -> String {
    format!(
        "{TABLE}resource \"aws_s3_bucket\" \"b\" {{\n  bucket = \"files\"\n}}\nresource \"aws_iam_role\" \"app\" {{\n  name = \"app\"\n}}\nresource \"aws_lambda_function\" \"api\" {{\n  function_name = \"order-handler\"\n  role = aws_iam_role.app.arn\n}}\n{more}"
    )
}

/// What a policy allows is taken over action by action, and what a description cannot say is lost only when that is accepted.
#[test]
fn rights_of_roles() {
    let policy = |statement: &str| {
        with_role(&format!(
            "resource \"aws_iam_role_policy\" \"p\" {{\n  name = \"p\"\n  role = aws_iam_role.app.id\n  policy = jsonencode({{ Statement = [{{ {statement} }}] }})\n}}\n"
        ))
    };
    for (statement, lines, lost) in [
        (
            "Effect = \"Allow\", Action = [\"dynamodb:GetItem\", \"dynamodb:Scan\"], Resource = aws_dynamodb_table.orders.arn",
            r#"tables.orders = ["GetItem", "Scan"]"#,
            "",
        ),
        (
            "Effect = \"Allow\", Action = [\"dynamodb:Scan\", \"dynamodb:GetItem\"], Resource = \"*\"",
            r#"tables.orders = ["GetItem", "Scan"]"#,
            "",
        ),
        (
            "Effect = \"Allow\", Action = \"dynamodb:Query\", Resource = \"${aws_dynamodb_table.orders.arn}/index/*\"",
            r#"tables.orders = ["Query"]"#,
            "",
        ),
        (
            "Effect = \"Allow\", Action = [\"ses:SendEmail\", \"logs:PutLogEvents\"], Resource = \"*\"",
            r#"actions = ["ses:SendEmail"] resources = ["*"]"#,
            "",
        ),
        (
            "Effect = \"Allow\", Action = \"dynamodb:*\", Resource = \"*\"",
            r#"actions = ["dynamodb:*"] resources = ["*"]"#,
            "",
        ),
        (
            "Effect = \"Allow\", Action = [\"dynamodb:GetItem\", \"dynamodb:UpdateTable\"], Resource = [aws_dynamodb_table.orders.arn, \"arn:aws:dynamodb:eu-west-1:123456789012:table/Others\"]",
            r#"tables.orders = ["GetItem"] actions = ["dynamodb:UpdateTable"] resources = ["${table.orders.arn}", "arn:aws:dynamodb:eu-west-1:123456789012:table/Others"] actions = ["dynamodb:GetItem"] resources = ["arn:aws:dynamodb:eu-west-1:123456789012:table/Others"]"#,
            "",
        ),
        (
            "Effect = \"Allow\", Action = \"dynamodb:GetItem\", Resource = aws_dynamodb_table.orders.arn, Condition = { Bool = { \"aws:SecureTransport\" = true } }",
            r#"actions = ["dynamodb:GetItem"] conditions = { Bool = { "aws:SecureTransport" = "true" } } resources = ["${table.orders.arn}"]"#,
            "",
        ),
        (
            "Effect = \"Allow\", Action = \"s3:GetObject\", Resource = \"${aws_s3_bucket.b.arn}/*\"",
            "",
            "s3:GetObject: the file does not tell the ARN that ${aws_s3_bucket.b.arn}/* stands for",
        ),
        (
            "Effect = \"Deny\", Action = \"*\", Resource = \"*\"",
            "# tables.orders = \"read_write\"",
            "it denies something",
        ),
        (
            "Effect = \"Allow\", NotAction = \"*\", Resource = \"*\"",
            "# tables.orders = \"read_write\"",
            "it says what is not allowed",
        ),
        (
            "Effect = \"Allow\", Action = var.actions, Resource = \"*\"",
            "# tables.orders = \"read_write\"",
            "what it allows is not known",
        ),
    ] {
        let source = configuration(&policy(statement));
        let text = describe(&source, "x").unwrap();
        let wanted = ["tables.orders", "# tables.orders", "actions", "resources", "conditions"];
        let told: Vec<_> = text.lines().filter(|line| wanted.iter().any(|key| line.starts_with(key))).collect();
        let told = told.join(" ");
        assert!(told.starts_with(lines) && told.is_empty() == lines.is_empty(), "{statement}\n{told}\n{text}");
        let comparison = compared(&source, &text);
        assert!(comparison.settings.is_empty(), "{statement}: {:?}", comparison.settings);
        let losses: Vec<_> =
            comparison.losses.iter().map(|(name, error)| (name.as_str(), error.message.as_str())).collect();
        let row = comparison.resources.iter().find(|row| row.kind == "aws_iam_role_policy").unwrap();
        match losses[..] {
            [] => {
                let named = row.remarks.iter().filter(|remark| !remark.contains("on every table of the account"));
                assert_eq!((lost, named.count()), ("", 0), "{statement}: {row:?}");
            }
            [("aws_iam_role_policy.p", message)] => {
                assert!(!lost.is_empty() && message.contains(lost), "{statement}: {message}");
                assert!(row.remarks.iter().any(|remark| remark.contains(lost)), "{statement}: {row:?}");
            }
            _ => panic!("{statement}: {losses:?}"),
        }
    }
}

/// A policy that is written as blocks is known from the file.
#[test]
fn policies_that_are_written_as_blocks() {
    let with = |statement: &str| {
        configuration(&with_role(&format!(
            "data \"aws_iam_policy_document\" \"d\" {{\n{statement}\n}}\nresource \"aws_iam_role_policy\" \"p\" {{\n  role = aws_iam_role.app.id\n  policy = data.aws_iam_policy_document.d.json\n}}\n"
        )))
    };
    let source = with(
        "  statement {\n    actions = [\"ses:SendEmail\"]\n    resources = [\"*\"]\n    condition {\n      test = \"StringEquals\"\n      variable = \"ses:FromAddress\"\n      values = [\"a@example.com\"]\n    }\n    condition {\n      test = \"StringEquals\"\n      variable = \"aws:SourceVpc\"\n      values = [\"vpc-1\"]\n    }\n  }\n  statement {\n    actions = [\"dynamodb:Scan\"]\n    resources = [aws_dynamodb_table.orders.arn]\n  }",
    );
    let description = describe(&source, "x").unwrap();
    assert!(description.contains("tables.orders = [\"Scan\"]"), "{description}");
    let statement = "actions = [\"ses:SendEmail\"]\nconditions = { StringEquals = { \"aws:SourceVpc\" = [\"vpc-1\"], \"ses:FromAddress\" = [\"a@example.com\"] } }\nresources = [\"*\"]\n";
    assert!(description.contains(statement), "{description}");
    for (body, why) in [
        (
            "  statement {\n    effect = \"Deny\"\n    actions = [\"*\"]\n    resources = [\"*\"]\n  }",
            "it denies something",
        ),
        ("  statement {\n    not_actions = [\"a:b\"]\n    resources = [\"*\"]\n  }", "it says what is not allowed"),
        ("  source_policy_documents = [\"{}\"]", "`source_policy_documents` makes it"),
        ("  dynamic \"statement\" {\n    for_each = []\n    content {}\n  }", "a block `dynamic` makes it"),
        ("  count = 1", "an instance of `data.aws_iam_policy_document` makes it"),
        (
            "  statement {\n    actions = [upper(\"a:b\")]\n    resources = [\"*\"]\n  }",
            "the function `upper` makes it",
        ),
    ] {
        let losses = compared(&with(body), SHIPPED).losses;
        assert!(
            losses.iter().any(|(name, error)| name == "aws_iam_role_policy.p" && error.message.contains(why)),
            "{why}: {losses:?}"
        );
    }
}

/// Rights are the role's, whatever gives it them, and unknown where the role is.
#[test]
fn policies_of_a_role_that_cannot_be_described() {
    let attachment = "resource \"aws_iam_role_policy_attachment\" \"p\" {\n  role = aws_iam_role.app.name\n  policy_arn = \"ARN\"\n}\n";
    let several = "resource \"aws_iam_policy_attachment\" \"p\" {\n  name = \"p\"\n  roles = [aws_iam_role.app.name]\n  policy_arn = \"ARN\"\n}\n";
    let [s3, other] = ["arn:aws:iam::aws:policy/AmazonS3FullAccess", "arn:aws:iam::123456789012:policy/else"];
    for (more, attached, lost) in [
        (attachment.replace("ARN", s3), Some(s3), None),
        (several.replace("ARN", s3), Some(s3), None),
        (attachment.replace("ARN", other), Some(other), None),
        (attachment.replace("ARN", "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"), None, None),
        (attachment.replace("\"ARN\"", "var.policy"), None, Some("aws_iam_role_policy_attachment.p")),
    ] {
        let source = configuration(&with_role(&more));
        let comparison = compared(&source, SHIPPED);
        let losses: Vec<_> = comparison.losses.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(losses, lost.into_iter().collect::<Vec<_>>(), "{more}");
        let line = attached.map(|arn| format!("managed_policies = [\"{arn}\"]"));
        let settings: Vec<_> = comparison.settings.iter().map(DescriptionSetting::line).collect();
        let proposed = settings.iter().find(|line| line.contains("managed_policies"));
        assert_eq!(proposed, line.as_ref().map(|line| format!("function.api.{line}")).as_ref(), "{settings:?}");
        let described = describe(&source, "x").unwrap();
        assert!(line.is_none_or(|line| described.contains(&line)), "{described}");
    }
    // The new roles are bounded as the former was.
    let bound = "arn:aws:iam::123456789012:policy/bound";
    let bounded = with_role("").replace(
        "resource \"aws_iam_role\" \"app\" {",
        &format!("resource \"aws_iam_role\" \"app\" {{\n  permissions_boundary = \"{bound}\""),
    );
    let source = configuration(&bounded);
    let line = format!("permissions_boundary = \"{bound}\"");
    assert!(compared(&source, SHIPPED).settings.iter().any(|setting| setting.line() == line));
    assert!(describe(&source, "x").unwrap().contains(&line));
    let bounded_already = format!("{line}\n{SHIPPED}");
    assert!(!compared(&source, &bounded_already).settings.iter().any(|setting| setting.line() == line));
    let otherwise = bounded_already.replace(bound, "arn:aws:iam::123456789012:policy/other");
    assert!(compared(&source, &otherwise).losses.iter().any(|(name, _)| name == "aws_iam_role.app"));
    let elsewhere =
        with_role("").replace("role = aws_iam_role.app.arn", "role = \"arn:aws:iam::123456789012:role/app\"");
    let losses = compared(&configuration(&elsewhere), SHIPPED).losses;
    assert!(
        losses
            .iter()
            .any(|(name, error)| name == "aws_lambda_function.api" && error.message.contains("not in the file")),
        "{losses:?}"
    );
}

/// What is described already is not asked for again, and what is missing is added to it.
#[test]
fn rights_that_are_described_already() {
    let source = configuration(&with_role(
        "resource \"aws_iam_role_policy\" \"p\" {\n  role = aws_iam_role.app.id\n  policy = jsonencode({ Statement = [{ Effect = \"Allow\", Action = [\"ses:SendEmail\", \"ses:SendRawEmail\"], Resource = \"*\" }, { Effect = \"Allow\", Action = \"sns:Publish\", Resource = \"*\" }] })\n}\n",
    ));
    let settings = |allow: &str| {
        let settings = compared(&source, &format!("{SHIPPED}\n{allow}")).settings;
        let rights = settings.iter().filter(|setting| setting.right().is_some()).map(ToString::to_string);
        rights.collect::<Vec<_>>().join("\n")
    };
    let mail = "[[function.api.allow]]\nactions = [\"ses:SendRawEmail\", \"ses:SendEmail\"]\nresources = [\"*\"]\n";
    assert_eq!(
        settings(mail),
        r#"stage.prod.function.api.allow = [{ actions = ["ses:SendRawEmail", "ses:SendEmail"], resources = ["*"] }, { actions = ["sns:Publish"], resources = ["*"] }]"#
    );
    assert_eq!(
        settings(&format!("{mail}[[function.api.allow]]\nactions = [\"sns:Publish\"]\nresources = [\"*\"]\n")),
        ""
    );
}

/// Commands that clear up are complete, and only for what nothing else uses.
#[test]
fn clearing_up() {
    let own = with_role(
        "resource \"aws_iam_policy\" \"p\" {\n  name = \"app-table\"\n  policy = \"{}\"\n}\nresource \"aws_iam_role_policy_attachment\" \"p\" {\n  role = aws_iam_role.app.name\n  policy_arn = aws_iam_policy.p.arn\n}\nresource \"aws_iam_role_policy\" \"q\" {\n  role = aws_iam_role.app.id\n  policy = \"{}\"\n}\n",
    );
    let commands = compared(&configuration(&own), SHIPPED).leftovers.join("\n");
    assert_eq!(
        commands,
        "for policy in $(aws iam list-role-policies --role-name app --query PolicyNames --output text); do aws iam delete-role-policy --role-name app --policy-name \"$policy\"; done\n\
         for policy in $(aws iam list-attached-role-policies --role-name app --query 'AttachedPolicies[].PolicyArn' --output text); do aws iam detach-role-policy --role-name app --policy-arn \"$policy\"; done\n\
         aws iam delete-role --role-name app\n\
         aws iam delete-policy --policy-arn \"$(aws iam list-policies --scope Local --query \"Policies[?PolicyName=='app-table'].Arn\" --output text)\""
    );
    let shared = format!(
        "{own}resource \"aws_scheduler_schedule\" \"s\" {{\n  target {{\n    role_arn = aws_iam_role.app.arn\n  }}\n}}\n"
    );
    let comparison = compared(&configuration(&shared), SHIPPED);
    assert_eq!(comparison.leftovers, [""; 0]);
    assert!(!comparison.forget.iter().any(|command| command.contains("aws_iam")), "{:?}", comparison.forget);
    let role = comparison.resources.iter().find(|row| row.kind == "aws_iam_role").unwrap();
    assert!(role.remarks[0].contains("uses it too"), "{role:?}");
}

/// What ends with the adoption is called so.
#[test]
fn parts_that_a_description_cannot_say_end() {
    let api = "resource \"aws_api_gateway_rest_api\" \"a\" {\n  name = \"order-api\"\n}\n";
    for kind in ["request_validator", "model", "authorizer", "gateway_response", "rest_api_policy"] {
        let part = format!(
            "resource \"aws_api_gateway_{kind}\" \"p\" {{\n  rest_api_id = aws_api_gateway_rest_api.a.id\n}}\n"
        );
        let comparison = compared(&configuration(&format!("{api}{part}")), SHIPPED);
        let outcome = &comparison.resources[1].outcome;
        // The policy is not managed, and an import says it as it is.
        assert_eq!(matches!(outcome, TakeoverOutcome::Ends { .. }), kind != "rest_api_policy", "{kind}");
    }
}

/// A function that only happens to be alone is not taken for another one.
#[test]
fn nothing_is_paired_by_chance() {
    let state = fs::read_to_string(fixture("former.tfstate")).unwrap();
    let stranger = state
        .replace("order-expiry", "thumbnails-nightly")
        .replace("\"rule\": \"thumbnails-nightly\"", "\"rule\": \"other\"");
    let comparison = compare(&former_of(&stranger.replace("order-expirer", "thumbnailer")), &parse(SHIPPED));
    let row =
        |name: &str| comparison.resources.iter().find(|row| row.name.as_deref() == Some(name)).map(|row| &row.outcome);
    assert_eq!(row("thumbnailer"), Some(&TakeoverOutcome::Unmatched));
    assert_eq!(row("thumbnails-nightly"), Some(&TakeoverOutcome::Unmatched));
}
