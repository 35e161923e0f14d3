//! Rules of `[api]`.

use super::{cases, check_with, messages};

const FUNCTIONS: &str = "name = \"shop\"\nfunction.api.package = \"p\"\nfunction.jobs.package = \"p\"\n";

#[test]
fn values() {
    let api = |lines: &str| format!("{FUNCTIONS}[api]\nroutes.\"GET /orders\" = \"api\"\n{lines}");
    cases(
        api,
        &[
            ("", "accepted"),
            ("name = \"Order service\"", "accepted"),
            ("name = \"\"", "\"\" is not an API name: it is empty"),
            ("name = \"a\\u0007b\"", "\"a\\u{7}b\" is not an API name: '\\u{7}' is not allowed"),
            // CreateRestApi: "Description cannot be an empty string".
            ("description = \"\"", "\"\" is not a description: it is empty"),
            ("stage = \"v1_beta-2\"", "accepted"),
            ("stage = \"v1.0\"", "\"v1.0\" is not the name of an API stage: '.' is not allowed"),
            ("endpoint_type = \"EDGE\"", "accepted"),
            ("endpoint_type = \"PRIVATE\"", "`endpoint_type` may not be \"PRIVATE\""),
            ("throttle = { rate = 0.5, burst = 1 }", "accepted"),
            ("throttle = { rate = 10, burst = 0 }", "accepted"),
            (
                "throttle = { rate = -1, burst = -1 }",
                "`rate` must be a number from 0 up, is -1\n`burst` must be 0 to 2147483647 requests, is -1",
            ),
            (
                "throttle = { rate = inf, burst = 1.5 }",
                "`rate` must be a number from 0 up, is inf\nexpected an integer for `burst`, found the number 1.5",
            ),
            ("throttle = { rate = 1 }", "`throttle` has no `burst`"),
            ("throttle = { rate = \"1\", burst = 1 }", "expected a number for `rate`, found the string \"1\""),
            ("minimum_compression_size = 10485760", "accepted"),
            (
                "minimum_compression_size = 10485761",
                "`minimum_compression_size` must be 0 to 10485760 bytes, is 10485761",
            ),
            ("binary_media_types = [\"image/png\", \"*/*\"]", "accepted"),
            ("binary_media_types = [\"png\"]", "\"png\" is not a media type: it is not of the form type/subtype"),
            ("tags = { \"a b\" = \"\" }", "\"a b\" is not a tag key that API Gateway accepts: ' ' is not allowed"),
        ],
    );
}

#[test]
fn routes() {
    let api = |routes: &str| format!("{FUNCTIONS}[api.routes]\n{routes}");
    let resources = |count: usize| (0..count).map(|n| format!("\"GET /r{n}\" = \"api\"\n")).collect::<String>();
    cases(
        api,
        &[
            ("", "`routes` is empty"),
            ("\"GET /\" = \"api\"\n\"ANY /{proxy+}\" = \"jobs\"", "accepted"),
            ("\"GET /a\" = \"ap\"", "route to an unknown function `ap`"),
            ("\"GET /a\" = 1", "expected a string or a table for `GET /a`, found the integer 1"),
            ("\"GET /a\" = { function = \"api\", auth = \"iam\" }\n\"GET /b\" = { function = \"api\" }", "accepted"),
            ("\"GET /a\" = { function = \"ap\" }", "route to an unknown function `ap`"),
            ("\"GET /a\" = { auth = \"iam\" }", "`GET /a` has no `function`"),
            ("\"GET /a\" = { function = \"api\", auth = \"AWS_IAM\" }", "`auth` may not be \"AWS_IAM\""),
            ("\"GET /a\" = { function = \"api\", authorizer = \"x\" }", "unknown key `authorizer`"),
            ("GET = \"api\"", "\"GET\" is not a route: it has no path"),
            ("\"get /a\" = \"api\"", "\"get /a\" is not a route: write it as \"GET /a\""),
            (
                "\"GET /a\" = \"api\"\n\"get  /a/\" = \"api\"",
                "\"get  /a/\" is not a route: write it as \"GET /a\"\nduplicate route GET /a",
            ),
            ("\"GET /a/{id}\" = \"api\"\n\"PUT /a/{id}\" = \"api\"\n\"GET /b/{n}\" = \"api\"", "accepted"),
            (
                "\"GET /a/{id}\" = \"api\"\n\"PUT /a/{order}\" = \"api\"",
                "two parameters below `/a`: `{id}` and `{order}`",
            ),
            ("\"GET /{id}\" = \"api\"\n\"GET /{rest+}\" = \"api\"", "two parameters below `/`: `{id}` and `{rest+}`"),
            (&resources(299), "accepted"),
            (&resources(300), "the routes need 301 resources"),
        ],
    );
    cases(str::to_owned, &[("name = \"shop\"\n[api]", "`api` has no `routes`")]);
}

#[test]
fn cross_origin_access() {
    let api = |cors: &str| format!("{FUNCTIONS}[api]\nroutes.\"OPTIONS /a\" = \"api\"\n{cors}");
    cases(api, &[("", "accepted"), ("cors.allow_origins = [\"*\"]", "route OPTIONS /a beside `cors`")]);
    let api = |cors: &str| format!("{FUNCTIONS}[api]\nroutes.\"GET /a\" = \"api\"\n[api.cors]\n{cors}");
    cases(
        api,
        &[
            ("allow_origins = [\"*\"]", "accepted"),
            (
                "allow_origins = [\"https://shop.example\", \"http://localhost:3000\", \"http://[::1]:8080\"]",
                "accepted",
            ),
            ("", "`cors` has no `allow_origins`"),
            ("allow_origins = []", "`allow_origins` is empty"),
            ("allow_origins = \"*\"", "expected a list for `allow_origins`, found the string \"*\""),
            ("allow_origins = [\"https://a.example\", \"*\"]", "\"*\" stands beside other origins"),
            (
                "allow_origins = [\"shop.example\"]",
                "\"shop.example\" is not an origin: it has no scheme such as https://",
            ),
            (
                "allow_origins = [\"https://shop.example/\"]",
                "\"https://shop.example/\" is not an origin: an origin ends after the host: write \"https://shop.example\"",
            ),
            (
                "allow_origins = [\"https://*.example\"]",
                "\"https://*.example\" is not an origin: a browser's origin has no wildcard in its host",
            ),
            (
                "allow_origins = [\"https://Shop.example\"]",
                "\"https://Shop.example\" is not an origin: 'S' is not allowed",
            ),
            ("allow_origins = [\"https://a:b\"]", "\"https://a:b\" is not an origin: its port is not 1 to 65535"),
            ("allow_origins = [\"https://a:0\"]", "\"https://a:0\" is not an origin: its port is not 1 to 65535"),
            (
                "allow_origins = [\"https://a:65536\"]",
                "\"https://a:65536\" is not an origin: its port is not 1 to 65535",
            ),
            ("allow_origins = [\"https://a:080\"]", "\"https://a:080\" is not an origin: its port is not 1 to 65535"),
            ("allow_origins = [\"https://\"]", "\"https://\" is not an origin: it has no host"),
            (
                "allow_origins = [\"https://[::g]\"]",
                "\"https://[::g]\" is not an origin: its host is not an IPv6 address",
            ),
            ("allow_origins = [\"*\"]\nallow_methods = [\"get\"]", "`allow_methods` may not be \"get\""),
            (
                "allow_origins = [\"*\"]\nallow_headers = [\"Content Type\"]",
                "\"Content Type\" is not a header name: ' ' is not allowed",
            ),
            ("allow_origins = [\"https://a.example\"]\nmax_age = 60", "accepted"),
            (
                "allow_origins = [\"https://a.example\", \"https://b.example\"]\nmax_age = 60\nallow_methods = [\"GET\"]",
                "`max_age` has no meaning with several origins\n`allow_methods` has no meaning with several origins",
            ),
            ("allow_origins = [\"*\"]\nmax_age = 86401", "`max_age` must be 0 to 86400 seconds, is 86401"),
        ],
    );
}

#[test]
fn callers() {
    let api = |lines: &str| format!("{FUNCTIONS}[api]\nroutes.\"GET /orders\" = \"api\"\n{lines}");
    cases(
        api,
        &[
            ("auth = \"none\"", "accepted"),
            ("auth = \"iam\"", "accepted"),
            ("auth = \"api_key\"", "accepted"),
            ("auth = \"API_KEY\"", "`auth` may not be \"API_KEY\""),
            ("auth = true", "expected a string for `auth`, found the boolean true"),
            (
                "auth = \"api_key\"\nusage_plan = { rate = 0.5, burst = 0, quota = { limit = 1, period = \"WEEK\" } }",
                "accepted",
            ),
            ("auth = \"api_key\"\nusage_plan = { quota = { limit = 1, period = \"DAY\" } }", "accepted"),
            ("auth = \"api_key\"\nusage_plan = { rate = 1 }", "`usage_plan` has `rate` and no `burst`"),
            ("auth = \"api_key\"\nusage_plan = { burst = 1 }", "`usage_plan` has `burst` and no `rate`"),
            ("auth = \"api_key\"\nusage_plan = { quota = { limit = 1 } }", "`quota` has no `period`"),
            (
                "auth = \"api_key\"\nusage_plan = { quota = { limit = 0, period = \"YEAR\" } }",
                "`limit` must be 1 to 2147483647 requests, is 0\n`period` may not be \"YEAR\"",
            ),
            ("auth = \"iam\"\nusage_plan = { rate = 1, burst = 1 }", "`usage_plan` has no meaning without an API key"),
            (
                "routes.\"PUT /orders\" = { function = \"api\", auth = \"api_key\" }\nusage_plan = { rate = 1, burst = 1 }",
                "accepted",
            ),
            ("usage_plan = { rate = 1, burst = 1 }", "`usage_plan` has no meaning without an API key"),
        ],
    );
}

#[test]
fn routes_and_document_say_the_same() {
    let described = r#"{"openapi": "3.0.3", "paths": {
        "/orders": {"get": {}, "post": {}}, "/orders/{id}": {"get": {}, "options": {}}}}"#;
    let check = |api: &str| {
        let text = format!("{FUNCTIONS}[api]\nopenapi = \"doc.json\"\n{api}");
        messages(check_with(&text, None, &|path| match path {
            "doc.json" => Ok(described.to_owned()),
            "broken.json" => Ok("{".to_owned()),
            _ => Err("No such file".to_owned()),
        }))
    };
    let route = |route: &str| format!("routes.\"{route}\" = \"api\"\n");
    let routes = |list: &[&str]| list.iter().map(|one| route(one)).collect::<String>();
    let all = ["GET /orders", "POST /orders", "GET /orders/{id}", "OPTIONS /orders/{id}"];
    for (api, expected) in [
        (routes(&all), "accepted".to_owned()),
        (routes(&["ANY /orders", "ANY /orders/{id}"]), "accepted".to_owned()),
        (routes(&["ANY /{rest+}"]), "accepted".to_owned()),
        (routes(&all[..3]) + "cors.allow_origins = [\"*\"]", "accepted".to_owned()),
        (routes(&all[..3]), "5:11 api.openapi: the OpenAPI document has OPTIONS /orders/{id}, which is no route".to_owned()),
        (
            routes(&all) + &route("PUT /orders"),
            "10:8 api.routes.\"PUT /orders\": route PUT /orders is not in the OpenAPI document".to_owned(),
        ),
        (
            routes(&["GET /orders", "POST /orders", "GET /orders/{order_id}", "OPTIONS /orders/{order_id}"]),
            [
                "5:11 api.openapi: the OpenAPI document has GET /orders/{id}, which is no route",
                "5:11 api.openapi: the OpenAPI document has OPTIONS /orders/{id}, which is no route",
                "8:8 api.routes.\"GET /orders/{order_id}\": route GET /orders/{order_id} is not in the OpenAPI document",
                "9:8 api.routes.\"OPTIONS /orders/{order_id}\": route OPTIONS /orders/{order_id} is not in the OpenAPI document",
            ]
            .join("\n"),
        ),
    ] {
        assert_eq!(check(&api), expected, "{api}");
    }
    for (path, expected) in [
        ("absent.json", "5:11 api.openapi: cannot read the OpenAPI document \"absent.json\": No such file"),
        (
            "broken.json",
            "5:11 api.openapi: \"broken.json\" is not usable as OpenAPI document: it is not JSON: EOF while parsing an object at line 1 column 1",
        ),
        ("", "5:11 api.openapi: \"\" is not a path: it is empty"),
    ] {
        let text = format!("{FUNCTIONS}[api]\nopenapi = \"{path}\"\n{}", route("GET /orders"));
        let found = messages(check_with(&text, None, &|path| match path {
            "broken.json" => Ok("{".to_owned()),
            _ => Err("No such file".to_owned()),
        }));
        assert_eq!(found.lines().next(), Some(expected), "{path}");
    }
}

#[test]
fn a_stage_may_have_a_document_of_its_own() {
    let text = format!(
        "{FUNCTIONS}default_stage = \"a\"\n[api]\nopenapi = \"one.json\"\nroutes.\"GET /one\" = \"api\"\n[stage.a]\n[stage.b.api]\nopenapi = \"two.json\""
    );
    let read = |path: &str| {
        let name = path.trim_end_matches(".json");
        Ok(format!(r#"{{"openapi": "3.0.3", "paths": {{"/{name}": {{"get": {{}}}}}}}}"#))
    };
    let found = messages(check_with(&text, None, &read));
    insta::assert_snapshot!(found);
}
