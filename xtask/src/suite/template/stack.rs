use serde_json::{Map, Value};

use super::intrinsic::{PSEUDO_PARAMETERS, Resolver};
use super::translation::Translation;

/// What CloudFormation would make of a translated template with certain parameters: no conditions,
/// no intrinsic functions. What is known only once a resource exists stands as `${Resource}` or
/// `${Resource.Attribute}`.
#[derive(Debug)]
pub(super) struct Stack {
    /// By logical id.
    pub(super) resources: Map<String, Value>,
    /// Values of the outputs, by name.
    pub(super) outputs: Map<String, Value>,
    /// As given or by default.
    pub(super) parameters: Map<String, Value>,
    /// The template before translation.
    pub(super) source: Value,
}

impl Stack {
    /// Resolves a translated template.
    pub(super) fn new(translation: &Translation, given: &[(&str, &str)]) -> Self {
        let translated = &translation.translated;
        let parameters = parameters(translated, given);
        let resolver = Resolver::new(translated, &parameters);
        let resources = object(&translated["Resources"])
            .iter()
            .filter(|(_, resource)| resolver.holds(&resource["Condition"]))
            .filter_map(|(id, resource)| Some((id.clone(), resolver.resolve(resource)?)))
            .collect();
        let outputs = object(&translated["Outputs"])
            .iter()
            .filter(|(_, output)| resolver.holds(&output["Condition"]))
            .filter_map(|(name, output)| Some((name.clone(), resolver.resolve(&output["Value"])?)))
            .collect();
        Self {
            resources,
            outputs,
            parameters,
            source: translation.source.clone(),
        }
    }

    /// Whether a condition of a translated template holds with these parameters.
    pub(super) fn holds(translated: &Value, given: &[(&str, &str)], condition: &str) -> bool {
        let parameters = parameters(translated, given);
        Resolver::new(translated, &parameters).holds(&Value::from(condition))
    }

    /// The rules of a template that these parameters break: CloudFormation refuses them.
    pub(super) fn broken_rules(template: &Value, given: &[(&str, &str)]) -> Vec<String> {
        let parameters = parameters(template, given);
        let resolver = Resolver::new(template, &parameters);
        object(&template["Rules"])
            .iter()
            .filter(|(_, rule)| {
                let condition = &rule["RuleCondition"];
                condition.is_null() || resolver.is_true(condition)
            })
            .filter(|(_, rule)| {
                elements(&rule["Assertions"])
                    .into_iter()
                    .any(|assertion| !resolver.is_true(&assertion["Assert"]))
            })
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// The properties of a resource; `null` if there is none of that id.
    pub(super) fn properties(&self, id: &str) -> &Value {
        self.resources
            .get(id)
            .map_or(&Value::Null, |resource| &resource["Properties"])
    }

    /// The resources of a type, with their properties.
    pub(super) fn of_type(&self, kind: &str) -> impl Iterator<Item = (&str, &Value)> {
        self.resources
            .iter()
            .filter(move |(_, resource)| resource["Type"] == kind)
            .map(|(id, resource)| (id.as_str(), &resource["Properties"]))
    }
}

/// The members of an object; none of anything else.
pub(super) fn object(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

/// The elements of a list; a value that is no list counts as one of a single element.
pub(super) fn elements(value: &Value) -> Vec<&Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(elements) => elements.iter().collect(),
        single => vec![single],
    }
}

fn parameters(template: &Value, given: &[(&str, &str)]) -> Map<String, Value> {
    let mut parameters: Map<String, Value> = PSEUDO_PARAMETERS
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Value::from(*value)))
        .collect();
    for (name, parameter) in object(&template["Parameters"]) {
        let value = given
            .iter()
            .find(|(given, _)| *given == name)
            .map(|(_, value)| Value::from(*value))
            .unwrap_or_else(|| parameter["Default"].clone());
        let value = match (&parameter["Type"], value) {
            (kind, Value::String(list)) if kind == "CommaDelimitedList" => {
                list.split(',').map(Value::from).collect()
            }
            (_, value) => value,
        };
        parameters.insert(name, value);
    }
    parameters
}
