//! The filters of a target: `filters`, read and checked.

use super::{
    found::found,
    name::{nearest, shown},
    problem::{Problem, Problems},
    table::Table,
};
use crate::{
    event::EventType,
    filter::{Attribute, Comparison, Filter, Test},
};
use serde_json::{Map, Value};

/// How deep filters may be nested.
pub(super) const MAX_DEPTH: usize = 8;
/// How many comparisons the filters of a target may have.
pub(super) const MAX_TESTS: usize = 100;
/// The most characters that an attribute is compared with.
pub(super) const MAX_TEXT: usize = 512;

/// The dialects that have a table of attributes.
pub(super) const COMPARISONS: [(&str, Comparison); 3] = [
    ("exact", Comparison::Exact),
    ("prefix", Comparison::Prefix),
    ("suffix", Comparison::Suffix),
];
/// All dialects.
pub(super) const DIALECTS: [&str; 6] = ["exact", "prefix", "suffix", "all", "any", "not"];

/// Takes the filters of a target. Without filters, or with an empty list, every event passes.
pub(super) fn take(table: &mut Table, problems: &mut Problems) -> Option<Filter> {
    let Some(value) = table.value("filters") else {
        return Some(Filter::default());
    };
    let place = table.place("filters");
    let mut reader = Reader { problems, tests: 0 };
    let filter = match &value {
        Value::Array(filters) if filters.is_empty() => Some(Filter::default()),
        _ => reader.list(&place, &value, 1).map(Filter::All),
    };
    if reader.tests > MAX_TESTS {
        let message = format!(
            "has {} comparisons: at most {MAX_TESTS} are possible",
            reader.tests
        );
        reader.refuse::<Filter>(&place, message);
    }
    let filter = filter?;
    reader.possible(&place, filter)
}

struct Reader<'p> {
    problems: &'p mut Problems,
    /// How many comparisons there were.
    tests: usize,
}

impl Reader<'_> {
    fn refuse<T>(&mut self, place: &str, message: impl Into<String>) -> Option<T> {
        self.problems.push(Problem::new(place, message));
        None
    }

    /// The filter, unless no event can pass it.
    fn possible(&mut self, place: &str, filter: Filter) -> Option<Filter> {
        if self.tests > MAX_TESTS || filter.can_be_passed() {
            return Some(filter);
        }
        self.refuse(place, "contradicts itself: no event can pass")
    }

    /// Filters one after the other.
    fn list(&mut self, place: &str, value: &Value, depth: usize) -> Option<Box<[Filter]>> {
        let Some(filters) = value.as_array().filter(|filters| !filters.is_empty()) else {
            let message = format!(
                "must be a list of filters, such as [{{ exact = {{ type = \"…\" }} }}], got {}",
                found("", value)
            );
            return self.refuse(place, message);
        };
        let read: Vec<Option<Filter>> = filters
            .iter()
            .enumerate()
            .map(|(index, filter)| self.filter(&format!("{place}[{index}]"), filter, depth))
            .collect();
        read.into_iter().collect()
    }

    fn filter(&mut self, place: &str, value: &Value, depth: usize) -> Option<Filter> {
        let dialects = || DIALECTS.join(", ");
        if depth > MAX_DEPTH {
            let message = format!("is nested too deep: at most {MAX_DEPTH} levels are possible");
            return self.refuse(place, message);
        }
        let Some(dialect) = value.as_object() else {
            let message = format!(
                "must be a table with one of {}, got {}",
                dialects(),
                found("", value)
            );
            return self.refuse(place, message);
        };
        let mut entries = dialect.iter();
        let (Some((name, inner)), None) = (entries.next(), entries.next()) else {
            let message = format!(
                "must have exactly one of {}, got {}: filters that must all hold are items of a list",
                dialects(),
                dialect.len()
            );
            return self.refuse(place, message);
        };
        let inner_place = format!("{place}.{}", shown(name));
        if let Some((_, comparison)) = COMPARISONS.iter().find(|(word, _)| word == name) {
            return self.comparisons(&inner_place, inner, *comparison);
        }
        let filter = match name.as_str() {
            "all" => Filter::All(self.list(&inner_place, inner, depth + 1)?),
            "any" => Filter::Any(self.list(&inner_place, inner, depth + 1)?),
            "not" => Filter::Not(Box::new(self.filter(&inner_place, inner, depth + 1)?)),
            _ => {
                let message = match nearest(name, DIALECTS) {
                    Some(near) => format!("is not a dialect: did you mean {near}?"),
                    None => format!("is not a dialect: must be one of {}", dialects()),
                };
                return self.refuse(&inner_place, message);
            }
        };
        self.possible(&inner_place, filter)
    }

    /// Attributes, each with the text that it is compared with.
    fn comparisons(
        &mut self,
        place: &str,
        value: &Value,
        comparison: Comparison,
    ) -> Option<Filter> {
        let Some(attributes) = value
            .as_object()
            .filter(|attributes| !attributes.is_empty())
        else {
            let message = format!(
                "must be a table of attributes, such as {{ type = \"…\" }}, got {}",
                match value {
                    Value::Object(_) => "an empty table".to_owned(),
                    other => found("", other),
                }
            );
            return self.refuse(place, message);
        };
        let read: Vec<Option<Filter>> = attributes
            .iter()
            .map(|(name, text)| self.comparison(place, name, text, comparison))
            .collect();
        let mut tests: Vec<Filter> = read.into_iter().collect::<Option<_>>()?;
        match tests.len() {
            1 => tests.pop(),
            _ => self.possible(place, Filter::All(tests.into())),
        }
    }

    fn comparison(
        &mut self,
        place: &str,
        name: &str,
        value: &Value,
        comparison: Comparison,
    ) -> Option<Filter> {
        self.tests += 1;
        let place = format!("{place}.{}", shown(name));
        let mut attributes = Attribute::ALL.into_iter();
        let Some(attribute) = attributes.find(|attribute| attribute.as_str() == name) else {
            let names = || Attribute::ALL.map(Attribute::as_str);
            let message = match nearest(name, names()) {
                Some(near) => format!("is not an attribute of events: did you mean {near}?"),
                None => format!(
                    "is not an attribute of events: must be one of {}",
                    names().join(", ")
                ),
            };
            return self.refuse(&place, message);
        };
        let text = value
            .as_str()
            .filter(|text| (1..=MAX_TEXT).contains(&text.chars().count()));
        let Some(text) = text else {
            let message = format!(
                "must be a text of 1 to {MAX_TEXT} characters, got {}",
                found(name, value)
            );
            return self.refuse(&place, message);
        };
        if !attribute.can_be(comparison, text) {
            let message = impossible(attribute, comparison, text, &found(name, value));
            return self.refuse(&place, message);
        }
        Some(Filter::Test(Test {
            attribute,
            comparison,
            text: text.into(),
        }))
    }
}

/// What is wrong with a comparison that no event passes.
fn impossible(attribute: Attribute, comparison: Comparison, text: &str, found: &str) -> String {
    let verb = match comparison {
        Comparison::Exact => "is",
        Comparison::Prefix => "begins with",
        Comparison::Suffix => "ends with",
    };
    let near = (attribute == Attribute::Type && comparison == Comparison::Exact)
        .then(|| nearest_type(text))
        .flatten();
    let got = match near {
        Some(near) => format!("{text:?}: did you mean \"{near}\"?"),
        None => format!("{found}: {}", shape(attribute)),
    };
    format!(
        "no event has a {} that {verb} this, got {got}",
        attribute.as_str()
    )
}

/// The type that was meant, also by the middle part of its name.
fn nearest_type(text: &str) -> Option<&'static str> {
    let names = || EventType::ALL.iter().map(|kind| kind.as_str());
    let whole = format!("io.thingrelay.{text}.v1");
    names()
        .find(|name| *name == whole)
        .or_else(|| nearest(text, names()))
}

/// What values of an attribute look like.
fn shape(attribute: Attribute) -> &'static str {
    match attribute {
        Attribute::Type => "docs/events.md has the types",
        Attribute::DataSchema => "it is https://thingrelay.io/schemas/ with a file of schemas/",
        Attribute::SpecVersion => "it is always \"1.0\"",
        Attribute::DataContentType => "it is always \"application/json\"",
        Attribute::Source => "it is /PLATFORM/NAME of a source",
        Attribute::SourceName => "it is the NAME of [sources.NAME]",
        Attribute::Subject | Attribute::PartitionKey => {
            "it is PRODUCT/DEVICE; product and device are attributes of their own"
        }
        Attribute::Id | Attribute::Time | Attribute::Product | Attribute::Device => "",
    }
}

/// The definitions of the JSON Schema: `filter`, and the tables of attributes.
pub(super) fn definitions() -> [(&'static str, Value); 2] {
    use serde_json::json;
    let filter = json!({"$ref": "#/$defs/filter"});
    let list = json!({"type": "array", "items": filter, "minItems": 1});
    let mut dialects = Map::new();
    for (name, _) in COMPARISONS {
        dialects.insert(name.to_owned(), json!({"$ref": "#/$defs/attributes"}));
    }
    for (name, value) in [("all", &list), ("any", &list), ("not", &filter)] {
        dialects.insert(name.to_owned(), value.clone());
    }
    let attributes = Attribute::ALL.map(|attribute| {
        let text = json!({"type": "string", "minLength": 1, "maxLength": MAX_TEXT});
        (attribute.as_str().to_owned(), text)
    });
    let table = |properties: Map<String, Value>| {
        json!({
            "type": "object",
            "properties": properties,
            "additionalProperties": false,
            "minProperties": 1,
        })
    };
    let mut of_one_dialect = table(dialects);
    of_one_dialect["maxProperties"] = json!(1);
    [
        ("filter", of_one_dialect),
        ("attributes", table(attributes.into_iter().collect())),
    ]
}

#[cfg(test)]
mod tests;
