//! A filter as a sentence for people.

use super::{Comparison, Filter, Test};
use std::fmt;

/// `type is "a" or "b", and product is "P1"`, or `every event`.
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Filter::default() {
            return f.write_str("every event");
        }
        f.write_str("events where ")?;
        write(self, f)
    }
}

fn write(filter: &Filter, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match filter {
        Filter::Test(test) => write_test(test, true, None, f),
        Filter::All(filters) => write_list(filters, " and ", f),
        Filter::Any(filters) => write_list(filters, " or ", f),
        Filter::Not(inner) => match &**inner {
            Filter::Test(test) => write_test(test, false, None, f),
            inner => {
                f.write_str("not (")?;
                write(inner, f)?;
                f.write_str(")")
            }
        },
    }
}

fn write_list(filters: &[Filter], between: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut before = None;
    for (index, filter) in filters.iter().enumerate() {
        if index > 0 {
            f.write_str(between)?;
        }
        match filter {
            Filter::Test(test) => {
                write_test(test, true, before.filter(|_| between == " or "), f)?;
                before = Some(test);
                continue;
            }
            Filter::All(inner) | Filter::Any(inner) if filters.len() > 1 && inner.len() > 1 => {
                f.write_str("(")?;
                write(filter, f)?;
                f.write_str(")")?;
            }
            filter => write(filter, f)?,
        }
        before = None;
    }
    Ok(())
}

/// The attribute and the comparison are left out if they are those of the test before.
fn write_test(
    test: &Test,
    passed: bool,
    before: Option<&Test>,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    let is_alike =
        |other: &Test| (other.attribute, other.comparison) == (test.attribute, test.comparison);
    if !before.is_some_and(is_alike) {
        let verb = match (test.comparison, passed) {
            (Comparison::Exact, true) => "is",
            (Comparison::Exact, false) => "is not",
            (Comparison::Prefix, true) => "begins with",
            (Comparison::Prefix, false) => "does not begin with",
            (Comparison::Suffix, true) => "ends with",
            (Comparison::Suffix, false) => "does not end with",
        };
        write!(f, "{} {verb} ", test.attribute.as_str())?;
    }
    write!(f, "{:?}", test.text)
}
