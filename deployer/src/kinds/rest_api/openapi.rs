//! The OpenAPI document of an API: what clients are promised. Pure. The import takes from it what API Gateway acts on or shows, and
//! nothing that could fail the import; schemas stay with the document.

use super::block::ApiRoute;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A document, read.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenApiDocument {
    whole: Value,
    operations: BTreeMap<ApiRoute, OpenApiOperation>,
}

/// What the import takes from an operation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpenApiOperation {
    /// `operationId`, which no other operation has.
    pub id: Option<String>,
    /// One line about it.
    pub summary: Option<String>,
    /// Query parameters and headers, as API Gateway takes them. Those of the path follow from the path.
    pub parameters: Vec<Value>,
}

const METHODS: [&str; 7] = ["delete", "get", "head", "options", "patch", "post", "put"];

impl OpenApiDocument {
    /// Reads a document.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<OpenApiDocument, String> {
        let whole: Value = serde_json::from_str(text).map_err(|error| format!("it is not JSON: {error}"))?;
        match &whole["openapi"] {
            Value::String(version) if version.starts_with("3.") => {}
            Value::String(version) => return Err(format!("it is OpenAPI {version:?}: 3.x is read")),
            _ if whole["swagger"].is_string() => return Err("it is Swagger 2.0: OpenAPI 3.x is read".to_owned()),
            _ => return Err("it is no OpenAPI document: it has no `openapi`, such as \"3.0.3\"".to_owned()),
        }
        let paths = whole["paths"].as_object().ok_or("its `paths` is not an object")?;
        let (mut operations, mut ids) = (BTreeMap::new(), BTreeSet::new());
        for (path, item) in paths.iter().filter(|(path, _)| !path.starts_with("x-")) {
            let item = item.as_object().ok_or_else(|| format!("{path:?} is not an object"))?;
            if item.contains_key("$ref") {
                return Err(format!("{path:?} is a `$ref`, which API Gateway does not follow"));
            }
            for method in METHODS {
                let Some(operation) = item.get(method) else { continue };
                let route = ApiRoute::parse(&format!("{} {path}", method.to_ascii_uppercase()))
                    .map_err(|reason| format!("API Gateway has no path {path:?}: {reason}"))?;
                let operation = read(&whole, item, operation, &route)
                    .map_err(|reason| format!("{route} cannot be used: {reason}"))?;
                if let Some(id) = operation.id.as_ref().filter(|id| !ids.insert((*id).clone())) {
                    return Err(format!("two operations have the `operationId` {id:?}"));
                }
                operations.insert(route, operation);
            }
        }
        Ok(OpenApiDocument { whole, operations })
    }

    /// Returns the routes that it describes.
    pub fn routes(&self) -> impl Iterator<Item = &ApiRoute> {
        self.operations.keys()
    }

    /// Returns what it says about a route.
    pub fn operation(&self, route: &ApiRoute) -> Option<&OpenApiOperation> {
        self.operations.get(route)
    }

    /// Returns the document with the one server that there is.
    pub fn served_at(mut self, endpoint: &str) -> Value {
        self.whole["servers"] = json!([{"url": endpoint}]);
        self.whole
    }
}

fn read(
    whole: &Value,
    item: &Map<String, Value>,
    operation: &Value,
    route: &ApiRoute,
) -> Result<OpenApiOperation, String> {
    let operation = operation.as_object().ok_or("it is not an object")?;
    let text = |name: &str| match operation.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(other) => Err(format!("its `{name}` is {other}, not a string")),
    };
    // A parameter of the operation replaces that of the path with the same place and name.
    let mut parameters = BTreeMap::new();
    for list in [item.get("parameters"), operation.get("parameters")].into_iter().flatten() {
        for parameter in list.as_array().ok_or("its `parameters` is not a list")? {
            let (place, name, parameter) = read_parameter(whole, parameter)?;
            parameters.insert((place, name), parameter);
        }
    }
    // API Gateway takes a name in one place only (PutMethod: "Parameter names must be unique across querystring, header and path") and
    // passes on what it does not know of.
    let taken: BTreeSet<_> = route
        .segments()
        .filter_map(|s| s.strip_prefix('{')?.strip_suffix('}'))
        .map(|s| s.trim_end_matches('+'))
        .collect();
    let queries: BTreeSet<_> =
        parameters.keys().filter(|(place, _)| *place == "query").map(|(_, name)| *name).collect();
    parameters.retain(|(place, name), _| !taken.contains(name) && (*place != "header" || !queries.contains(name)));
    Ok(OpenApiOperation {
        id: text("operationId")?,
        summary: text("summary")?,
        parameters: parameters.into_values().flatten().collect(),
    })
}

/// Returns the place, name, and the parameter as API Gateway takes it; `None` for one that it has no word for: it passes everything on anyway.
fn read_parameter<'a>(whole: &'a Value, parameter: &'a Value) -> Result<(&'a str, &'a str, Option<Value>), String> {
    let parameter = resolved(whole, parameter)?;
    let (Some(name), Some(place)) = (parameter["name"].as_str(), parameter["in"].as_str()) else {
        return Err("one of its parameters has no `name` or no `in`".to_owned());
    };
    // Expressions such as `method.request.header.If-Match` have no room for other names (PutMethod, requestParameters).
    let nameable = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "._$-".contains(c));
    // OpenAPI says these three elsewhere and ignores them as parameters.
    let elsewhere = ["accept", "authorization", "content-type"].contains(&name.to_ascii_lowercase().as_str());
    if !nameable || !matches!(place, "query" | "header") || (place == "header" && elsewhere) {
        return Ok((place, name, None));
    }
    let schema = resolved(whole, &parameter["schema"])?;
    let kind = schema["type"].as_str().filter(|kind| ["boolean", "integer", "number"].contains(kind));
    let required = parameter["required"] == true;
    Ok((
        place,
        name,
        Some(json!({"name": name, "in": place, "required": required, "schema": {"type": kind.unwrap_or("string")}})),
    ))
}

/// Returns what a `$ref` inside the document stands for; anything else stands for itself.
fn resolved<'a>(whole: &'a Value, value: &'a Value) -> Result<&'a Value, String> {
    let Some(reference) = value["$ref"].as_str() else { return Ok(value) };
    let target = reference.strip_prefix('#').and_then(|pointer| whole.pointer(pointer));
    target.ok_or_else(|| format!("there is no {reference:?} in the document"))
}

/// Tells whether requests to `operation` go where `route` says: `ANY` is every method, `{rest+}` every path below.
pub fn covers(route: &ApiRoute, operation: &ApiRoute) -> bool {
    let mut below = operation.segments();
    let mut segments = route.segments();
    (route.method == "ANY" || route.method == operation.method)
        && loop {
            match (segments.next(), below.next()) {
                (None, None) => break true,
                (Some(rest), Some(_)) if rest.ends_with("+}") => break true,
                (Some(one), Some(other)) if one == other => {}
                _ => break false,
            }
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(text: &str) -> ApiRoute {
        ApiRoute::parse(text).expect("the test wrote a route")
    }

    #[test]
    fn what_is_taken_and_what_is_left() {
        let document = OpenApiDocument::parse(
            r##"{
                "openapi": "3.0.3",
                "components": {
                    "schemas": {"Page": {"type": "integer", "minimum": 1}},
                    "parameters": {"Trace": {"name": "X-Trace", "in": "header", "schema": {"type": "string"}}}
                },
                "paths": {"/orders/{id}": {
                    "summary": "ignored",
                    "parameters": [
                        {"name": "id", "in": "path", "required": true, "schema": {"type": "string", "format": "uuid"}},
                        {"name": "page", "in": "query", "schema": {"type": "string"}}
                    ],
                    "get": {
                        "operationId": "getOrder", "summary": "Get an order",
                        "parameters": [
                            {"$ref": "#/components/parameters/Trace"},
                            {"name": "page", "in": "query", "required": true, "schema": {"$ref": "#/components/schemas/Page"}},
                            {"name": "filter[a]", "in": "query"},
                            {"name": "session", "in": "cookie"},
                            {"name": "Content-Type", "in": "header"},
                            {"name": "tags", "in": "query", "schema": {"type": ["array", "null"]}}
                        ],
                        "responses": {}
                    },
                    "trace": {}
                }}
            }"##,
        )
        .expect("it is a document");
        assert_eq!(document.routes().map(ToString::to_string).collect::<Vec<_>>(), ["GET /orders/{id}"]);
        let operation = document.operation(&route("GET /orders/{id}")).expect("it is there");
        assert_eq!((operation.id.as_deref(), operation.summary.as_deref()), (Some("getOrder"), Some("Get an order")));
        insta::assert_snapshot!(json!(operation.parameters), @r#"[{"in":"header","name":"X-Trace","required":false,"schema":{"type":"string"}},{"in":"query","name":"page","required":true,"schema":{"type":"integer"}},{"in":"query","name":"tags","required":false,"schema":{"type":"string"}}]"#);
        assert_eq!(document.served_at("https://a.example/prod")["servers"], json!([{"url": "https://a.example/prod"}]));
    }

    #[test]
    fn a_name_is_said_in_one_place_only() {
        let document = OpenApiDocument::parse(
            r#"{"openapi": "3.0.3", "paths": {"/orders/{id}/{rest+}": {"get": {"parameters": [
                {"name": "id", "in": "path", "required": true}, {"name": "id", "in": "query"}, {"name": "rest", "in": "header"},
                {"name": "page", "in": "header"}, {"name": "page", "in": "query"}, {"name": "only", "in": "header"}
            ]}}}}"#,
        )
        .expect("it is a document");
        let operation = document.operation(&route("GET /orders/{id}/{rest+}")).expect("it is there");
        let places: Vec<_> = operation.parameters.iter().map(|p| format!("{} {}", p["in"], p["name"])).collect();
        assert_eq!(places, [r#""header" "only""#, r#""query" "page""#]);
    }

    #[test]
    fn what_is_wrong_is_one_sentence() {
        let get = |operation: &str| format!(r#"{{"openapi": "3.1.0", "paths": {{"/a": {{"get": {operation}}}}}}}"#);
        let twice =
            r#"{"openapi": "3.0.0", "paths": {"/a": {"get": {"operationId": "x"}, "put": {"operationId": "x"}}}}"#;
        let deep = "[".repeat(100_000);
        for (text, reason) in [
            ("", "it is not JSON: EOF while parsing a value at line 1 column 0"),
            ("openapi: 3.0.3", "it is not JSON: expected value at line 1 column 1"),
            (deep.as_str(), "it is not JSON: recursion limit exceeded at line 1 column 128"),
            ("[]", "it is no OpenAPI document: it has no `openapi`, such as \"3.0.3\""),
            ("null", "it is no OpenAPI document: it has no `openapi`, such as \"3.0.3\""),
            (r#"{"swagger": "2.0"}"#, "it is Swagger 2.0: OpenAPI 3.x is read"),
            (r#"{"openapi": "4.0"}"#, "it is OpenAPI \"4.0\": 3.x is read"),
            (r#"{"openapi": "3.0.3"}"#, "its `paths` is not an object"),
            (r#"{"openapi": "3.0.3", "paths": {"/a": 1}}"#, "\"/a\" is not an object"),
            (
                r##"{"openapi": "3.0.3", "paths": {"/a": {"$ref": "#/x"}}}"##,
                "\"/a\" is a `$ref`, which API Gateway does not follow",
            ),
            (
                r#"{"openapi": "3.0.3", "paths": {"a": {"get": {}}}}"#,
                "API Gateway has no path \"a\": its path does not start with '/'",
            ),
            (
                r#"{"openapi": "3.0.3", "paths": {"/a/{b}.json": {"get": {}}}}"#,
                "API Gateway has no path \"/a/{b}.json\": a parameter is a whole segment: \"{b}.json\"",
            ),
            (twice, "two operations have the `operationId` \"x\""),
            (&get("[]"), "GET /a cannot be used: it is not an object"),
            (&get(r#"{"operationId": 1}"#), "GET /a cannot be used: its `operationId` is 1, not a string"),
            (&get(r#"{"parameters": {}}"#), "GET /a cannot be used: its `parameters` is not a list"),
            (&get(r#"{"parameters": [{}]}"#), "GET /a cannot be used: one of its parameters has no `name` or no `in`"),
            (
                &get(r##"{"parameters": [{"$ref": "#/nowhere"}]}"##),
                "GET /a cannot be used: there is no \"#/nowhere\" in the document",
            ),
        ] {
            assert_eq!(OpenApiDocument::parse(text).map(drop), Err(reason.to_owned()), "{text:.80}");
        }
    }

    #[test]
    fn broad_routes_cover_many_operations() {
        for (wide, operation, covered) in [
            ("GET /a", "GET /a", true),
            ("GET /a", "PUT /a", false),
            ("ANY /a", "PUT /a", true),
            ("ANY /a", "PUT /a/b", false),
            ("GET /a/{id}", "GET /a/{id}", true),
            ("GET /a/{id}", "GET /a/{order}", false),
            ("GET /{rest+}", "GET /a/{id}", true),
            ("GET /a/{rest+}", "GET /a", false),
            ("GET /", "GET /", true),
            ("ANY /{rest+}", "GET /", false),
        ] {
            assert_eq!(covers(&route(wide), &route(operation)), covered, "{wide} {operation}");
        }
    }
}
