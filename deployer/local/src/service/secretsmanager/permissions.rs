//! Secrets Manager ("Actions, resources, and condition keys for AWS Secrets Manager").

use super::Demand;
use super::asked::Asked;

pub(super) fn demands(asked: &Asked<'_>) -> Option<Vec<Demand>> {
    let own = format!("secretsmanager:{}", asked.operation);
    Some(match asked.operation {
        // Its ARN ends with characters that nobody knows beforehand.
        "CreateSecret" => vec![Demand::new(own, secret(asked, asked.text("Name")))],
        "PutSecretValue" | "GetSecretValue" | "DeleteSecret" => {
            vec![Demand::new(own, secret(asked, asked.text("SecretId")))]
        }
        _ => return None,
    })
}

/// The ARN of a secret by its name or ARN; with `-??????` behind the name where there is no such secret.
fn secret(asked: &Asked<'_>, id: &str) -> String {
    if id.starts_with("arn:") {
        return id.to_owned();
    }
    let known = asked.document.regions.get(asked.region).and_then(|region| region.secrets.get(id));
    known.map_or_else(|| asked.arn("secretsmanager", format_args!("secret:{id}-??????")), |secret| secret.arn.clone())
}
