//! What Secrets Manager's operations need ("Actions, resources, and condition keys for AWS Secrets Manager").

use crate::service::permission::{RequestView, RequiredPermission};

/// Needs the action on a secret that is being made: its ARN ends with characters that nobody knows beforehand.
pub(super) fn on_name(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    vec![view.own(secret(view, view.text("Name")))]
}

pub(super) fn on_secret(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    vec![view.own(secret(view, view.text("SecretId")))]
}

/// Returns the ARN of a secret by its name or ARN; with `-??????` behind the name where there is no such secret.
fn secret(view: &RequestView<'_>, id: &str) -> String {
    if id.starts_with("arn:") {
        return id.to_owned();
    }
    let known = view.document.region(view.region).secrets.get(id);
    known.map_or_else(|| view.arn(format_args!("secret:{id}-??????")), |secret| secret.arn.clone())
}
