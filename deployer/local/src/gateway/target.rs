//! What a request is for: an API, its stage, and the deployment that the stage serves.

use crate::arn::arn;
use crate::store::CloudDocument;
use crate::store::rest_api::{ApiDefinition, ApiStage, RestApi};

/// A stage and everything that it serves.
#[derive(Clone, Copy, Debug)]
pub struct StageTarget<'a> {
    /// Where the API lives.
    pub region: &'a str,
    /// The API; its draft is of no interest here.
    pub api: &'a RestApi,
    /// The stage.
    pub stage: &'a ApiStage,
    /// What was deployed.
    pub definition: &'a ApiDefinition,
}

impl<'a> StageTarget<'a> {
    /// Finds a stage; API ids are unique over all regions.
    pub fn find(document: &'a CloudDocument, api: &str, stage: &str) -> Option<Self> {
        let (region, api) =
            document.regions.iter().find_map(|(name, region)| Some((name.as_str(), region.rest_apis.get(api)?)))?;
        let stage = api.stages.get(stage)?;
        let definition = &api.deployments.get(&stage.deployment_id)?.definition;
        Some(Self { region, api, stage, definition })
    }

    /// Returns `arn:<partition>:execute-api:<region>:<account>:<api>/<stage>/<method>/<path>`: who calls the function. The
    /// path is the
    /// resource's with `*` for each parameter, as API Gateway sends it.
    pub fn source_arn(&self, method: &str, resource: &str) -> String {
        let path: Vec<&str> = resource
            .trim_start_matches('/')
            .split('/')
            .map(|segment| if segment.starts_with('{') { "*" } else { segment })
            .collect();
        let path = path.join("/");
        arn("execute-api", self.region, format_args!("{}/{}/{method}/{path}", self.api.id, self.stage.name))
    }
}
