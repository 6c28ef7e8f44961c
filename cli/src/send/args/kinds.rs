//! The kinds of message that a platform has.

use crate::platform::Kind;
use clap::{
    ValueEnum,
    builder::{PossibleValuesParser, TypedValueParser},
};

/// Takes the kinds that a platform has.
pub(super) fn kinds(has: impl Fn(Kind) -> bool) -> impl TypedValueParser<Value = Kind> {
    let names = Kind::ALL.into_iter().filter(|kind| has(*kind));
    let names: Vec<_> = names.filter_map(|kind| kind.to_possible_value()).collect();
    PossibleValuesParser::new(names).try_map(|name| Kind::from_str(&name, false))
}
