//! Which files of an archive are read, by the hours of their folders.

use crate::recovery::selection::Selection;
use std::{path::Path, time::Duration};
use thingrelay_core::timestamp::Timestamp;

/// The length of an hour in milliseconds.
const HOUR: i64 = 3_600_000;

/// Firehose puts a file into the folder of the hour in which it got the file's first line, and
/// writes it minutes later. So a file may hold messages of the hour after its folder's.
const LATER: i64 = HOUR;

/// The hours in which the messages that are meant may have been archived. They are archived when
/// they are done, which may be days after they were accepted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Hours {
    /// In milliseconds since 1970, as the next one.
    from: Option<i64>,
    until: Option<i64>,
}

impl Hours {
    /// The hours of the messages that are meant, if they were archived no later than `late` after
    /// the end of their period.
    pub(crate) fn of(selection: &Selection, late: Option<Duration>) -> Hours {
        let late = late.map(|late| i64::try_from(late.as_millis()).unwrap_or(i64::MAX));
        let to = selection.to.as_ref();
        Hours {
            from: selection.from.as_ref().map(|from| from.millis()),
            until: to
                .zip(late)
                .map(|(to, late)| to.millis().saturating_add(late)),
        }
    }

    /// Whether a file of that path may hold such messages.
    pub(super) fn may_hold(self, path: &Path) -> bool {
        hour(path).is_none_or(|begin| {
            self.from.is_none_or(|from| begin + HOUR + LATER > from)
                && self.until.is_none_or(|until| begin < until)
        })
    }
}

/// The beginning of the hour in which the messages of a file were archived, in milliseconds since
/// 1970, if the file is in an archive's folders of year, month, day and hour.
fn hour(path: &Path) -> Option<i64> {
    let folders = path.parent()?.components().rev().take(4);
    let folders = folders.map(|folder| folder.as_os_str().to_str());
    let [hour, day, month, year] = folders.collect::<Option<Vec<_>>>()?.try_into().ok()?;
    let text = format!("{year}-{month}-{day}T{hour}:00:00Z");
    let begin = Timestamp::from_platform_text(&text, 0)?;
    Some(begin.unix_millis())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments::time::time;

    #[test]
    fn a_file_is_passed_over_if_its_hour_has_nothing_that_is_meant() {
        let at = |text: &str| Some(time(text).unwrap());
        let from = Selection {
            from: at("2026-11-21T08:30:00Z"),
            ..Selection::default()
        };
        let period = Selection {
            to: at("2026-11-21T10:00:00Z"),
            ..from.clone()
        };
        let two_hours = Some(Duration::from_secs(2 * 3600));
        // Each with the first and the last hour of which files are read.
        for (selection, late, expected) in [
            (Selection::default(), None, 0..=23),
            (from.clone(), None, 7..=23),
            (from, two_hours, 7..=23),
            (period.clone(), None, 7..=23),
            (period.clone(), Some(Duration::ZERO), 7..=9),
            (period, two_hours, 7..=11),
        ] {
            let hours = Hours::of(&selection, late);
            let read = (0..24).filter(|hour| {
                let path = format!("archive/meters/2026/11/21/{hour:02}/x.jsonl.gz");
                hours.may_hold(Path::new(&path))
            });
            assert!(read.eq(expected), "{selection:?} {late:?}");
            assert!(hours.may_hold(Path::new("dropped.jsonl")));
        }
    }

    #[test]
    fn the_hour_of_a_file_is_in_its_path() {
        let cases = [
            ("a/meters/2026/11/21/04/x.jsonl.gz", Some(1_795_233_600_000)),
            ("2026/11/21/04/x.jsonl", Some(1_795_233_600_000)),
            ("11/21/04/x.jsonl", None),
            ("meters/2026/13/21/04/x.jsonl", None),
            ("dropped.jsonl", None),
            ("a/b/c/d/x.jsonl", None),
        ];
        for (path, expected) in cases {
            assert_eq!(hour(Path::new(path)), expected, "{path}");
        }
    }
}
