//! The metrics in a function's log, extracted as CloudWatch does from the embedded metric format.
//!
//! Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>.

use std::collections::BTreeMap;

use serde_json::Value;

/// The name and the value of a dimension; a metric over everything has no dimension.
type Dimension = Option<(String, String)>;

/// The sums, by metric and dimension.
#[derive(Clone, Debug, Default)]
pub struct Metrics(BTreeMap<(String, Dimension), u64>);

/// A parsed log.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// The lines without metrics.
    pub lines: Vec<String>,
    /// The lines with metrics.
    pub documents: Vec<Value>,
    /// The metrics of those lines.
    pub metrics: Metrics,
}

impl Log {
    /// Parses a log.
    ///
    /// # Panics
    ///
    /// If a line with metrics breaks the rules of its format.
    pub fn of(lines: &[String]) -> Self {
        let specification =
            include_str!("../../shared/runtime/src/telemetry/emf/specification.json");
        let specification = serde_json::from_str(specification).expect("a schema is JSON");
        let schema = jsonschema::validator_for(&specification).expect("a schema");
        let mut log = Log::default();
        for line in lines {
            let document: Option<Value> = serde_json::from_str(line).ok();
            match document.filter(|document| document.get("_aws").is_some()) {
                None => log.lines.push(line.clone()),
                Some(document) => {
                    if let Err(error) = schema.validate(&document) {
                        panic!("{error}: {line}");
                    }
                    log.metrics.extract(&document);
                    log.documents.push(document);
                }
            }
        }
        log
    }
}

impl Metrics {
    /// The total of a metric.
    pub fn total(&self, name: &str) -> u64 {
        self.get(name, None)
    }

    /// A metric of one source or of one reason: `dimension` is `Source` or `Reason`.
    pub fn of(&self, name: &str, dimension: &str, value: &str) -> u64 {
        self.get(name, Some((dimension.to_owned(), value.to_owned())))
    }

    /// The values of a metric, by the value of this dimension.
    pub fn by(&self, name: &str, dimension: &str) -> BTreeMap<&str, u64> {
        let sums = self.0.iter().filter_map(|((metric, set), sum)| {
            let (key, value) = set.as_ref()?;
            (metric == name && key == dimension).then_some((value.as_str(), *sum))
        });
        sums.collect()
    }

    /// The names of the metrics.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.0.keys().map(|(name, _)| name.as_str()).collect();
        names.dedup();
        names
    }

    fn get(&self, name: &str, dimension: Dimension) -> u64 {
        let sum = self.0.get(&(name.to_owned(), dimension));
        sum.copied().unwrap_or_default()
    }

    fn extract(&mut self, document: &Value) {
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        for directive in list(&document["_aws"]["CloudWatchMetrics"]) {
            for set in list(&directive["Dimensions"]) {
                let set = list(&set);
                assert!(set.len() <= 1, "more than one dimension: {document}");
                let dimension = set.first().map(|name| {
                    let name = name.as_str().expect("a dimension has a name");
                    let value = document[name].as_str().expect("a dimension has a value");
                    (name.to_owned(), value.to_owned())
                });
                for metric in list(&directive["Metrics"]) {
                    let name = metric["Name"].as_str().expect("a metric has a name");
                    let value = document[name].as_u64().expect("a metric has a value");
                    assert!(value > 0, "a zero: {document}");
                    *self
                        .0
                        .entry((name.to_owned(), dimension.clone()))
                        .or_default() += value;
                }
            }
        }
    }
}
