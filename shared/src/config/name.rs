//! Names that a user gave: which may be shown, and what may have been meant.

use crate::source::SourceName;
use std::borrow::Cow;

/// The length of the shortest token: what is shorter is none.
const SHORTEST_TOKEN: usize = 16;

/// The name, unless it may be a secret that slipped to where a name belongs.
pub fn shown(name: &str) -> Cow<'_, str> {
    let characters = name.chars().count();
    if characters < SHORTEST_TOKEN || SourceName::parse(name).is_some() {
        name.into()
    } else {
        format!("(a name of {characters} characters, not shown: it may be a secret)").into()
    }
}

/// The known name that a misspelt one is nearest to: one letter in four may be wrong, left out, put
/// in or swapped with its neighbour, in capitals or not.
pub fn nearest<'a>(misspelt: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let misspelt: Vec<char> = misspelt.to_lowercase().chars().take(80).collect();
    known
        .into_iter()
        .map(|known| {
            let letters: Vec<char> = known.chars().collect();
            (distance(&misspelt, &letters), letters.len(), known)
        })
        .filter(|(distance, length, _)| *distance <= (length / 4).max(1))
        .min_by_key(|(distance, ..)| *distance)
        .map(|(.., known)| known)
}

/// How many letters have to be changed, added, removed or swapped with their neighbours: the
/// optimal string alignment distance.
fn distance(one: &[char], other: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=other.len()).collect();
    let mut last = None;
    for (row, &letter) in one.iter().enumerate() {
        let mut current = vec![row + 1];
        let mut previous = None;
        let mut left = row + 1;
        for (column, &opposite) in other.iter().enumerate() {
            let at = |line: &[usize], index: usize| line.get(index).copied().unwrap_or(usize::MAX);
            let mut least = (left + 1)
                .min(at(&above, column + 1).saturating_add(1))
                .min(at(&above, column).saturating_add(usize::from(letter != opposite)));
            if column > 0 && last == Some(opposite) && previous == Some(letter) {
                least = least.min(at(&before, column - 1).saturating_add(1));
            }
            current.push(least);
            left = least;
            previous = Some(opposite);
        }
        before = above;
        above = current;
        last = Some(letter);
    }
    above.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_finds_the_one_that_was_meant() {
        const KNOWN: [&str; 5] = ["tokens", "platform", "freshness_seconds", "payload", "type"];
        let cases = [
            ("tokns", Some("tokens")),
            ("token", Some("tokens")),
            ("Tokens", Some("tokens")),
            ("toknes", Some("tokens")),
            ("plattform", Some("platform")),
            ("freshness-second", Some("freshness_seconds")),
            ("typ", Some("type")),
            ("colour", None),
            ("", None),
            ("k3J9xQ7pLm2Vt8Wz", None),
        ];
        for (misspelt, meant) in cases {
            assert_eq!(nearest(misspelt, KNOWN), meant, "{misspelt}");
        }
    }

    #[test]
    fn distances_are_counted_in_letters() {
        let cases = [
            ("", "", 0),
            ("abc", "", 3),
            ("", "abc", 3),
            ("abc", "abd", 1),
            ("abc", "acb", 1),
            ("abcd", "badc", 2),
            ("kitten", "sitting", 3),
            ("é", "e", 1),
        ];
        for (one, other, expected) in cases {
            let letters = |text: &str| text.chars().collect::<Vec<_>>();
            assert_eq!(
                distance(&letters(one), &letters(other)),
                expected,
                "{one} {other}"
            );
        }
    }

    #[test]
    fn what_may_be_a_secret_is_not_shown() {
        for name in ["meters", "Meters", "a-source-of-some-length", "colour"] {
            assert_eq!(shown(name), name);
        }
        for name in ["k3J9xQ7pLm2Vt8Wz", "k3j9xq7plm2vt8wz!"] {
            assert!(!shown(name).contains(name), "{name}");
        }
    }
}
