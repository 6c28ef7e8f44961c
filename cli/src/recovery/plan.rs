//! The messages that a run would stage, counted.

use super::{
    journal::{Journal, JournalError, Place},
    kept::Facts,
};
use crate::pace::Rate;
use std::{
    collections::{BTreeMap, HashSet},
    fmt,
    time::Duration,
};
use thingrelay_core::timestamp::Timestamp;

/// The messages that a run would stage.
#[derive(Debug)]
pub(crate) struct Plan {
    /// In the order in which they are staged.
    pub(crate) places: Vec<Place>,
    devices: HashSet<(Option<String>, String)>,
    groups: HashSet<String>,
    first: Option<i64>,
    last: Option<i64>,
    obstacles: BTreeMap<String, u64>,
    rate: Rate,
}

impl Plan {
    /// Counts the messages that the function takes, which may add an obstacle.
    pub(crate) fn make(
        journal: &Journal,
        rate: Rate,
        takes: impl Fn(Facts) -> Option<Facts>,
    ) -> Result<Plan, JournalError> {
        let mut plan = Plan {
            places: Vec::new(),
            devices: HashSet::new(),
            groups: HashSet::new(),
            first: None,
            last: None,
            obstacles: BTreeMap::new(),
            rate,
        };
        journal.each(|place, facts| {
            let Some(facts) = takes(facts) else {
                return;
            };
            if let Some(obstacle) = facts.obstacle {
                *plan.obstacles.entry(obstacle).or_default() += 1;
                return;
            }
            plan.places.push(place);
            plan.first.get_or_insert(facts.received);
            plan.last = Some(facts.received);
            plan.devices.extend(facts.devices);
            plan.groups.insert(facts.group);
        })?;
        Ok(plan)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}

/// What the run would do, a line each.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let messages = self.places.len();
        let time = self.rate.time_for(messages as u64);
        writeln!(f, "messages  {messages}")?;
        writeln!(f, "devices   {}", self.devices.len())?;
        writeln!(f, "groups    {}", self.groups.len())?;
        if let (Some(first), Some(last)) = (self.first, self.last) {
            let time = |millis| Timestamp::from_unix_millis(millis);
            writeln!(f, "received  {} to {}", time(first), time(last))?;
        }
        writeln!(f, "takes     {} at least", duration(time))?;
        for (obstacle, count) in &self.obstacles {
            writeln!(f, "left out  {count}: {obstacle}")?;
        }
        Ok(())
    }
}

/// A time that a person can read: its two largest units.
pub(crate) fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds / 3600 % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_in_its_largest_units() {
        let cases = [
            (0, "0 s"),
            (59, "59 s"),
            (61, "1 min 1 s"),
            (3_660, "1 h 1 min"),
            (90_000, "1 d 1 h"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(duration(Duration::from_secs(seconds)), expected);
        }
    }
}
