//! CloudFormation's intrinsic functions, as far as the template uses them:
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html>.

use serde_json::{Map, Value};

use super::stack::object;

/// The identifier of the stack that the tests imagine.
pub(super) const STACK_GUID: &str = "5f0e7d4c-1a2b-3c4d-5e6f-708192a3b4c5";

/// What CloudFormation knows of every stack.
pub(super) const PSEUDO_PARAMETERS: &[(&str, &str)] = &[
    ("AWS::AccountId", "123456789012"),
    ("AWS::Partition", "aws"),
    ("AWS::Region", "eu-west-1"),
    (
        "AWS::StackId",
        "arn:aws:cloudformation:eu-west-1:123456789012:stack/example/5f0e7d4c-1a2b-3c4d-5e6f-708192a3b4c5",
    ),
    ("AWS::StackName", "example"),
    ("AWS::URLSuffix", "amazonaws.com"),
];

/// Resolves the values of one template with certain parameters.
pub(super) struct Resolver<'a> {
    template: &'a Value,
    parameters: &'a Map<String, Value>,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(template: &'a Value, parameters: &'a Map<String, Value>) -> Self {
        Self {
            template,
            parameters,
        }
    }

    /// Whether the condition of that name holds; one that is not named does.
    pub(super) fn holds(&self, name: &Value) -> bool {
        match name.as_str() {
            Some(name) => self.is_true(&self.template["Conditions"][name]),
            None => true,
        }
    }

    /// The value without intrinsic functions; `None` for `AWS::NoValue`.
    pub(super) fn resolve(&self, value: &Value) -> Option<Value> {
        match value {
            Value::Array(elements) => Some(
                elements
                    .iter()
                    .filter_map(|element| self.resolve(element))
                    .collect(),
            ),
            Value::Object(members) => match only_member(members) {
                Some(("Ref", Value::String(name))) if name == "AWS::NoValue" => None,
                Some(("Fn::If", Value::Array(parts))) => match parts.as_slice() {
                    [condition, then, _] if self.holds(condition) => self.resolve(then),
                    [_, _, otherwise] => self.resolve(otherwise),
                    _ => Some(value.clone()),
                },
                Some((function, argument)) if is_function(function) => Some(
                    self.apply(function, argument)
                        .unwrap_or_else(|| value.clone()),
                ),
                _ => Some(Value::Object(
                    members
                        .iter()
                        .filter_map(|(key, value)| Some((key.clone(), self.resolve(value)?)))
                        .collect(),
                )),
            },
            plain => Some(plain.clone()),
        }
    }

    fn apply(&self, function: &str, argument: &Value) -> Option<Value> {
        match function {
            "Ref" => {
                let name = argument.as_str()?;
                let known = self.parameters.get(name).cloned();
                Some(known.unwrap_or_else(|| Value::from(format!("${{{name}}}"))))
            }
            "Fn::GetAtt" => {
                let parts: Vec<&str> = argument
                    .as_array()?
                    .iter()
                    .map(Value::as_str)
                    .collect::<Option<_>>()?;
                Some(Value::from(format!("${{{}}}", parts.join("."))))
            }
            "Fn::Sub" => match argument {
                Value::String(text) => Some(Value::from(self.substitute(text, &Map::new()))),
                list => {
                    let variables = object(&self.resolve(list.get(1)?)?);
                    Some(Value::from(
                        self.substitute(list.get(0)?.as_str()?, &variables),
                    ))
                }
            },
            "Fn::FindInMap" => {
                let keys = self.resolve(argument)?;
                let [map, first, second] = keys.as_array()?.as_slice() else {
                    return None;
                };
                self.template
                    .pointer(&format!(
                        "/Mappings/{}/{}/{}",
                        map.as_str()?,
                        first.as_str()?,
                        second.as_str()?
                    ))
                    .cloned()
            }
            "Fn::Select" => {
                let index = argument.get(0)?.as_u64()?;
                let list = self.resolve(argument.get(1)?)?;
                list.get(usize::try_from(index).ok()?).cloned()
            }
            "Fn::Split" => {
                let text = self.resolve(argument.get(1)?)?;
                let delimiter = argument.get(0)?.as_str()?;
                Some(text.as_str()?.split(delimiter).map(Value::from).collect())
            }
            "Fn::Join" => {
                let list = self.resolve(argument.get(1)?)?;
                let texts: Vec<&str> = list
                    .as_array()?
                    .iter()
                    .map(Value::as_str)
                    .collect::<Option<_>>()?;
                Some(Value::from(texts.join(argument.get(0)?.as_str()?)))
            }
            _ => None,
        }
    }

    /// Fills in what is known; other `${...}` stay.
    fn substitute(&self, text: &str, variables: &Map<String, Value>) -> String {
        let mut result = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            result.push_str(before);
            let Some((name, after)) = after.split_once('}') else {
                result.push_str("${");
                rest = after;
                continue;
            };
            match variables.get(name).or_else(|| self.parameters.get(name)) {
                Some(Value::String(value)) => result.push_str(value),
                Some(value) => result.push_str(&value.to_string()),
                None => result.push_str(&format!("${{{name}}}")),
            }
            rest = after;
        }
        result.push_str(rest);
        result
    }

    /// Whether the function of a condition or of a rule is true.
    pub(super) fn is_true(&self, condition: &Value) -> bool {
        let Some((function, argument)) = condition.as_object().and_then(only_member) else {
            return false;
        };
        let operands = argument.as_array().map(Vec::as_slice).unwrap_or_default();
        match function {
            "Condition" => self.holds(argument),
            "Fn::Not" => operands.iter().all(|operand| !self.is_true(operand)),
            "Fn::And" => operands.iter().all(|operand| self.is_true(operand)),
            "Fn::Or" => operands.iter().any(|operand| self.is_true(operand)),
            "Fn::Equals" => match operands {
                [left, right] => self.resolve(left) == self.resolve(right),
                _ => false,
            },
            _ => false,
        }
    }
}

fn only_member(members: &Map<String, Value>) -> Option<(&str, &Value)> {
    let mut entries = members.iter();
    let (key, value) = entries.next()?;
    entries.next().is_none().then_some((key.as_str(), value))
}

fn is_function(key: &str) -> bool {
    key == "Ref" || key.starts_with("Fn::")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn functions_are_resolved_as_far_as_the_parameters_tell() {
        let template = json!({
            "Mappings": { "Console": { "aws": { "Domain": "console.aws.amazon.com" } } },
            "Conditions": {
                "HasName": { "Fn::Not": [{ "Fn::Equals": [{ "Ref": "Name" }, ""] }] },
                "HasBoth": { "Fn::And": [{ "Condition": "HasName" }, { "Fn::Equals": ["a", "b"] }] },
                "HasOne": { "Fn::Or": [{ "Condition": "HasName" }, { "Condition": "HasBoth" }] },
            },
        });
        let parameters = object(&json!({
            "Name": "meters=5,doors", "Arns": ["a", "b"], "AWS::Partition": "aws",
        }));
        let cases = [
            (json!({ "Ref": "Name" }), json!("meters=5,doors")),
            (json!({ "Ref": "Queue" }), json!("${Queue}")),
            (json!({ "Ref": "Arns" }), json!(["a", "b"])),
            (json!([{ "Ref": "AWS::NoValue" }, 1]), json!([1])),
            (json!({ "a": { "Ref": "AWS::NoValue" } }), json!({})),
            (
                json!({ "Fn::GetAtt": ["Queue", "Arn"] }),
                json!("${Queue.Arn}"),
            ),
            (
                json!({ "Fn::Sub": "x/${Name}/${Queue.Arn}" }),
                json!("x/meters=5,doors/${Queue.Arn}"),
            ),
            (
                json!({ "Fn::Sub": ["${Id}!${Name", { "Id": { "Ref": "Queue" } }] }),
                json!("${Queue}!${Name"),
            ),
            (
                json!({ "Fn::FindInMap": ["Console", { "Ref": "AWS::Partition" }, "Domain"] }),
                json!("console.aws.amazon.com"),
            ),
            (
                json!({ "Fn::Select": [1, { "Fn::Split": [",", { "Ref": "Name" }] }] }),
                json!("doors"),
            ),
            (
                json!({ "Fn::Join": ["-", { "Ref": "Arns" }] }),
                json!("a-b"),
            ),
            (json!({ "Fn::If": ["HasName", 1, 2] }), json!(1)),
            (json!({ "Fn::If": ["HasBoth", 1, 2] }), json!(2)),
            (
                json!({ "Fn::If": ["HasOne", { "Ref": "Queue" }, 2] }),
                json!("${Queue}"),
            ),
            (json!({ "Fn::If": ["HasNone", 1, 2] }), json!(2)),
            (json!({ "Fn::Unheard": 1 }), json!({ "Fn::Unheard": 1 })),
            (
                json!({ "Bool": { "a": "b" } }),
                json!({ "Bool": { "a": "b" } }),
            ),
        ];
        let resolver = Resolver::new(&template, &parameters);
        for (value, expected) in cases {
            assert_eq!(resolver.resolve(&value), Some(expected), "{value}");
        }
        assert_eq!(resolver.resolve(&json!({ "Ref": "AWS::NoValue" })), None);
        assert!(resolver.holds(&Value::Null));
        assert!(!resolver.holds(&json!("HasBoth")));
    }
}
