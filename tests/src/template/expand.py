"""Makes of templates what CloudFormation would: SAM's translator and the language extensions expand
them, parameters are checked, conditions and intrinsic functions are resolved.

Standard input: a JSON list of objects with `template` (text) and `parameters` (by name).
Standard output: a JSON list, one object for each, with
  `source`: the template as it was read;
  `refused`: the parameters and rules that CloudFormation would refuse; then nothing follows;
  `expanded`: the template without transforms, to be deployed;
  `resources`, `outputs`: what would be there, by logical id. What is known only once a resource
  exists stands as `${Resource}` or `${Resource.Attribute}`, an import as `${import NAME}`.
"""

import copy
import json
import logging
import os
import re
import sys

os.environ.pop("AWS_PROFILE", None)

from boto3.session import Session
from samcli.lib.cfn_language_extensions.sam_integration import expand_language_extensions
from samcli.yamlhelper import yaml_parse
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

REGION = "eu-west-1"
PSEUDO_PARAMETERS = {
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackId": f"arn:aws:cloudformation:{REGION}:123456789012:stack/example/"
    "5f0e7d4c-1a2b-3c4d-5e6f-708192a3b4c5",
    "AWS::StackName": "example",
    "AWS::URLSuffix": "amazonaws.com",
}
NO_VALUE = object()


class Resolver:
    """Resolves intrinsic functions. One that it does not know ends the program."""

    def __init__(self, template, given):
        self.template = template
        self.values = dict(PSEUDO_PARAMETERS)
        for name, parameter in template.get("Parameters", {}).items():
            value = given.get(name, parameter.get("Default"))
            if parameter["Type"] == "CommaDelimitedList" and isinstance(value, str):
                value = value.split(",")
            self.values[name] = value

    def holds(self, name):
        return name is None or self.is_true(self.template["Conditions"][name])

    def is_true(self, condition):
        [(function, operands)] = condition.items()
        match function:
            case "Condition":
                return self.holds(operands)
            case "Fn::Not":
                return not self.is_true(operands[0])
            case "Fn::And":
                return all(map(self.is_true, operands))
            case "Fn::Or":
                return any(map(self.is_true, operands))
            case "Fn::Equals":
                return self.resolve(operands[0]) == self.resolve(operands[1])
        raise ValueError(f"{function} in a condition")

    def resolve(self, value):
        if isinstance(value, list):
            return [found for found in map(self.resolve, value) if found is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(function, argument)] = value.items()
            if function == "Ref" or function.startswith("Fn::"):
                return self.apply(function, argument)
        members = {key: self.resolve(member) for key, member in value.items()}
        return {key: member for key, member in members.items() if member is not NO_VALUE}

    def apply(self, function, argument):
        match function:
            case "Ref" if argument == "AWS::NoValue":
                return NO_VALUE
            case "Ref":
                return self.values.get(argument, f"${{{argument}}}")
            case "Fn::If":
                condition, yes, no = argument
                return self.resolve(yes if self.holds(condition) else no)
            case "Fn::GetAtt":
                parts = argument if isinstance(argument, list) else [argument]
                return f"${{{'.'.join(parts)}}}"
            case "Fn::ImportValue":
                return f"${{import {self.resolve(argument)}}}"
            case "Fn::Sub" if isinstance(argument, str):
                return self.substitute(argument, {})
            case "Fn::Sub":
                return self.substitute(argument[0], self.resolve(argument[1]))
            case "Fn::FindInMap":
                name, first, second = self.resolve(argument)
                return self.template["Mappings"][name][first][second]
            case "Fn::Select":
                return self.resolve(argument[1])[int(argument[0])]
            case "Fn::Split":
                return self.resolve(argument[1]).split(argument[0])
            case "Fn::Join":
                return argument[0].join(self.resolve(argument[1]))
        raise ValueError(function)

    def substitute(self, text, variables):
        known = self.values | variables
        return re.sub(r"\$\{([\w:.]+)\}", lambda m: str(known.get(m[1], m[0])), text)

    def refused(self):
        """The parameters with values that the template does not take, and the rules that they break."""
        for name, parameter in self.template.get("Parameters", {}).items():
            value = self.values[name]
            for one in value if isinstance(value, list) else [value]:
                if not takes(parameter, one):
                    yield name
                    break
        for name, rule in self.template.get("Rules", {}).items():
            if not all(self.is_true(assertion["Assert"]) for assertion in rule["Assertions"]):
                yield name


def takes(parameter, value):
    if value is None:
        return False
    number = float(value) if parameter["Type"] == "Number" else 0
    return (
        bool(re.fullmatch(parameter.get("AllowedPattern", "(?s:.*)"), str(value)))
        and str(value) in map(str, parameter.get("AllowedValues", [value]))
        and parameter.get("MinValue", number) <= number <= parameter.get("MaxValue", number)
    )


def transform(source, parameters):
    template = copy.deepcopy(source)
    if "Transform" not in template:
        return template
    if "AWS::LanguageExtensions" in str(template["Transform"]):
        values = Resolver(template, parameters).values
        expanded = expand_language_extensions(template, values, enabled=True)
        template = expanded.expanded_template
        template.pop("Transform")
        return template
    template["Globals"]["Function"].pop("CodeUri")
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://bucket/package.zip"
    translator = Translator({}, Parser(), boto_session=Session(region_name=REGION))
    return translator.translate(template, parameters)


def expand(job):
    source, given = yaml_parse(job["template"]), job["parameters"]
    result = {"source": source, "refused": sorted(Resolver(source, given).refused())}
    if result["refused"]:
        return result
    expanded = transform(source, given)
    resolver = Resolver(expanded, given)
    resources = {
        name: resolver.resolve(resource)
        for name, resource in expanded["Resources"].items()
        if resolver.holds(resource.get("Condition"))
    }
    outputs = {
        name: resolver.resolve(output)
        for name, output in expanded.get("Outputs", {}).items()
        if resolver.holds(output.get("Condition"))
    }
    return result | {"expanded": expanded, "resources": resources, "outputs": outputs}


def main():
    # The translator warns that nobody publishes its statistics.
    logging.disable(logging.WARNING)
    json.dump([expand(job) for job in json.load(sys.stdin)], sys.stdout)


main()
