"""Translates templates as CloudFormation would, and lints what goes in and what comes out.

Standard input: a JSON list of objects with `template` (text), `parameters` (by name) and
`lint` (a list: `source` for what goes in, `translated` for what comes out).
Standard output: a JSON list, one object for each, with `source` (the template as it was read),
`translated` (null where it cannot be translated) and `findings`, strings that begin with the id
of a rule.
"""

import copy
import json
import logging
import os
import sys
from multiprocessing import Pool

from boto3.session import Session
from cfnlint.config import ConfigMixIn
from cfnlint.core import get_rules
from cfnlint.decode.decode import decode_str
from cfnlint.runner import run_template_by_data
from samcli.yamlhelper import yaml_parse
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

REGIONS = ["eu-west-1", "cn-north-1"]
PACKAGE = "s3://bucket/package.zip"
# I4010 asks for a description of the stack in a format for machines.
IGNORED = ["I4010"]
RULES = None


def load_rules():
    global RULES
    # The translator warns that nobody publishes its statistics.
    logging.disable(logging.WARNING)
    RULES = get_rules([], IGNORED, ["I"])


def findings(text):
    template, matches = decode_str(text)
    if not matches:
        config = ConfigMixIn(regions=REGIONS)
        matches = list(run_template_by_data(template, config, RULES))
    return [finding(match) for match in matches]


def finding(match):
    path = "/".join(str(part) for part in getattr(match, "path", None) or [])
    return f"{match.rule.id} {path}: {match.message}"


def translate(source, parameters):
    source = copy.deepcopy(source)
    source["Globals"]["Function"].pop("CodeUri")
    for resource in source["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = PACKAGE
    translator = Translator({}, Parser(), boto_session=Session(region_name=REGIONS[0]))
    return translator.translate(source, parameters)


def check(job):
    source = yaml_parse(job["template"])
    found = findings(job["template"]) if "source" in job["lint"] else []
    try:
        translated = translate(source, job["parameters"])
        if "translated" in job["lint"]:
            found += findings(json.dumps(translated))
    except InvalidDocumentException as error:
        translated = None
        found += [f"translation: {cause.message}" for cause in error.causes]
    return {"source": source, "translated": translated, "findings": found}


def main():
    with Pool(os.cpu_count(), load_rules) as pool:
        results = pool.map(check, json.load(sys.stdin), chunksize=1)
    json.dump(results, sys.stdout)


if __name__ == "__main__":
    main()
