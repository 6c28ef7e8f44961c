"""Deploys translated templates in an emulator of AWS.

Standard input: a JSON object with `endpoint` and `stacks`, a list of objects with `name`,
`template` and `parameters`.
Standard output: a JSON list, one object for each, with `status`, `reasons` (of what failed),
`resources` (physical ids by logical id) and `outputs`.
"""

import io
import json
import sys
import time
import zipfile

from boto3.session import Session

BUCKET = "bucket"
# How long a stack may take.
LIMIT = 60


def put_package(s3):
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("bootstrap", "#!/bin/sh\n")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket=BUCKET, Key="package.zip", Body=package.getvalue())


def deploy(stack, endpoint, s3, cloudformation):
    name = stack["name"]
    # Larger than what a call takes.
    s3.put_object(Bucket=BUCKET, Key=name, Body=json.dumps(stack["template"]).encode())
    cloudformation.create_stack(
        StackName=name,
        TemplateURL=f"{endpoint}/{BUCKET}/{name}",
        Capabilities=["CAPABILITY_IAM"],
        Parameters=[
            {"ParameterKey": key, "ParameterValue": value}
            for key, value in stack["parameters"].items()
        ],
    )
    end = time.monotonic() + LIMIT
    while True:
        state = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        if not state["StackStatus"].endswith("_IN_PROGRESS") or time.monotonic() > end:
            break
        time.sleep(0.1)
    events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    resources = cloudformation.describe_stack_resources(StackName=name)["StackResources"]
    return {
        "status": state["StackStatus"],
        "reasons": [
            f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason')}"
            for event in events
            if event["ResourceStatus"].endswith("_FAILED")
        ],
        "resources": {
            resource["LogicalResourceId"]: resource["PhysicalResourceId"]
            for resource in resources
        },
        "outputs": {
            output["OutputKey"]: output["OutputValue"] for output in state.get("Outputs", [])
        },
    }


def main():
    job = json.load(sys.stdin)
    session = Session("test", "test", region_name="eu-west-1")
    s3 = session.client("s3", endpoint_url=job["endpoint"])
    cloudformation = session.client("cloudformation", endpoint_url=job["endpoint"])
    put_package(s3)
    results = [deploy(stack, job["endpoint"], s3, cloudformation) for stack in job["stacks"]]
    json.dump(results, sys.stdout)


main()
