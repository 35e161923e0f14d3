//! Functions of `lambda_http` behind the API: unless a variable is set, they see the stage in front of every path, and match no route.

use super::block::ApiBlock;
use super::definition::routes;
use crate::artifact::IGNORE_STAGE_VARIABLE;
use crate::kinds::FunctionBlock;
use crate::stack::Stack;

/// Pure: lists the ids of functions that see the stage in front of every path if they are programs of `lambda_http`: they are behind the
/// API, and their environment does not have the variable, whatever its value.
pub fn functions_that_see_the_stage(stack: &Stack) -> Vec<String> {
    let Some(api) = ApiBlock::of(stack) else { return Vec::new() };
    let behind: Vec<_> = routes(&api).into_iter().map(|(_, function)| function).collect();
    let functions = stack.all::<FunctionBlock>().into_iter();
    functions
        .filter(|(id, block)| behind.contains(id) && !block.environment.contains_key(IGNORE_STAGE_VARIABLE))
        .map(|(id, _)| id)
        .collect()
}

/// Returns what somebody should know about such a function.
pub fn stage_warning(id: &str, stack: &Stack) -> String {
    let stage = ApiBlock::of(stack).map(|api| api.stage_name(stack)).unwrap_or_default();
    format!(
        "function.{id} uses lambda_http, which shows it /{stage}/items where the route is /items, so that routes written without \
         the stage answer 404: set {IGNORE_STAGE_VARIABLE} = \"true\" in its `environment`, unless its routes begin with the stage; \
         a program that sets the variable itself works as before with it"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::{DocumentDrift, StackSource};

    fn seen(environment: &str, route: &str) -> Vec<String> {
        let text = format!(
            "name = \"shop\"\nregion = \"eu-west-1\"\n[function.web]\nartifact = \"x\"\n{environment}\n\
             [function.other]\nartifact = \"x\"\n[api]\nstage = \"live\"\n[api.routes]\n\"GET /\" = \"{route}\"\n"
        );
        warnings(text, None)
    }

    fn warnings(text: String, stage: Option<&str>) -> Vec<String> {
        let source = StackSource { path: "deployer.toml".into(), text };
        let sections = crate::kinds::sections();
        let stack = crate::stack::parse(source, stage, &sections, DocumentDrift::Refused, &|_| Ok(String::new()))
            .expect("it is correct");
        functions_that_see_the_stage(&stack).iter().map(|id| stage_warning(id, &stack)).collect()
    }

    #[test]
    fn only_what_is_behind_the_api_without_the_variable_sees_the_stage() {
        insta::assert_snapshot!(seen("", "web").join("\n"), @r#"function.web uses lambda_http, which shows it /live/items where the route is /items, so that routes written without the stage answer 404: set AWS_LAMBDA_HTTP_IGNORE_STAGE_IN_PATH = "true" in its `environment`, unless its routes begin with the stage; a program that sets the variable itself works as before with it"#);
        let set = |value: &str| format!("environment = {{ {IGNORE_STAGE_VARIABLE} = {value} }}");
        assert_eq!(seen(&set("\"true\""), "web"), [""; 0]);
        assert_eq!(
            seen(&set("\"false\""), "web"),
            [""; 0],
            "what is set wins: lambda_http looks only whether it is there"
        );
        let other = seen(&set("\"true\""), "other");
        assert!(other.len() == 1 && other[0].starts_with("function.other "), "{other:?}");
    }

    #[test]
    fn the_stage_is_told_as_the_api_has_it() {
        let text = "name = \"shop\"\nregion = \"eu-west-1\"\n[function.web]\nartifact = \"x\"\n[api.routes]\n\"GET /\" = \"web\"\n\
                    [stage.pr-12]\n";
        let told = warnings(text.to_owned(), Some("pr-12"));
        assert!(told[0].contains("shows it /pr_12/items"), "{told:?}");
    }
}
