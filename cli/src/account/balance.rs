//! The sums, and what does not balance.

use super::counts::Counts;
use crate::output::printable::printable;
use serde_json::{Value, json};
use std::fmt;

/// All sums of a period.
#[derive(Debug)]
pub(super) struct Balance(Vec<Equation>);

/// Two sums that have to be equal.
#[derive(Debug, PartialEq, Eq)]
struct Equation {
    /// Such as `source meters`.
    of: String,
    whole: Vec<(&'static str, u64)>,
    parts: Vec<(&'static str, u64)>,
    /// What the difference is, if nothing counts it.
    rest: Option<&'static str>,
}

/// What became of the accepted messages of all sources.
fn accepted(counts: &Counts) -> Equation {
    let total = |name: &'static str| (name, counts.total(name));
    let of = "all sources".to_owned();
    let Some(staging) = counts.staging else {
        return Equation {
            of,
            whole: vec![total("accepted"), total("replayed")],
            parts: vec![total("forwarded"), total("quarantined")],
            rest: Some("duplicates, dead or in progress"),
        };
    };
    let accepted = total("accepted");
    // What the queue got beyond what was accepted.
    let again = staging.sent.saturating_sub(accepted.1);
    Equation {
        of,
        whole: vec![
            accepted,
            ("staged again", again),
            ("in progress before", counts.in_progress_before),
        ],
        parts: vec![
            ("duplicates", staging.duplicates),
            total("forwarded"),
            total("quarantined"),
            ("dead", staging.dead),
            ("expired", staging.expired),
            ("in progress", staging.in_progress),
        ],
        rest: None,
    }
}

impl Balance {
    pub(super) fn of(counts: &Counts) -> Balance {
        let mut equations = Vec::new();
        for source in counts.sources() {
            let of = |name: &'static str| (name, counts.of_source(name, source));
            equations.push(Equation {
                of: format!("source {source}"),
                whole: vec![of("received")],
                parts: vec![of("rejected"), of("unavailable"), of("accepted")],
                rest: None,
            });
        }
        equations.push(accepted(counts));
        for target in counts.targets("matched") {
            let of = |name: &'static str| (name, counts.of_target(name, target));
            equations.push(Equation {
                of: format!("target {target}"),
                whole: vec![of("matched")],
                parts: vec![of("delivered"), of("refused"), of("postponed")],
                rest: None,
            });
        }
        for target in counts.targets("webhook_received") {
            let of = |name, counter: &str| (name, counts.of_target(counter, target));
            equations.push(Equation {
                of: format!("webhook {target}"),
                whole: vec![of("received", "webhook_received")],
                parts: vec![
                    of("delivered", "webhook_delivered"),
                    of("given up", "webhook_given_up"),
                    of("waiting", "webhook_waiting"),
                ],
                rest: None,
            });
        }
        Balance(equations)
    }

    pub(super) fn is_even(&self) -> bool {
        self.0.iter().all(Equation::is_even)
    }

    pub(super) fn to_json(&self) -> Value {
        let equations = self.0.iter().map(Equation::to_json);
        json!({"even": self.is_even(), "sums": equations.collect::<Vec<_>>()})
    }
}

impl Equation {
    /// The whole minus the parts: messages of which nothing is known, if it is positive.
    fn difference(&self) -> i128 {
        let sum = |terms: &[(&str, u64)]| terms.iter().map(|(_, it)| i128::from(*it)).sum::<i128>();
        sum(&self.whole) - sum(&self.parts)
    }

    fn is_even(&self) -> bool {
        let difference = self.difference();
        let is_rest = difference > 0 && self.rest.is_some();
        is_rest || difference == 0
    }

    fn to_json(&self) -> Value {
        let terms = |terms: &[(&str, u64)]| -> Value {
            let terms = terms
                .iter()
                .map(|(name, it)| ((*name).to_owned(), json!(it)));
            Value::Object(terms.collect())
        };
        json!({
            "of": self.of,
            "whole": terms(&self.whole),
            "parts": terms(&self.parts),
            "rest": self.rest,
            "difference": i64::try_from(self.difference()).ok(),
            "even": self.is_even(),
        })
    }
}

impl fmt::Display for Equation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let terms = |terms: &[(&str, u64)]| {
            let terms = terms.iter().map(|(name, it)| format!("{name} {it}"));
            terms.collect::<Vec<_>>().join(" + ")
        };
        let (whole, parts) = (terms(&self.whole), terms(&self.parts));
        write!(f, "{}: {whole} = {parts}", printable(&self.of))?;
        let difference = self.difference();
        if let Some(rest) = self.rest.filter(|_| difference > 0) {
            return write!(f, " + {rest} {difference}");
        }
        match difference {
            0 => Ok(()),
            difference if difference > 0 => write!(f, "  UNEVEN: {difference} are missing"),
            difference => write!(f, "  UNEVEN: {} too many", -difference),
        }
    }
}

impl fmt::Display for Balance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for equation in &self.0 {
            writeln!(f, "{equation}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Staging;

    fn counts(of_source: &[(&str, u64)], of_target: &[(&str, u64)]) -> Counts {
        let by = |label: &'static str| {
            move |(name, count): &(&str, u64)| (((*name).to_owned(), label.to_owned()), *count)
        };
        Counts {
            by_source: of_source.iter().map(by("hub")).collect(),
            by_target: of_target.iter().map(by("crm")).collect(),
            in_progress_before: 1,
            staging: Some(Staging {
                sent: 7,
                duplicates: 1,
                dead: 1,
                expired: 0,
                in_progress: 2,
            }),
        }
    }

    #[test]
    fn each_sum_that_is_not_even_is_named_with_its_difference() {
        let source = [
            ("received", 10),
            ("rejected", 2),
            ("unavailable", 1),
            ("accepted", 7),
            ("forwarded", 3),
            ("quarantined", 1),
        ];
        let target = [
            ("matched", 4),
            ("delivered", 3),
            ("refused", 0),
            ("postponed", 1),
            ("webhook_received", 3),
            ("webhook_delivered", 1),
            ("webhook_given_up", 1),
            ("webhook_waiting", 1),
        ];
        let cases: [(&str, u64, Option<&str>); 11] = [
            ("received", 10, None),
            (
                "received",
                11,
                Some(
                    "source hub: received 11 = rejected 2 + unavailable 1 + accepted 7  UNEVEN: 1 are missing",
                ),
            ),
            ("rejected", 3, Some("UNEVEN: 1 too many")),
            (
                "forwarded",
                2,
                Some(
                    "all sources: accepted 7 + staged again 0 + in progress before 1 = duplicates 1 + forwarded 2 + quarantined 1 + dead 1 + expired 0 + in progress 2  UNEVEN: 1 are missing",
                ),
            ),
            ("forwarded", 4, Some("UNEVEN: 1 too many")),
            (
                "accepted",
                6,
                Some("all sources: accepted 6 + staged again 1 + in progress before 1"),
            ),
            (
                "matched",
                5,
                Some(
                    "target crm: matched 5 = delivered 3 + refused 0 + postponed 1  UNEVEN: 1 are missing",
                ),
            ),
            ("postponed", 2, Some("UNEVEN: 1 too many")),
            (
                "webhook_received",
                4,
                Some(
                    "webhook crm: received 4 = delivered 1 + given up 1 + waiting 1  UNEVEN: 1 are missing",
                ),
            ),
            ("webhook_waiting", 0, Some("UNEVEN: 1 are missing")),
            // How many of those that were staged again are done is no part of this sum.
            ("replayed", 1, None),
        ];
        for (name, value, uneven) in cases {
            let set = |counts: &[(&'static str, u64)]| -> Vec<(&'static str, u64)> {
                let set = |(found, count): &(&'static str, u64)| match *found == name {
                    true => (*found, value),
                    false => (*found, *count),
                };
                counts.iter().map(set).collect()
            };
            let mut source = set(&source);
            if name == "replayed" {
                source.push(("replayed", value));
            }
            let balance = Balance::of(&counts(&source, &set(&target)));
            let text = balance.to_string();
            assert_eq!(balance.is_even(), uneven.is_none(), "{text}");
            assert_eq!(balance.to_json()["even"], uneven.is_none());
            assert_eq!(
                text.matches("UNEVEN").count(),
                usize::from(uneven.is_some())
            );
            assert!(text.contains(uneven.unwrap_or_default()), "{text}");
        }
    }

    #[test]
    fn without_the_queue_there_is_a_rest_which_cannot_be_negative() {
        for (forwarded, told) in [
            (
                6,
                "accepted 7 + replayed 0 = forwarded 6 + quarantined 0 + duplicates, dead or in progress 1\n",
            ),
            (7, "accepted 7 + replayed 0 = forwarded 7 + quarantined 0\n"),
            (
                8,
                "accepted 7 + replayed 0 = forwarded 8 + quarantined 0  UNEVEN: 1 too many\n",
            ),
        ] {
            let of_source = [("accepted", 7), ("forwarded", forwarded)];
            let counts = Counts {
                staging: None,
                ..counts(&of_source, &[])
            };
            let balance = Balance::of(&counts);
            assert_eq!(balance.is_even(), forwarded <= 7);
            assert_eq!(balance.to_string(), format!("all sources: {told}"));
        }
    }
}
