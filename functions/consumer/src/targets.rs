//! The targets of the configuration, opened to send to.

use crate::route::OWN_QUEUE;
use futures::future::BoxFuture;
use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};
use thingrelay::{aws::Aws, target::TargetSender};
use thingrelay_core::{
    config::{ConsumerConfig, SqsTarget, Target, TargetKind},
    filter::Filter,
    queue_url::QueueUrl,
};

/// The targets in use. When the configuration changes, new targets are opened, and those that stay
/// are kept open.
pub struct Targets<T = TargetSender> {
    opening: Opening<T>,
    opened: Mutex<Opened<T>>,
}

type Opened<T> = Vec<(Target, Arc<T>)>;

enum Opening<T> {
    /// These queues, whatever the configuration says.
    Fixed(Vec<Arc<T>>),
    /// The targets of the configuration, or else the one queue.
    Configured {
        open: Open<T>,
        otherwise: Option<Target>,
    },
}

type Open<T> = Box<dyn Fn(Target) -> BoxFuture<'static, T> + Send + Sync>;

impl<T> Targets<T> {
    /// Targets that are already open, whatever the configuration says.
    pub fn new(targets: Vec<T>) -> Self {
        Targets {
            opening: Opening::Fixed(targets.into_iter().map(Arc::new).collect()),
            opened: Mutex::default(),
        }
    }

    /// The configuration's targets, which the function opens; `otherwise` if it names none.
    pub fn opened_by(
        open: impl Fn(Target) -> BoxFuture<'static, T> + Send + Sync + 'static,
        otherwise: Option<Target>,
    ) -> Self {
        Targets {
            opening: Opening::Configured {
                open: Box::new(open),
                otherwise,
            },
            opened: Mutex::default(),
        }
    }

    /// The targets, in the order of the configuration.
    pub async fn of(&self, config: &ConsumerConfig) -> Vec<Arc<T>> {
        let (open, otherwise) = match &self.opening {
            Opening::Fixed(targets) => return targets.clone(),
            Opening::Configured { open, otherwise } => (open, otherwise),
        };
        let wanted: Vec<&Target> = if config.targets.is_empty() {
            otherwise.iter().collect()
        } else {
            config.targets.iter().collect()
        };
        let before = std::mem::take(&mut *self.lock());
        let mut opened = Vec::with_capacity(wanted.len());
        for target in wanted {
            let kept = before.iter().find(|(other, _)| other.kind == target.kind);
            let sender = match kept {
                Some((_, sender)) => Arc::clone(sender),
                None => Arc::new(open(target.clone()).await),
            };
            opened.push((target.clone(), sender));
        }
        let targets = opened
            .iter()
            .map(|(_, sender)| Arc::clone(sender))
            .collect();
        *self.lock() = opened;
        targets
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Opened<T>> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Targets<TargetSender> {
    /// The configuration's targets, or the queue at `otherwise` if it names none. Sends nothing
    /// yet.
    pub fn open(aws: &Aws, otherwise: Option<QueueUrl>) -> Self {
        let aws = aws.clone();
        let open = move |target: Target| {
            let aws = aws.clone();
            let opening = async move { TargetSender::open(&aws, target.kind).await };
            Box::pin(opening) as BoxFuture<'static, TargetSender>
        };
        let otherwise = otherwise.map(|queue_url| Target {
            name: OWN_QUEUE.to_owned(),
            kind: TargetKind::Sqs(SqsTarget { queue_url }),
            filter: Filter::default(),
        });
        Targets::opened_by(open, otherwise)
    }
}

impl<T> fmt::Debug for Targets<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let opened = self.lock();
        let names = opened.iter().map(|(target, _)| &target.name);
        f.debug_list().entries(names).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn config(targets: &[(&str, &str)]) -> ConsumerConfig {
        let tables: Vec<String> = targets
            .iter()
            .map(|(name, queue)| {
                format!(
                    "[targets.{name}]\ntype = \"sqs\"\nqueue_url = \"http://127.0.0.1/0/{queue}\"\n"
                )
            })
            .collect();
        ConsumerConfig::parse(&[&tables.concat()]).unwrap()
    }

    /// Names the target that was opened, with a number that counts up.
    fn numbered(otherwise: Option<Target>) -> Targets<String> {
        let opened = AtomicUsize::new(0);
        let open = move |target: Target| {
            let number = opened.fetch_add(1, Ordering::SeqCst);
            let opening = async move { format!("{} {number}", target.name) };
            Box::pin(opening) as BoxFuture<'static, String>
        };
        Targets::opened_by(open, otherwise)
    }

    fn in_use(targets: &Targets<String>, config: &ConsumerConfig) -> Vec<String> {
        let found = futures::executor::block_on(targets.of(config));
        found.iter().map(|target| (**target).clone()).collect()
    }

    #[test]
    fn another_configuration_opens_what_is_new_and_keeps_what_stays() {
        let targets = numbered(None);
        assert!(in_use(&targets, &config(&[])).is_empty());
        let first = config(&[("a", "a"), ("b", "b")]);
        assert_eq!(in_use(&targets, &first), ["a 0", "b 1"]);
        assert_eq!(in_use(&targets, &first), ["a 0", "b 1"]);
        let moved = config(&[("a", "elsewhere"), ("b", "b"), ("c", "c")]);
        assert_eq!(in_use(&targets, &moved), ["a 2", "b 1", "c 3"]);
        assert_eq!(in_use(&targets, &config(&[("c", "c")])), ["c 3"]);
        assert_eq!(in_use(&targets, &first), ["a 4", "b 5"]);
    }

    #[test]
    fn the_other_target_stands_in_only_where_none_is_named() {
        let otherwise = config(&[("events", "events")]).targets.into_iter().next();
        let targets = numbered(otherwise);
        assert_eq!(in_use(&targets, &config(&[])), ["events 0"]);
        assert_eq!(in_use(&targets, &config(&[("a", "a")])), ["a 1"]);
        assert_eq!(in_use(&targets, &config(&[])), ["events 2"]);
    }
}
