//! Writes counts in the form in which CloudWatch reads them from a log: the embedded metric format.
//!
//! Source:
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>.

use super::counters::Row;
use serde::{Serialize, Serializer, ser::SerializeMap};
use std::collections::BTreeMap;
use thingrelay_core::timestamp::Timestamp;

/// The values that all documents of one flush share.
#[derive(Debug, Clone, Copy)]
pub struct LineContext<'a> {
    /// The CloudWatch namespace, 1 to 255 characters.
    pub namespace: &'a str,
    /// The time of the counts.
    pub at: Timestamp,
    /// The level of the lines.
    pub level: &'a str,
    /// The invocation of the counts; empty outside any.
    pub request_id: &'a str,
}

/// The counts of one source, and those with a reason, by reason.
#[derive(Default)]
struct OfSource<'a> {
    plain: Vec<Value<'a>>,
    by_reason: BTreeMap<&'a str, Vec<Value<'a>>>,
}

/// The CloudWatch name of a metric and its value.
type Value<'a> = (String, Measured<'a>);

/// The most values of a metric in one document. The source is the same.
const MAX_VALUES: usize = 100;

#[derive(Clone, Copy, Serialize)]
#[serde(untagged)]
enum Measured<'a> {
    Count(u64),
    /// CloudWatch makes percentiles of the values.
    Milliseconds(&'a [u64]),
}

impl Measured<'_> {
    fn unit(self) -> &'static str {
        match self {
            Measured::Count(_) => "Count",
            Measured::Milliseconds(_) => "Milliseconds",
        }
    }
}

impl LineContext<'_> {
    /// The documents, one per line; none if nothing was counted.
    ///
    /// A counter is a metric over everything, over each source and over each reason, but not over
    /// each pair of them: every combination of dimensions is a metric that costs money. A
    /// counter by target is a metric over each target only: a sum over all targets would count an event
    /// several times. Durations, which are in `samples`, are by target, too.
    pub fn documents(&self, counts: &[(Row, u64)], samples: &[(Row, Vec<u64>)]) -> String {
        let mut sources: BTreeMap<Option<&str>, OfSource<'_>> = BTreeMap::new();
        let mut targets: BTreeMap<&str, Vec<Value<'_>>> = BTreeMap::new();
        for (row, count) in counts.iter().filter(|(_, count)| *count > 0) {
            if let Some(target) = &row.target {
                let values = targets.entry(target).or_default();
                values.push((metric_name(&row.name), Measured::Count(*count)));
                continue;
            }
            let source = sources.entry(row.source.as_deref()).or_default();
            let values = match row.reason.as_deref() {
                None => &mut source.plain,
                Some(reason) => source.by_reason.entry(reason).or_default(),
            };
            values.push((metric_name(&row.name), Measured::Count(*count)));
        }
        let mut documents = Vec::new();
        for (source, OfSource { plain, by_reason }) in sources {
            let mut plain = Some(plain);
            let reasons = by_reason.into_iter();
            let reasons = reasons.map(|(reason, values)| (Some(reason), values));
            let mut parts: Vec<_> = reasons.collect();
            if parts.is_empty() {
                parts.push((None, Vec::new()));
            }
            for (reason, values) in parts {
                documents.push(MetricLine {
                    source,
                    reason,
                    plain: plain.take().unwrap_or_default(),
                    of_reason: values,
                    ..MetricLine::new(self)
                });
            }
        }
        documents.extend(targets.into_iter().map(|(target, values)| MetricLine {
            target: Some(target),
            of_target: values,
            ..MetricLine::new(self)
        }));
        for (row, values) in samples {
            documents.extend(values.chunks(MAX_VALUES).map(|values| MetricLine {
                target: row.target.as_deref(),
                of_target: vec![(metric_name(&row.name), Measured::Milliseconds(values))],
                ..MetricLine::new(self)
            }));
        }
        let mut lines = String::new();
        for document in documents {
            // The document holds only maps with text keys, so writing cannot fail.
            if let Ok(line) = serde_json::to_string(&document) {
                lines.push_str(&line);
                lines.push('\n');
            }
        }
        lines
    }
}

/// The CloudWatch name of a counter: `url_checks` becomes `UrlChecks`.
pub fn metric_name(counter: &str) -> String {
    let words = counter.split('_');
    let capitalised = words.flat_map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters)
    });
    capitalised.collect()
}

/// One document. A root can hold one value per name, so there is a document for each pair of source
/// and reason, and for each target.
struct MetricLine<'a> {
    context: &'a LineContext<'a>,
    source: Option<&'a str>,
    reason: Option<&'a str>,
    target: Option<&'a str>,
    plain: Vec<Value<'a>>,
    of_reason: Vec<Value<'a>>,
    of_target: Vec<Value<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata<'a> {
    timestamp: i64,
    cloud_watch_metrics: Vec<Directive<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Directive<'a> {
    namespace: &'a str,
    dimensions: Vec<&'static [&'static str]>,
    metrics: Vec<Definition<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Definition<'a> {
    name: &'a str,
    unit: &'static str,
}

impl<'a> MetricLine<'a> {
    fn new(context: &'a LineContext<'a>) -> Self {
        MetricLine {
            context,
            source: None,
            reason: None,
            target: None,
            plain: Vec::new(),
            of_reason: Vec::new(),
            of_target: Vec::new(),
        }
    }

    fn directives(&self) -> Vec<Directive<'_>> {
        let mut plain: Vec<&[&str]> = vec![&[]];
        if self.source.is_some() {
            plain.push(&["Source"]);
        }
        let mut of_reason = plain.clone();
        of_reason.push(&["Reason"]);
        let of_target: Vec<&[&str]> = vec![&["Target"]];
        let sets = [
            (plain, &self.plain),
            (of_reason, &self.of_reason),
            (of_target, &self.of_target),
        ];
        let directives = sets.into_iter().filter(|(_, values)| !values.is_empty());
        directives
            .map(|(dimensions, values)| Directive {
                namespace: self.context.namespace,
                dimensions,
                metrics: values
                    .iter()
                    .map(|(name, value)| Definition {
                        name,
                        unit: value.unit(),
                    })
                    .collect(),
            })
            .collect()
    }
}

impl Serialize for MetricLine<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let LineContext {
            at,
            level,
            request_id,
            ..
        } = self.context;
        let mut root = serializer.serialize_map(None)?;
        root.serialize_entry(
            "_aws",
            &Metadata {
                timestamp: at.unix_millis(),
                cloud_watch_metrics: self.directives(),
            },
        )?;
        root.serialize_entry("timestamp", at.to_text().as_str())?;
        root.serialize_entry("level", level)?;
        if !request_id.is_empty() {
            root.serialize_entry("requestId", request_id)?;
        }
        let dimensions = [
            ("Source", self.source),
            ("Reason", self.reason),
            ("Target", self.target),
        ];
        for (name, value) in dimensions {
            if let Some(value) = value {
                root.serialize_entry(name, value)?;
            }
        }
        let values = self.plain.iter().chain(&self.of_reason);
        for (name, value) in values.chain(&self.of_target) {
            root.serialize_entry(name, value)?;
        }
        root.end()
    }
}

#[cfg(test)]
mod tests;
