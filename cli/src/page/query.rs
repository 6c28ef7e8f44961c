//! Which calls a request asks for.

use super::{
    call::{Call, Outcome},
    reply::ReplyError,
};
use std::time::Duration;

/// The most calls or events of an answer, unless the request says otherwise.
const LIMIT: usize = 1000;
/// The longest wait.
const MAX_WAIT: u64 = 60;

/// Which calls a request asks for. Without a condition, every call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Query {
    source: Option<String>,
    device: Option<String>,
    kind: Option<String>,
    outcome: Option<Outcome>,
    /// In lower case.
    text: Option<String>,
    /// Later calls than the one of this number.
    after: u64,
    /// The latest ones, as many as this.
    pub(crate) limit: usize,
    /// How many have to be there.
    pub(crate) count: usize,
    /// How long to wait until as many are there.
    pub(crate) wait: Duration,
}

impl Query {
    /// # Errors
    /// A parameter is not known, or its value is wrong.
    pub(crate) fn parse(query: Option<&str>) -> Result<Query, ReplyError> {
        let mut parsed = Query {
            source: None,
            device: None,
            kind: None,
            outcome: None,
            text: None,
            after: 0,
            limit: LIMIT,
            count: 1,
            wait: Duration::ZERO,
        };
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            let number = || {
                let wrong = |_| ReplyError::Malformed(format!("{name} has to be a whole number"));
                value.parse::<u64>().map_err(wrong)
            };
            let size = || number().map(|number| usize::try_from(number).unwrap_or(usize::MAX));
            let given = Some(value.to_string()).filter(|text| !text.is_empty());
            match &*name {
                "source" => parsed.source = given,
                "device" => parsed.device = given,
                "type" => parsed.kind = given,
                "text" => parsed.text = given.map(|text| text.to_lowercase()),
                "outcome" => parsed.outcome = given.map(|word| outcome(&word)).transpose()?,
                "after" => parsed.after = number()?,
                "limit" => parsed.limit = size()?,
                "count" => parsed.count = size()?,
                "wait" => parsed.wait = Duration::from_secs(number()?.min(MAX_WAIT)),
                _ => {
                    return Err(ReplyError::Malformed(format!(
                        "there is no parameter {name}"
                    )));
                }
            }
        }
        Ok(parsed)
    }

    pub(crate) fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// The same conditions, and this outcome unless there is another.
    pub(crate) fn or_outcome(mut self, outcome: Outcome) -> Query {
        self.outcome = self.outcome.or(Some(outcome));
        self
    }

    pub(crate) fn takes(&self, call: &Call) -> bool {
        let is = |wanted: &Option<String>, found: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| found == Some(wanted))
        };
        let kind = self.kind.as_deref();
        call.number > self.after
            && is(&self.source, call.source.as_deref())
            && is(&self.device, call.device())
            && kind.is_none_or(|kind| call.types().contains(&kind))
            && self.outcome.is_none_or(|outcome| outcome == call.outcome)
            && self.text().is_none_or(|text| call.contains(text))
    }
}

fn outcome(word: &str) -> Result<Outcome, ReplyError> {
    let outcome = serde_json::from_value(word.into());
    outcome.map_err(|_| ReplyError::Malformed(format!("there is no outcome {word}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_read_and_mistakes_are_named() {
        let query = Query::parse(Some("source=hub&outcome=forwarded&text=A%20b&wait=999")).unwrap();
        assert_eq!(query.source.as_deref(), Some("hub"));
        assert_eq!(query.outcome, Some(Outcome::Forwarded));
        assert_eq!(query.text(), Some("a b"));
        assert_eq!(query.wait, Duration::from_secs(60));
        for wrong in ["sauce=hub", "limit=many", "outcome=lost"] {
            assert!(Query::parse(Some(wrong)).is_err(), "{wrong}");
        }
    }
}
