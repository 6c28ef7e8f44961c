//! Which events a target takes: the filter dialects of the CloudEvents Subscriptions API.
//!
//! Source: <https://github.com/cloudevents/spec/blob/main/subscriptions/spec.md#324-filters>.
//!
//! # Layout
//!
//! * [`attribute`]: what filters compare.
//! * `comparison`: how an attribute is compared.
//! * `contradiction`: whether any event can pass a filter.
//! * `words`: a filter as a sentence for people.

pub mod attribute;
mod comparison;
mod contradiction;
mod words;

pub use attribute::Attribute;
pub use comparison::Comparison;

use crate::normalize::OutgoingEvent;

/// A filter: an event passes it or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// One comparison. `exact`, `prefix` and `suffix` of several attributes are an `All`.
    Test(Test),
    /// An event has to pass each of these.
    All(Box<[Filter]>),
    /// An event has to pass one of these.
    Any(Box<[Filter]>),
    /// An event must not pass this.
    Not(Box<Filter>),
}

/// The comparison of one attribute with a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    /// What is compared. An event without it does not pass.
    pub attribute: Attribute,
    /// How it is compared.
    pub comparison: Comparison,
    /// With what, not empty.
    pub text: Box<str>,
}

impl Default for Filter {
    /// Every event passes.
    fn default() -> Self {
        Filter::All(Box::default())
    }
}

impl Filter {
    /// Whether an event passes.
    pub fn passes(&self, event: &OutgoingEvent) -> bool {
        match self {
            Filter::Test(test) => test
                .attribute
                .is_in(event, |value| test.comparison.holds(value, &test.text)),
            Filter::All(filters) => filters.iter().all(|filter| filter.passes(event)),
            Filter::Any(filters) => filters.iter().any(|filter| filter.passes(event)),
            Filter::Not(filter) => !filter.passes(event),
        }
    }

    /// The comparisons, in their order.
    pub fn tests(&self) -> Vec<&Test> {
        match self {
            Filter::Test(test) => vec![test],
            Filter::All(filters) | Filter::Any(filters) => {
                filters.iter().flat_map(Filter::tests).collect()
            }
            Filter::Not(filter) => filter.tests(),
        }
    }
}

#[cfg(test)]
mod tests;
