//! What is said about the rights of a function: too wide, unknown, too many.

use super::block::FunctionBlock;
use crate::stack::Stack;

/// Characters, without white space, that the inline policies of a role may have together ("IAM and AWS STS quotas").
pub const LARGEST_POLICY: usize = 10_240;

/// Prefixes of actions that are known here ("Actions, resources, and condition keys for AWS services"). Another may be new or
/// misspelt: it is sent, with a warning.
const SERVICES: &str = "a4b access-analyzer account acm acm-pca aiops airflow amplify amplifybackend aoss apigateway app-integrations appconfig appfabric \
    appflow application-autoscaling application-signals applicationinsights appmesh apprunner appstream appsync aps arc-zonal-shift \
    artifact athena auditmanager autoscaling autoscaling-plans backup backup-gateway backup-storage batch bcm-data-exports bedrock bedrock-agentcore billing \
    braket budgets cases cassandra ce chatbot chime cleanrooms cloud9 clouddirectory cloudformation cloudfront cloudfront-keyvaluestore \
    cloudhsm cloudsearch cloudshell cloudtrail cloudtrail-data cloudwatch codeartifact codebuild codecommit codeconnections \
    codedeploy codeguru codeguru-profiler codeguru-reviewer codepipeline codestar-connections codestar-notifications cognito-identity \
    cognito-idp cognito-sync comprehend comprehendmedical compute-optimizer config connect connect-campaigns controltower cur \
    databrew dataexchange datapipeline datasync datazone dax deadline detective devicefarm devops-guru directconnect discovery dlm dms \
    docdb-elastic drs ds ds-data dsql dynamodb ebs ec2 ec2-instance-connect ec2messages ecr ecr-public ecs eks eks-auth elasticache \
    elasticbeanstalk elasticfilesystem elasticloadbalancing elasticmapreduce elastictranscoder emr-containers emr-serverless \
    entityresolution es events evidently execute-api finspace firehose fis fms forecast frauddetector fsx gamelift geo geo-maps geo-places \
    geo-routes glacier globalaccelerator glue grafana greengrass groundstation guardduty health healthlake iam identitystore \
    imagebuilder inspector inspector2 internetmonitor iot iotevents iotsitewise iottwinmaker iotwireless ivs ivschat kafka kafka-cluster \
    kafkaconnect kendra kinesis kinesisanalytics kinesisvideo kms lakeformation lambda launchwizard lex license-manager lightsail logs \
    lookoutequipment lookoutmetrics lookoutvision m2 machinelearning macie2 managedblockchain mediaconnect mediaconvert medialive \
    mediapackage mediapackage-vod mediapackagev2 mediastore mediatailor medical-imaging memorydb mgh mgn mobiletargeting mq neptune-db \
    neptune-graph network-firewall networkmanager networkmonitor notifications oam omics opsworks organizations osis outposts panorama \
    payment-cryptography pca-connector-ad personalize pi pipes polly pricing profile proton q qbusiness qldb quicksight ram rbin \
    rds rds-data rds-db redshift redshift-data redshift-serverless refactor-spaces rekognition resiliencehub resource-explorer-2 \
    resource-groups robomaker rolesanywhere route53 route53-recovery-cluster route53-recovery-control-config \
    route53-recovery-readiness route53domains route53resolver rum s3 s3-object-lambda s3-outposts s3express s3tables s3vectors sagemaker \
    savingsplans scheduler schemas sdb secretsmanager securityhub securitylake serverlessrepo servicecatalog servicediscovery \
    servicequotas ses shield signer signin simspaceweaver sms sms-voice snow-device-management snowball sns social-messaging sqs ssm \
    ssm-contacts ssm-guiconnect ssm-incidents ssmmessages sso sso-directory states storagegateway sts support swf synthetics tag textract \
    timestream timestream-influxdb transcribe transfer translate trustedadvisor verifiedpermissions vpc-lattice vpc-lattice-svcs waf \
    waf-regional wafv2 wellarchitected wisdom workdocs workmail workspaces workspaces-web xray";

/// Returns what somebody should know about the rights that `allow` gives.
pub(super) fn warnings(stack: &Stack) -> Vec<String> {
    stack.all::<FunctionBlock>().iter().flat_map(|(id, block)| of_function(id, block)).collect()
}

fn of_function(id: &str, block: &FunctionBlock) -> Vec<String> {
    let mut warnings = Vec::new();
    if let Some(role) = &block.role_arn {
        warnings.push(format!(
            "function.{id} runs as {role}, which is not changed: `deployer policy --function {id}` prints the rights that it has to have"
        ));
    }
    for allowed in &block.allow {
        let everywhere = allowed.resources.iter().any(|resource| resource == "*") && allowed.conditions.is_empty();
        for action in &allowed.actions {
            let service = action.split(':').next().unwrap_or(action);
            if action == "*" || action.ends_with(":*") {
                warnings.push(format!(
                    "function.{id} may do everything that `{action}` stands for: name the actions that it needs"
                ));
            } else if everywhere && !is_without_resources(action) {
                warnings.push(format!(
                    "function.{id} may use {action} on everything of the account: name the resources in `allow`"
                ));
            }
            if action != "*" && !SERVICES.split_whitespace().any(|known| known == service) {
                warnings.push(format!(
                    "function.{id}: `{service}` of `{action}` is no service that is known here; IAM takes it as it is, and it allows nothing where it is misspelt"
                ));
            }
        }
    }
    warnings.sort();
    warnings.dedup();
    warnings
}

/// Tells whether an action is of those that are best known for having no resources to restrict them to.
fn is_without_resources(action: &str) -> bool {
    [
        "xray:",
        "cloudwatch:PutMetricData",
        "ec2:Describe",
        "ssmmessages:",
        "textract:",
        "polly:",
        "translate:",
        "comprehend:",
        "sts:GetCallerIdentity",
    ]
    .iter()
    .any(|start| action.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warned(actions: &[&str], resources: &[&str]) -> Vec<String> {
        let block = serde_json::json!({"allow": [{"actions": actions, "resources": resources, "conditions": {}}]});
        let allow = serde_json::from_value(block["allow"].clone()).unwrap();
        let mut shape = serde_json::json!({"artifact": "x"});
        crate::stack::ValueShape::Table(FunctionBlock::KEYS).complete(&mut shape);
        let block = FunctionBlock { allow, ..serde_json::from_value(shape).unwrap() };
        of_function("f", &block)
    }

    #[test]
    fn what_is_wide_or_unknown_is_told() {
        let arn = "arn:aws:ses:eu-west-1:1:identity/a";
        assert_eq!(warned(&["ses:SendEmail"], &[arn]), [""; 0]);
        assert_eq!(warned(&["cloudwatch:PutMetricData"], &["*"]), [""; 0], "it has no resources");
        insta::assert_snapshot!(
            [
                warned(&["ses:SendEmail"], &[arn, "*"]),
                warned(&["ses:*", "*"], &[arn]),
                warned(&["sess:SendEmail"], &[arn])
            ]
            .concat()
            .join("\n")
        );
    }
}
