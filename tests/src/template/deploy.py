"""Deploys templates in an emulator of AWS, one after another.

Standard input: a JSON object with `endpoint`, `stacks`, a list of objects with `name`, `template` and
`parameters`, and perhaps `deleted`, the name of the stack that is deleted at the end.
Standard output: a JSON object with `stacks`, a list of objects with `status`, `reasons` (of what
failed), `resources` (physical ids by logical id) and `outputs`; and `deletion`, the status of the
deleted stack or why it is not deleted.
"""

import io
import json
import os
import sys
import time
import zipfile

os.environ.pop("AWS_PROFILE", None)

from boto3.session import Session
from botocore.exceptions import ClientError

BUCKET = "bucket"
# How long a stack may take, in seconds.
LIMIT = 60


def put_package(s3):
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("bootstrap", "#!/bin/sh\n")
    try:
        where = {"LocationConstraint": "eu-west-1"}
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=where)
    except s3.exceptions.BucketAlreadyOwnedByYou:
        pass
    s3.put_object(Bucket=BUCKET, Key="package.zip", Body=package.getvalue())


def settled(name, cloudformation):
    end = time.monotonic() + LIMIT
    while True:
        state = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        if not state["StackStatus"].endswith("_IN_PROGRESS") or time.monotonic() > end:
            return state
        time.sleep(0.1)


def deploy(stack, endpoint, s3, cloudformation):
    name = stack["name"]
    # Larger than what a call takes.
    s3.put_object(Bucket=BUCKET, Key=name, Body=json.dumps(stack["template"]).encode())
    try:
        cloudformation.create_stack(
            StackName=name,
            TemplateURL=f"{endpoint}/{BUCKET}/{name}",
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            Parameters=[
                {"ParameterKey": key, "ParameterValue": value}
                for key, value in stack["parameters"].items()
            ],
        )
    except ClientError as error:
        return {"status": "REFUSED", "reasons": [str(error)], "resources": {}, "outputs": {}}
    state = settled(name, cloudformation)
    events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    resources = cloudformation.describe_stack_resources(StackName=name)["StackResources"]
    return {
        "status": state["StackStatus"],
        "reasons": [
            f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason')}"
            for event in events
            if "ResourceStatusReason" in event
        ],
        "resources": {
            resource["LogicalResourceId"]: resource["PhysicalResourceId"]
            for resource in resources
        },
        "outputs": {
            output["OutputKey"]: output["OutputValue"] for output in state.get("Outputs", [])
        },
    }


def delete(name, cloudformation):
    try:
        cloudformation.delete_stack(StackName=name)
        state = settled(name, cloudformation)
        return state["StackStatus"] + " " + state.get("StackStatusReason", "")
    except ClientError as error:
        return str(error)


def main():
    job = json.load(sys.stdin)
    session = Session("test", "test", region_name="eu-west-1")
    s3 = session.client("s3", endpoint_url=job["endpoint"])
    cloudformation = session.client("cloudformation", endpoint_url=job["endpoint"])
    put_package(s3)
    stacks = [deploy(stack, job["endpoint"], s3, cloudformation) for stack in job["stacks"]]
    deletion = delete(job["deleted"], cloudformation) if "deleted" in job else None
    json.dump({"stacks": stacks, "deletion": deletion}, sys.stdout)


main()
