"""Calls an emulator of AWS, as operators and functions would.

Standard input: a JSON object with `endpoint` and `calls`, a list of objects with `service`, `operation`
(both as boto3 names them) and `arguments`. Arguments that are times are seconds since 1970.
Standard output: a JSON list of the answers.
"""

import json
import os
import sys

os.environ.pop("AWS_PROFILE", None)

from boto3.session import Session


def main():
    job = json.load(sys.stdin)
    session = Session("test", "test", region_name="eu-west-1")
    answers = []
    for call in job["calls"]:
        client = session.client(call["service"], endpoint_url=job["endpoint"])
        answers.append(getattr(client, call["operation"])(**call["arguments"]))
    json.dump(answers, sys.stdout, default=str)


main()
