//! The targets of a run: what each of them is, and which events it takes.

use crate::documents::PULLED;

/// The device of which some targets take the events.
const DEVICE: &str = "d1";

/// A target. What it has accepted is in a queue, whatever it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its number.
    pub number: usize,
    /// What it is.
    pub service: Service,
    /// Whether it keeps the order of a group and drops copies.
    pub keeps_order: bool,
    /// Whether it is a webhook, and the queue its own.
    pub is_webhook: bool,
    /// Which events it takes.
    pub takes: Takes,
}

/// What a target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// An SQS queue.
    Queue,
    /// An SNS topic.
    Topic,
    /// An EventBridge event bus.
    Bus,
}

/// Which events a target takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// All.
    All,
    /// Properties and alerts.
    PropertiesAndAlerts,
    /// Those of one device, but no coming online.
    OneDeviceButNotOnline,
    /// Those of the source that is pulled.
    Pulled,
}

impl Takes {
    /// All of them, and twice that one that leaves nothing out.
    pub(crate) const CHOICES: [Takes; 5] = [
        Takes::All,
        Takes::All,
        Takes::PropertiesAndAlerts,
        Takes::OneDeviceButNotOnline,
        Takes::Pulled,
    ];

    /// The filters in the settings.
    fn filters(self) -> Vec<String> {
        let is_of = |kind: &str| format!(r#"{{ exact = {{ type = "io.thingrelay.{kind}.v1" }} }}"#);
        match self {
            Takes::All => Vec::new(),
            Takes::PropertiesAndAlerts => vec![format!(
                "{{ any = [{}, {}] }}",
                is_of("device.properties"),
                is_of("alert")
            )],
            Takes::OneDeviceButNotOnline => vec![
                format!("{{ not = {} }}", is_of("device.online")),
                format!(r#"{{ exact = {{ device = "{DEVICE}" }} }}"#),
            ],
            Takes::Pulled => vec![format!(r#"{{ exact = {{ source_name = "{PULLED}" }} }}"#)],
        }
    }

    /// Whether it takes an event of that type and subject.
    pub(crate) fn takes(self, kind: &str, subject: Option<&str>, is_pulled: bool) -> bool {
        match self {
            Takes::All => true,
            Takes::PropertiesAndAlerts => matches!(kind, "device.properties" | "alert"),
            Takes::OneDeviceButNotOnline => {
                let device = subject.and_then(|subject| subject.split_once('/'));
                kind != "device.online" && device.is_some_and(|(_, name)| name == DEVICE)
            }
            Takes::Pulled => is_pulled,
        }
    }
}

impl Target {
    /// The name of the queue that holds what it has accepted.
    pub(crate) fn queue(&self) -> String {
        queue_of_target(self.number, self.keeps_order)
    }

    /// The name of the queue that holds the dead letters, if it is a webhook.
    pub(crate) fn dead_letters(&self) -> String {
        format!("webhook-{}-dead.fifo", self.number)
    }

    /// Its name in the settings.
    pub(crate) fn name(&self) -> String {
        format!("t{}", self.number)
    }

    /// Its table in the settings, with the address that it has there, or another one. Of its filters,
    /// `filters` is kept.
    pub(crate) fn table(
        &self,
        address: &str,
        filters: impl FnOnce(Vec<String>) -> Vec<String>,
    ) -> String {
        let (kind, key) = match self.service {
            Service::Queue => ("sqs", "queue_url"),
            Service::Topic => ("sns", "topic_arn"),
            Service::Bus => ("eventbridge", "event_bus"),
        };
        let kind = if self.is_webhook { "webhook" } else { kind };
        let name = self.name();
        let mut table = format!("[targets.{name}]\ntype = \"{kind}\"\n{key} = \"{address}\"\n");
        if self.is_webhook {
            table.push_str("url = \"http://receiver.test/events\"\nallow_http = true\n");
        }
        let filters = filters(self.takes.filters());
        if !filters.is_empty() {
            table.push_str(&format!("filters = [{}]\n", filters.join(", ")));
        }
        table
    }
}

fn queue_of_target(number: usize, keeps_order: bool) -> String {
    let suffix = if keeps_order { ".fifo" } else { "" };
    format!("target-{number}{suffix}")
}
