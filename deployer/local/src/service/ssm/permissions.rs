//! What Systems Manager's operations need ("Actions, resources, and condition keys for AWS Systems Manager").

use crate::service::permission::{RequestView, RequiredPermission};

fn parameter(view: &RequestView<'_>, name: &str) -> RequiredPermission {
    view.own(view.arn(format_args!("parameter/{}", name.trim_start_matches('/'))))
}

pub(super) fn on_parameter(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    vec![parameter(view, view.text("Name"))]
}

pub(super) fn on_parameters(view: &RequestView<'_>) -> Vec<RequiredPermission> {
    let names = view.input["Names"].as_array().into_iter().flatten();
    names.filter_map(|name| name.as_str()).map(|name| parameter(view, name)).collect()
}
