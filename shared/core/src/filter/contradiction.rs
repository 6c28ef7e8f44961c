//! Whether any event can pass a filter.
//!
//! A filter that nobody can satisfy has a contradiction in each of its cases: the search goes through
//! the cases, and looks at the tests of each in pairs.

use super::{Attribute, Comparison, Filter, Test};
use crate::event::EventType;

/// How many cases are looked at.
const MAX_CASES: u32 = 1000;

/// A filter that an event passes, or does not pass.
type Claim<'f> = (&'f Filter, bool);

/// A test with the result that it has.
type Outcome<'f> = (&'f Test, bool);

impl Filter {
    /// Whether an event can pass. Not every filter that none can pass is found: the answer is
    /// `true` where that is not clear.
    pub fn can_be_passed(&self) -> bool {
        let mut left = MAX_CASES;
        is_possible(
            Case {
                claims: vec![(self, true)],
                ..Case::default()
            },
            &mut left,
        )
    }
}

/// What holds together.
#[derive(Clone, Default)]
struct Case<'f> {
    /// Not taken apart yet.
    claims: Vec<Claim<'f>>,
    /// Of each of these lists one claim holds.
    choices: Vec<(&'f [Filter], bool)>,
    outcomes: Vec<Outcome<'f>>,
}

fn is_possible(mut case: Case<'_>, left: &mut u32) -> bool {
    while let Some((filter, passed)) = case.claims.pop() {
        match (filter, passed) {
            (Filter::Test(test), _) => {
                let outcome = (test, passed);
                if !case.outcomes.iter().all(|other| agree(*other, outcome)) {
                    return false;
                }
                case.outcomes.push(outcome);
                if !has_a_type(&case.outcomes) {
                    return false;
                }
            }
            (Filter::Not(filter), _) => case.claims.push((filter, !passed)),
            (Filter::All(filters), true) | (Filter::Any(filters), false) => {
                let claims = filters.iter().map(|filter| (filter, passed));
                case.claims.extend(claims);
            }
            (Filter::All(filters), false) | (Filter::Any(filters), true) => {
                case.choices.push((filters, passed));
            }
        }
    }
    let Some((filters, passed)) = case.choices.pop() else {
        return true;
    };
    filters.iter().any(|filter| {
        *left = left.saturating_sub(1);
        let mut case = case.clone();
        case.claims.push((filter, passed));
        *left == 0 || is_possible(case, left)
    })
}

/// Whether events of some type can have these outcomes.
fn has_a_type(outcomes: &[Outcome<'_>]) -> bool {
    EventType::ALL.iter().any(|kind| {
        let has_no_device = *kind == EventType::Message;
        outcomes
            .iter()
            .all(|(test, passed)| match test.attribute.of_type(*kind) {
                Some(value) => test.comparison.holds(value, &test.text) == *passed,
                None => !(*passed && has_no_device && test.attribute.is_of_a_device()),
            })
    })
}

/// Whether one event can have both outcomes.
fn agree((one, one_passed): Outcome<'_>, (other, other_passed): Outcome<'_>) -> bool {
    if value_of(one.attribute) != value_of(other.attribute) {
        return true;
    }
    match (one_passed, other_passed) {
        (true, true) => are_compatible(one, other),
        (true, false) => !implies(one, other),
        (false, true) => !implies(other, one),
        (false, false) => true,
    }
}

/// The attribute that always has the same value.
fn value_of(attribute: Attribute) -> Attribute {
    match attribute {
        Attribute::PartitionKey => Attribute::Subject,
        other => other,
    }
}

fn are_compatible(one: &Test, other: &Test) -> bool {
    use Comparison::{Exact, Prefix, Suffix};
    match (one.comparison, other.comparison) {
        (Exact, _) => other.comparison.holds(&one.text, &other.text),
        (_, Exact) => one.comparison.holds(&other.text, &one.text),
        (Prefix, Prefix) | (Suffix, Suffix) => implies(one, other) || implies(other, one),
        (Prefix, Suffix) | (Suffix, Prefix) => true,
    }
}

/// Whether what passes one test passes the other.
fn implies(one: &Test, other: &Test) -> bool {
    let is_alike = one.comparison == Comparison::Exact || one.comparison == other.comparison;
    is_alike && other.comparison.holds(&one.text, &other.text)
}
