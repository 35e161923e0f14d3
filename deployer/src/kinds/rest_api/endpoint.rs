//! How the API is called by hand.

use super::block::{ApiAuth, ApiBlock};
use crate::kinds::RunSession;

/// Returns a line to paste: the first route that needs neither a body nor a parameter.
pub fn curl(session: &RunSession, endpoint: &str) -> Option<String> {
    let api = ApiBlock::of(&session.stack)?;
    let (route, path) = api
        .routes
        .keys()
        .filter_map(|route| Some((route, route.strip_prefix("GET ")?)))
        .find(|(_, path)| !path.contains('{'))?;
    let proof = match api.auth_of(route) {
        ApiAuth::None => String::new(),
        ApiAuth::ApiKey => "-H \"x-api-key: $API_KEY\" ".to_owned(),
        ApiAuth::Iam => format!(
            "--aws-sigv4 aws:amz:{}:execute-api --user \"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY\" -H \"x-amz-security-token: $AWS_SESSION_TOKEN\" ",
            session.aws.connection.region
        ),
    };
    Some(format!("curl -sS {proof}{endpoint}{path}"))
}
