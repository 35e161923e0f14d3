"""Everything in an account that deployer could have made or left behind, read with boto3.

What changes from run to run by itself (times, revision ids) is left out; ids that AWS makes up stay, because two tests may not
share them.
"""

import json


def pages(client, operation, key, **arguments):
    """Every item of a paginated operation."""
    paginator = client.get_paginator(operation)
    return [item for page in paginator.paginate(**arguments) for item in page.get(key, [])]


def tag_map(tags, key="Key", value="Value"):
    return {tag[key]: tag[value] for tag in tags}


def inspect(client):
    """The account as one JSON value; `client(service)` gives a boto3 client."""
    return {
        "tables": tables(client("dynamodb")),
        "backups": backups(client("dynamodb")),
        "roles": roles(client("iam")),
        "policies": policies(client("iam")),
        "functions": functions(client("lambda")),
        "apis": apis(client("apigateway")),
        "log_groups": log_groups(client("logs")),
        "rules": rules(client("events")),
        "tagged": tagged(client("resourcegroupstaggingapi")),
    }


def tables(dynamodb):
    return {name: table(dynamodb, name) for name in pages(dynamodb, "list_tables", "TableNames")}


def table(dynamodb, name):
    table = dynamodb.describe_table(TableName=name)["Table"]
    types = {a["AttributeName"]: a["AttributeType"] for a in table["AttributeDefinitions"]}
    ttl = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    stream = table.get("StreamSpecification", {})

    def keys(schema):
        return [f"{k['KeyType']} {k['AttributeName']} {types.get(k['AttributeName'])}" for k in schema]

    billing_mode = table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")

    def units(described):
        if billing_mode != "PROVISIONED":
            return None
        throughput = described.get("ProvisionedThroughput", {})
        return [throughput.get("ReadCapacityUnits", 0), throughput.get("WriteCapacityUnits", 0)]

    def indexes(described):
        return {
            index["IndexName"]: {
                "keys": keys(index["KeySchema"]),
                "projection": [index["Projection"]["ProjectionType"], *sorted(index["Projection"].get("NonKeyAttributes", []))],
                "units": units(index),
            }
            for index in described
        }

    return {
        "status": table["TableStatus"],
        "keys": keys(table["KeySchema"]),
        "billing_mode": billing_mode,
        "units": units(table),
        "indexes": indexes(table.get("GlobalSecondaryIndexes", [])),
        "local_indexes": indexes(table.get("LocalSecondaryIndexes", [])),
        "ttl": [ttl["TimeToLiveStatus"], ttl.get("AttributeName")],
        "point_in_time_recovery": backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"],
        "deletion_protection": table.get("DeletionProtectionEnabled", False),
        "stream": stream.get("StreamViewType") if stream.get("StreamEnabled") else None,
        "encryption": [table.get("SSEDescription", {}).get(k) for k in ("Status", "SSEType")],
        "items": dynamodb.scan(TableName=name, Select="COUNT")["Count"],
        "tags": tag_map(dynamodb.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"]),
    }


def backups(dynamodb):
    return sorted(b["TableName"] for b in dynamodb.list_backups()["BackupSummaries"])


def roles(iam):
    return {role["RoleName"]: one_role(iam, role["RoleName"]) for role in pages(iam, "list_roles", "Roles")}


def one_role(iam, name):
    role = iam.get_role(RoleName=name)["Role"]
    return {
        "path": role["Path"],
        "description": role.get("Description"),
        "trust": role["AssumeRolePolicyDocument"],
        "inline": {
            policy: iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
            for policy in pages(iam, "list_role_policies", "PolicyNames", RoleName=name)
        },
        "attached": sorted(
            p["PolicyArn"] for p in pages(iam, "list_attached_role_policies", "AttachedPolicies", RoleName=name)
        ),
        "tags": tag_map(role.get("Tags", [])),
    }


def policies(iam):
    """Customer-managed policies: deployer makes none."""
    return sorted(p["PolicyName"] for p in pages(iam, "list_policies", "Policies", Scope="Local"))


def functions(client):
    return {f["FunctionName"]: function(client, f["FunctionName"]) for f in pages(client, "list_functions", "Functions")}


def function(client, name):
    answer = client.get_function(FunctionName=name)
    configuration = answer["Configuration"]
    wanted = (
        "Role Runtime Handler Architectures MemorySize Timeout EphemeralStorage Description Environment "
        "TracingConfig CodeSha256 CodeSize PackageType State Layers VpcConfig"
    ).split()
    try:
        policy = json.loads(client.get_policy(FunctionName=name)["Policy"])
    except client.exceptions.ResourceNotFoundException:
        policy = {"Statement": []}
    return {
        **{key: configuration.get(key) for key in wanted},
        "concurrency": answer.get("Concurrency", {}).get("ReservedConcurrentExecutions"),
        "policy": {statement["Sid"]: statement for statement in policy["Statement"]},
        "versions": [v["Version"] for v in pages(client, "list_versions_by_function", "Versions", FunctionName=name)],
        "tags": answer.get("Tags", {}),
    }


def apis(gateway):
    return {api["id"]: one_api(gateway, api["id"]) for api in pages(gateway, "get_rest_apis", "items", limit=500)}


def one_api(gateway, api_id):
    api = gateway.get_rest_api(restApiId=api_id)
    resources = pages(gateway, "get_resources", "items", restApiId=api_id, embed=["methods"], limit=500)
    deployments = {d["id"]: d.get("description") for d in pages(gateway, "get_deployments", "items", restApiId=api_id)}

    def method(described):
        integration = described.get("methodIntegration", {})
        return {
            "authorization": described.get("authorizationType"),
            "key": described.get("apiKeyRequired"),
            "type": integration.get("type"),
            "verb": integration.get("httpMethod"),
            "uri": integration.get("uri"),
        }

    return {
        "name": api["name"],
        "description": api.get("description"),
        "endpoint": api["endpointConfiguration"]["types"],
        "binary_media_types": sorted(api.get("binaryMediaTypes", [])),
        "minimum_compression_size": api.get("minimumCompressionSize"),
        "methods": {
            f"{verb} {resource['path']}": method(described)
            for resource in resources
            for verb, described in resource.get("resourceMethods", {}).items()
        },
        "stages": {
            stage["stageName"]: {
                "shows": deployments.get(stage["deploymentId"]),
                "throttle": [
                    stage.get("methodSettings", {}).get("*/*", {}).get(k)
                    for k in ("throttlingRateLimit", "throttlingBurstLimit")
                ],
                "tracing": stage.get("tracingEnabled", False),
            }
            for stage in gateway.get_stages(restApiId=api_id)["item"]
        },
        "deployments": sorted(d or "" for d in deployments.values()),
        "tags": api.get("tags", {}),
    }


def log_groups(logs):
    return {
        group["logGroupName"]: {
            "retention": group.get("retentionInDays"),
            "tags": logs.list_tags_for_resource(resourceArn=group["arn"].removesuffix(":*"))["tags"],
        }
        for group in pages(logs, "describe_log_groups", "logGroups")
    }


def rules(events):
    return {rule["Name"]: one_rule(events, rule["Name"]) for rule in events.list_rules()["Rules"]}


def one_rule(events, name):
    rule = events.describe_rule(Name=name)
    targets = events.list_targets_by_rule(Rule=name)["Targets"]
    return {
        "expression": rule.get("ScheduleExpression"),
        "state": rule["State"],
        "description": rule.get("Description"),
        "targets": {target["Id"]: [target["Arn"], target.get("Input")] for target in targets},
        "tags": tag_map(events.list_tags_for_resource(ResourceARN=rule["Arn"])["Tags"]),
    }


def tagged(tagging):
    return sorted(r["ResourceARN"] for r in pages(tagging, "get_resources", "ResourceTagMappingList"))
