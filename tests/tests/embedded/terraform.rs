//! Real Terraform as a client: what its AWS provider sends is answered, and the systems that it makes are taken over.
//!
//! The recordings in `terraform/` are of Terraform 1.11.4 with the AWS provider 5.46: `apply`, `plan`, `apply` of a change, `plan`,
//! `destroy` of three systems. A line is a call with the answer that the provider went on with. `managed.jsonl` was recorded in
//! front of moto. The states are those that Terraform wrote after the first `apply`.

use std::collections::{BTreeMap, BTreeSet};
use tests::terraform_calls::{RecordedCall, TerraformRecording, TerraformReplay, members};
use tests::{Sandbox, function_code};

/// Members of recorded answers that are not answered here, by a part of the call and the beginning of the member, and why.
const UNREAD: [(&str, &str, &str); 15] = [
    ("CreateRole", "MaxSessionDuration", "AWS answers it only where it was asked for (recorded answers of AWS)"),
    ("CreateRole", "RoleLastUsed", "moto's: nothing has used a role that is new"),
    ("ListPolicyVersions", "Document", "moto's: AWS has documents in single answers alone"),
    ("CreateTable", "TableDescription.WarmThroughput", "as of DescribeTable"),
    ("CreateTable", "TableDescription.BillingModeSummary", "as of DescribeTable"),
    ("DeleteTable", "TableDescription.", "AWS answers the name, the status and counts of a table that goes"),
    ("DescribeTable", "Table.WarmThroughput", "moto's; the provider of the recording does not know it"),
    ("DescribeTable", "Table.BillingModeSummary", "moto's; AWS has none for a table that was always provisioned"),
    ("/versions", "Versions.", "states, which moto answers in lists too"),
    ("/restapis", "resourceMethods.", "moto's: AWS embeds methods where it is asked to"),
    ("/restapis", "stageName", "moto's: a deployment has no stage"),
    ("/restapis", "connectionType", "moto's: AWS answers what was set, and INTERNET is what is not"),
    ("/restapis", "methodIntegration.connectionType", "as connectionType"),
    ("DELETE /restapis", "", "moto's: what was deleted"),
    ("/restapis", "version", "moto's, as text of nothing"),
];

/// Ends of members that every deployment of code, or the time, changes: they are not shown.
const CHANGES_WITH_CODE: [&str; 10] = [
    "RequestId",
    "RevisionId",
    "LastModified",
    "lastUpdatedDate",
    "createdDate",
    "CodeSha256",
    "CodeSize",
    "Code.Location",
    "deploymentId",
    "LatestRestorableDateTime",
];

fn former() -> TerraformRecording {
    TerraformRecording::parse(include_str!("terraform/former.jsonl"), "ap-south-1")
}

fn rich() -> TerraformRecording {
    TerraformRecording::parse(include_str!("terraform/rich.jsonl"), "eu-central-1")
}

/// The system with a managed policy and keys.
pub fn managed() -> TerraformRecording {
    TerraformRecording::parse(include_str!("terraform/managed.jsonl"), "eu-west-1")
}

/// Each call is answered as Terraform needs it, and with what its provider reads.
#[test]
fn every_call_of_terraform_is_answered() {
    for (name, recording) in [("former", former()), ("rich", rich()), ("managed", managed())] {
        let sandbox = Sandbox::empty();
        let mut replay = TerraformReplay::new(&sandbox.start_cloud().endpoint, &recording);
        let mut differences = BTreeSet::new();
        for call in recording.steps().iter().flatten() {
            let reply = replay.send(call);
            let what = call.operation();
            if (call.status < 300) != (reply.status < 300) {
                differences.insert(format!("{what}: {} there, {} here: {}", call.status, reply.status, reply.body));
            }
            if call.status >= 300 {
                continue;
            }
            let here = members(&reply.body);
            let unread = |member: &str| {
                UNREAD.iter().any(|(call, beginning, _)| what.contains(call) && member.starts_with(beginning))
            };
            let there = members(&call.answer).into_keys();
            let missing = there.filter(|member| !here.contains_key(member) && !unread(member));
            differences.extend(missing.map(|member| format!("{what}: {member} is not answered")));
        }
        assert!(differences.is_empty(), "{name}:\n{}", Vec::from_iter(differences).join("\n"));
    }
}

#[test]
fn a_rich_system_of_terraform_is_taken_over() {
    insta::assert_snapshot!("rich_taken_over", take_over(&rich(), include_str!("terraform/rich.tfstate")));
}

#[test]
fn a_system_with_managed_policies_and_keys_is_taken_over() {
    insta::assert_snapshot!("managed_taken_over", take_over(&managed(), include_str!("terraform/managed.tfstate")));
}

/// Makes a system as Terraform made it, takes it over as the page says, and returns how what Terraform reads differs then.
fn take_over(recording: &TerraformRecording, state: &str) -> String {
    let sandbox = Sandbox::empty();
    function_code::write(&sandbox.path("code"), "first");
    let cloud = sandbox.start_cloud();
    let mut replay = TerraformReplay::new(&cloud.endpoint, recording);
    let [apply, plan, ..] = recording.steps() else { panic!("a recording of five commands") };
    for call in apply {
        replay.send(call);
    }
    sandbox.write("infra/terraform.tfstate", &replay.here(state));
    let before = look(&mut replay, plan);

    sandbox.local(&["import-terraform", "infra", "--write"]);
    let text = std::fs::read_to_string(sandbox.path("deployer.toml")).expect("the description was written");
    sandbox.describe(
        &text.replace("package = \"function\"", "artifact = \"code\"").replace("# environment", "environment"),
    );
    sandbox.local(&["import-terraform", "infra", "--adopt", "--yes"]).ok();
    let plan_after = sandbox.plan();
    assert_eq!(plan_after.steps(), [""; 0], "{plan_after}");

    let after = look(&mut replay, plan);
    differences(&replay, &before, &after).join("\n")
}

/// Reads what a `terraform plan` reads.
fn look(replay: &mut TerraformReplay, plan: &[RecordedCall]) -> BTreeMap<String, BTreeMap<String, BTreeSet<String>>> {
    let reads = plan.iter().filter(|call| call.is_read() && !call.operation().ends_with("GetCallerIdentity"));
    reads.map(|call| (format!("{} {}", call.operation(), call.subject()), members(&replay.send(call).body))).collect()
}

/// Lists the members that differ, with the ids of the recording.
fn differences(
    replay: &TerraformReplay,
    before: &BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
    after: &BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
) -> Vec<String> {
    let mut lines = Vec::new();
    for (call, was) in before {
        let is = &after[call];
        let shown = |name: &&String| !CHANGES_WITH_CODE.iter().any(|end| name.ends_with(end));
        let names: BTreeSet<&String> = was.keys().chain(is.keys()).filter(shown).collect();
        let first = lines.len();
        for name in names {
            let text = |members: &BTreeMap<String, BTreeSet<String>>| {
                let values = members.get(name).map(|values| Vec::from_iter(values.clone()).join(", "));
                replay.there(&values.unwrap_or_else(|| "(absent)".to_owned()))
            };
            let (was, is) = (text(was), text(is));
            if was != is {
                lines.push(format!("    {name}: {was} → {is}"));
            }
        }
        if lines.len() > first {
            lines.insert(first, call.clone());
        }
    }
    lines.iter().map(|line| tests::redact::redact(line)).collect()
}
