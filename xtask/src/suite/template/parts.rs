//! The parts of a stack that are there only if a parameter says so: all of each, or nothing of it.

use super::stack::Stack;

/// A part.
pub(super) struct Part {
    /// With what the logical id of all that belongs to it begins.
    pub(super) prefix: &'static str,
    /// The condition that it stands under.
    condition: &'static str,
    /// All that belongs to it in any stack that has it, and is no alarm. The configuration of calls is
    /// SAM's.
    resources: &'static [&'static str],
    /// Whether a stack with these parameters has it.
    pub(super) is_on: fn(&Stack) -> bool,
}

/// The pull from Tuya.
pub(super) const TUYA: Part = Part {
    prefix: "Tuya",
    condition: "PullsTuya",
    resources: &[
        "TuyaFunction",
        "TuyaFunctionEventInvokeConfig",
        "TuyaLogs",
        "TuyaRole",
        "TuyaSchedule",
        "TuyaScheduleRole",
    ],
    is_on: |stack| stack.parameters["TuyaSources"] == "on",
};

/// The pull from CKafka.
pub(super) const CKAFKA_PULL: Part = Part {
    prefix: "CkafkaPull",
    condition: "PullsCkafka",
    resources: &[
        "CkafkaPullFunction",
        "CkafkaPullFunctionEventInvokeConfig",
        "CkafkaPullLogs",
        "CkafkaPullRole",
        "CkafkaPullSchedule",
        "CkafkaPullScheduleRole",
    ],
    is_on: |stack| stack.parameters["CkafkaSources"] == "pull",
};

/// What both pulls have in common.
pub(super) const PULLS: Part = Part {
    prefix: "Pull",
    condition: "Pulls",
    resources: &[],
    is_on: |stack| (TUYA.is_on)(stack) || (CKAFKA_PULL.is_on)(stack),
};

/// Lambda's own event source of CKafka. Beside these resources, it has a mapping for each topic.
pub(super) const CKAFKA: Part = Part {
    prefix: "Ckafka",
    condition: "MapsCkafka",
    resources: &["CkafkaFunction", "CkafkaLogs", "CkafkaRole"],
    is_on: |stack| stack.parameters["CkafkaSources"] == "event-source",
};

/// Of two that fit, the first is meant.
const PARTS: [&Part; 4] = [&TUYA, &CKAFKA_PULL, &CKAFKA, &PULLS];

/// With what the logical id of a mapping begins; its number follows.
pub(super) const MAPPING: &str = "CkafkaMapping";

/// The conditions that alarms stand under which every stack with these parameters shows.
pub(super) fn conditions() -> impl Iterator<Item = &'static str> {
    PARTS.iter().map(|part| part.condition)
}

/// The part that a resource belongs to.
pub(super) fn part_of(id: &str) -> Option<&'static Part> {
    PARTS.into_iter().find(|part| id.starts_with(part.prefix))
}

/// Whether a resource has to be there with these parameters, as far as parts go.
pub(super) fn belongs(stack: &Stack, id: &str) -> bool {
    part_of(id).is_none_or(|part| (part.is_on)(stack))
}

/// Nobody gets a part who has not asked for it, and who has gets all of it.
pub(super) fn check(stack: &Stack) -> Vec<String> {
    let mut problems = Vec::new();
    for parameter in ["TuyaSources", "CkafkaSources"] {
        let default = &stack.source["Parameters"][parameter]["Default"];
        if default != "off" {
            problems.push(format!("{parameter} is {default} where nobody says so"));
        }
    }
    for part in PARTS {
        let mut found: Vec<&str> = Vec::new();
        for (id, resource) in &stack.resources {
            if part_of(id).is_none_or(|other| other.prefix != part.prefix) {
                continue;
            }
            if let Some(number) = id.strip_prefix(MAPPING) {
                if resource["Condition"] != format!("MapsCkafkaTopic{number}") {
                    problems.push(format!("{id} is there without its topic, too"));
                }
                continue;
            }
            if resource["Condition"] != part.condition {
                problems.push(format!("{id} is there without its part, too"));
            }
            if resource["Type"] != "AWS::CloudWatch::Alarm" {
                found.push(id);
            }
        }
        found.sort_unstable();
        let expected = if (part.is_on)(stack) {
            part.resources
        } else {
            &[]
        };
        if found != expected {
            problems.push(format!("of {}, there is {found:?}", part.prefix));
        }
    }
    problems
}
