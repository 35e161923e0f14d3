//! Systems Manager ("Actions, resources, and condition keys for AWS Systems Manager").

use super::Demand;
use super::asked::Asked;

pub(super) fn demands(asked: &Asked<'_>) -> Option<Vec<Demand>> {
    let own = format!("ssm:{}", asked.operation);
    let parameter = |name: &str| {
        let arn = asked.arn("ssm", format_args!("parameter/{}", name.trim_start_matches('/')));
        Demand::new(own.clone(), arn)
    };
    Some(match asked.operation {
        "PutParameter" | "GetParameter" | "DeleteParameter" => vec![parameter(asked.text("Name"))],
        "GetParameters" => {
            let names = asked.input["Names"].as_array().into_iter().flatten();
            names.filter_map(|name| name.as_str()).map(parameter).collect()
        }
        _ => return None,
    })
}
