//! What the codes mean: the tables of docs/errors.md.

use super::call::Outcome;
use serde::Serialize;
use std::sync::OnceLock;

const DOCUMENT: &str = include_str!("../../../docs/errors.md");

/// The explanation of a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Explanation {
    #[serde(skip)]
    section: &'static str,
    #[serde(skip)]
    code: &'static str,
    meaning: String,
    #[serde(rename = "do", skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
}

/// The explanation of the code of a call with this outcome.
pub(crate) fn explanation(outcome: Outcome, code: &str) -> Option<&'static Explanation> {
    static ALL: OnceLock<Vec<Explanation>> = OnceLock::new();
    let section = match outcome {
        Outcome::Refused => "Refusals",
        Outcome::Quarantined => "Quarantine",
        Outcome::Waiting => "Hand-backs",
        _ => return None,
    };
    let all = ALL.get_or_init(|| read(DOCUMENT));
    all.iter()
        .find(|it| it.section == section && it.code == code)
}

fn read(document: &'static str) -> Vec<Explanation> {
    let mut section = "";
    let mut columns: Vec<&str> = Vec::new();
    let mut found = Vec::new();
    for line in document.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            section = title;
        }
        let Some(row) = line
            .strip_prefix("| ")
            .and_then(|row| row.strip_suffix('|'))
        else {
            continue;
        };
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        if !row.starts_with('`') {
            columns = cells;
            continue;
        }
        let cell = |name: &str| {
            let position = columns.iter().position(|column| *column == name)?;
            cells.get(position).filter(|cell| !cell.is_empty())
        };
        let codes = cells.first().into_iter().flat_map(|cell| cell.split('`'));
        for code in codes.skip(1).step_by(2) {
            found.push(Explanation {
                section,
                code,
                meaning: cell("meaning").map(|cell| plain(cell)).unwrap_or_default(),
                remedy: cell("what to do").map(|cell| plain(cell)),
            });
        }
    }
    found
}

/// Text without the marks of Markdown.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, link)) = rest.split_once('[') {
        plain += before;
        let Some((words, (_, after))) = link
            .split_once("](")
            .and_then(|(words, after)| Some((words, after.split_once(')')?)))
        else {
            plain.push('[');
            rest = link;
            continue;
        };
        plain += words;
        rest = after;
    }
    plain += rest;
    plain.replace('`', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_outcome_has_its_own_meaning_of_a_code() {
        let cases = [
            (Outcome::Refused, "stale", true),
            (Outcome::Refused, "malformed_echostr", true),
            (Outcome::Quarantined, "not_json", false),
            (Outcome::Waiting, "target_unavailable", true),
        ];
        for (outcome, code, has_remedy) in cases {
            let found = explanation(outcome, code).unwrap();
            assert!(!found.meaning.is_empty(), "{code}");
            assert_eq!(found.remedy.is_some(), has_remedy, "{code}");
        }
        let of = |outcome| explanation(outcome, "bad_signature").unwrap();
        assert_ne!(of(Outcome::Refused), of(Outcome::Quarantined));
        assert_eq!(explanation(Outcome::Forwarded, "stale"), None);
        assert_eq!(plain("see [a `b`](c.md#d), [e] f"), "see a b, [e] f");
    }
}
