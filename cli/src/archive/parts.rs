//! Joins the lines of messages that the archive has in parts.

use std::collections::{BTreeMap, HashMap, HashSet};
use thingrelay_core::archive::Line;

/// The parts that have come so far, of messages that are not whole yet.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    waiting: HashMap<Key, BTreeMap<usize, String>>,
    /// The archive may have a message twice.
    whole: HashSet<Key>,
}

/// A message's group and place on its queue, and the number of its parts.
type Key = (Option<String>, Option<String>, usize);

impl Parts {
    /// The message of a line, or the message that the line completes.
    pub(crate) fn join<'a>(&mut self, line: Line<'a>) -> Option<Line<'a>> {
        let Some(part) = line.part else {
            return Some(line);
        };
        let owned = |text: &Option<_>| text.as_deref().map(str::to_owned);
        let key = (owned(&line.group), owned(&line.sequence), part.count);
        if self.whole.contains(&key) {
            return None;
        }
        let parts = self.waiting.entry(key.clone()).or_default();
        parts.insert(part.number, line.body.into_owned());
        if parts.len() < part.count {
            return None;
        }
        let body: String = self.waiting.remove(&key)?.into_values().collect();
        self.whole.insert(key);
        Some(Line {
            part: None,
            body: body.into(),
            ..line
        })
    }

    /// The number of messages of which a part has not come.
    pub(crate) fn incomplete(&self) -> usize {
        self.waiting.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::seq::SliceRandom;

    #[test]
    fn a_message_is_whole_once_however_its_parts_come() {
        let body = "é".repeat(5_000);
        let whole = Line::new(Some("g"), Some("7"), &body);
        let other = Line::new(Some("g"), Some("8"), &body);
        let texts = [whole.to_texts(4_096), other.to_texts(4_096)].concat();
        assert_eq!(texts.len(), 40);
        let mut order: Vec<&String> = texts.iter().chain(&texts).collect();
        for _ in 0..20 {
            order.shuffle(&mut rand::rng());
            let mut parts = Parts::default();
            let joined = order.iter().filter_map(|text| {
                let line = serde_json::from_str(text).unwrap();
                parts.join(line)
            });
            let mut joined: Vec<Line<'_>> = joined.collect();
            joined.sort_by_key(|line| line.sequence.clone());
            assert_eq!(joined, [whole.clone(), other.clone()]);
            assert_eq!(parts.incomplete(), 0);
        }
    }

    #[test]
    fn a_message_without_a_part_is_counted() {
        let body = "x".repeat(10_000);
        let texts = Line::new(Some("g"), Some("7"), &body).to_texts(4_096);
        let mut parts = Parts::default();
        for text in texts.iter().skip(1) {
            assert_eq!(parts.join(serde_json::from_str(text).unwrap()), None);
        }
        assert_eq!(parts.incomplete(), 1);
    }
}
