//! The traffic between queues, and the life of queues.

use std::collections::BTreeMap;

use super::*;
use crate::error::ErrorCode;
use crate::queue::attempts::Receipt;
use crate::queue::message::Message;
use crate::queue::seconds;
use move_task::MoveStatus;

const START: Moment = Moment {
    tick: 5_000_000,
    wall: 1_800_000_000_000,
};

/// Attributes as a case writes them.
type Attributes<'a> = &'a [(&'a str, &'a str)];

fn registry() -> Registry {
    let identity = Identity {
        region: "us-east-1".to_owned(),
        account: "000000000000".to_owned(),
    };
    Registry::new(identity, START)
}

fn attributes(list: Attributes<'_>) -> BTreeMap<String, String> {
    list.iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn create(
    registry: &mut Registry,
    name: &str,
    list: Attributes<'_>,
    now: Moment,
) -> Result<(), ErrorCode> {
    registry
        .create(name, &attributes(list), BTreeMap::new(), now)
        .map_err(|error| error.code)
}

fn policy(target: &str, maximum: &str) -> String {
    format!(
        r#"{{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:{target}","maxReceiveCount":{maximum}}}"#
    )
}

fn send(registry: &mut Registry, name: &str, group: &str, id: &str, now: Moment) {
    let message = Message {
        id: id.to_owned(),
        body: id.to_owned(),
        md5_of_body: String::new(),
        attributes: BTreeMap::new(),
        trace_header: None,
        group: Some(group.to_owned().into()),
        deduplication_id: Some(id.to_owned()),
        sent: now.wall,
        dead_letter_source: None,
    };
    registry.send(name, message, None, now).unwrap();
}

fn receive(registry: &mut Registry, name: &str, now: Moment) -> Vec<(String, Receipt)> {
    let request = ReceiveRequest {
        max: 10,
        visibility_timeout: None,
        attempt: None,
    };
    let deliveries = registry.receive(name, &request, now).unwrap();
    deliveries
        .iter()
        .map(|delivery| {
            let handed = Receipt {
                sequence: delivery.sequence,
                receipt: delivery.receives.receipt,
            };
            (delivery.message.body.clone(), handed)
        })
        .collect()
}

fn bodies(registry: &mut Registry, name: &str, now: Moment) -> Vec<String> {
    let received = receive(registry, name, now);
    received.into_iter().map(|(body, _)| body).collect()
}

/// A FIFO queue `q.fifo` with the dead-letter queue `d.fifo` after one receive.
fn with_dead_letters() -> Registry {
    let mut registry = registry();
    create(&mut registry, "d.fifo", &[("FifoQueue", "true")], START).unwrap();
    let policy = policy("d.fifo", "\"1\"");
    let list = [("FifoQueue", "true"), ("RedrivePolicy", policy.as_str())];
    create(&mut registry, "q.fifo", &list, START).unwrap();
    registry
}

#[test]
fn a_queue_is_created_once_and_found_again_by_its_attributes() {
    let mut registry = registry();
    let delayed = [("DelaySeconds", "5")];
    assert_eq!(create(&mut registry, "q", &delayed, START), Ok(()));
    assert_eq!(create(&mut registry, "q", &delayed, START), Ok(()));
    assert_eq!(
        create(&mut registry, "q", &[], START),
        Ok(()),
        "none differs"
    );
    let other = create(&mut registry, "q", &[("DelaySeconds", "6")], START);
    assert_eq!(other, Err(ErrorCode::QueueNameExists));
    assert_eq!(registry.names().count(), 1);
}

#[test]
fn names_kinds_and_attributes_must_fit() {
    let unknown_target = policy("absent", "3");
    let fifo_target = policy("d.fifo", "3");
    let too_many = policy("d", "1001");
    let not_allowed = policy("closed", "3");
    let deny = r#"{"redrivePermission":"denyAll"}"#;
    let mut registry = registry();
    create(&mut registry, "d", &[], START).unwrap();
    create(&mut registry, "d.fifo", &[("FifoQueue", "true")], START).unwrap();
    create(
        &mut registry,
        "closed",
        &[("RedriveAllowPolicy", deny)],
        START,
    )
    .unwrap();
    let cases: [(&str, Attributes<'_>, ErrorCode); 12] = [
        ("a b", &[], ErrorCode::InvalidParameterValue),
        ("a.fifo", &[], ErrorCode::InvalidParameterValue),
        (
            "a",
            &[("FifoQueue", "true")],
            ErrorCode::InvalidAttributeName,
        ),
        ("a", &[("Nonsense", "1")], ErrorCode::InvalidAttributeName),
        (
            "a",
            &[("DeduplicationScope", "queue")],
            ErrorCode::InvalidAttributeName,
        ),
        (
            "a",
            &[("VisibilityTimeout", "43201")],
            ErrorCode::InvalidAttributeValue,
        ),
        (
            "a",
            &[("DelaySeconds", "-1")],
            ErrorCode::InvalidAttributeValue,
        ),
        (
            "a",
            &[("RedrivePolicy", "{}")],
            ErrorCode::InvalidParameterValue,
        ),
        (
            "a",
            &[("RedrivePolicy", &unknown_target)],
            ErrorCode::InvalidParameterValue,
        ),
        (
            "a",
            &[("RedrivePolicy", &fifo_target)],
            ErrorCode::InvalidParameterValue,
        ),
        (
            "a",
            &[("RedrivePolicy", &too_many)],
            ErrorCode::InvalidParameterValue,
        ),
        (
            "a",
            &[("RedrivePolicy", &not_allowed)],
            ErrorCode::InvalidParameterValue,
        ),
    ];
    for (name, list, expected) in cases {
        let found = create(&mut registry, name, list, START);
        assert_eq!(found, Err(expected), "{name} {list:?}");
    }
    for maximum in ["3", "\"3\""] {
        let policy = policy("d", maximum);
        let name = format!("a{}", maximum.len());
        let created = create(&mut registry, &name, &[("RedrivePolicy", &policy)], START);
        assert_eq!(created, Ok(()), "{maximum}");
    }
    let sources = registry.dead_letter_sources("d", None, 1).unwrap();
    assert_eq!(sources.names, ["a1"]);
    let next = sources.next_after.as_deref();
    let sources = registry.dead_letter_sources("d", next, 1).unwrap();
    assert_eq!(
        (sources.names, sources.next_after),
        (vec!["a3".to_owned()], None)
    );
}

#[test]
fn a_deleted_queues_name_rests_for_a_minute() {
    let mut registry = registry();
    create(&mut registry, "q", &[], START).unwrap();
    registry.delete_queue("q", START).unwrap();
    let soon = create(&mut registry, "q", &[], START + 59_999);
    assert_eq!(soon, Err(ErrorCode::QueueDeletedRecently));
    assert_eq!(create(&mut registry, "q", &[], START + 60_000), Ok(()));
}

#[test]
fn a_queue_is_purged_once_a_minute() {
    let mut registry = registry();
    create(&mut registry, "q", &[], START).unwrap();
    send(&mut registry, "q", "g", "1", START);
    registry.purge("q", START).unwrap();
    assert!(bodies(&mut registry, "q", START).is_empty());
    let again = registry
        .purge("q", START + 59_999)
        .map_err(|error| error.code);
    assert_eq!(again, Err(ErrorCode::PurgeQueueInProgress));
    assert_eq!(registry.purge("q", START + 60_000), Ok(()));
}

#[test]
fn order_is_kept_through_a_fifo_dead_letter_queue() {
    let mut registry = with_dead_letters();
    for id in ["1", "2", "3"] {
        send(&mut registry, "q.fifo", "g", id, START);
    }
    assert_eq!(bodies(&mut registry, "q.fifo", START), ["1", "2", "3"]);
    send(&mut registry, "q.fifo", "g", "4", START);
    let later = START + seconds(30);
    assert_eq!(
        bodies(&mut registry, "q.fifo", later),
        ["4"],
        "the group goes on"
    );
    assert_eq!(bodies(&mut registry, "d.fifo", later), ["1", "2", "3"]);
}

#[test]
fn dead_letters_stay_where_they_are_without_their_queue() {
    let mut registry = with_dead_letters();
    send(&mut registry, "q.fifo", "g", "1", START);
    bodies(&mut registry, "q.fifo", START);
    registry.delete_queue("d.fifo", START).unwrap();
    assert_eq!(bodies(&mut registry, "q.fifo", START + seconds(30)), ["1"]);
}

#[test]
fn a_move_task_takes_dead_letters_back_in_order() {
    let mut registry = with_dead_letters();
    for id in ["1", "2", "3"] {
        send(&mut registry, "q.fifo", "g", id, START);
    }
    bodies(&mut registry, "q.fifo", START);
    let now = START + seconds(30);
    bodies(&mut registry, "q.fifo", now);
    let arn = "arn:aws:sqs:us-east-1:000000000000:d.fifo";
    registry
        .start_move("t".to_owned(), arn, None, None, now)
        .unwrap();
    let second = registry.start_move("u".to_owned(), arn, None, None, now);
    assert_eq!(second.unwrap_err().code, ErrorCode::InvalidParameterValue);
    let fresh = || "fresh".to_owned();
    assert!(registry.advance_move("t", 2, fresh, now));
    assert!(!registry.advance_move("t", 2, fresh, now));
    let tasks = registry.list_moves(arn, 10).unwrap();
    let shown: Vec<_> = tasks.iter().map(|task| (task.status, task.moved)).collect();
    assert_eq!(shown, [(MoveStatus::Completed, 3)]);
    let ended = registry.cancel_move("t").map_err(|error| error.code);
    assert_eq!(ended, Err(ErrorCode::UnsupportedOperation));
    assert_eq!(bodies(&mut registry, "q.fifo", now), ["1", "2", "3"]);
}

#[test]
fn a_move_task_that_fails_keeps_the_order() {
    let mut registry = with_dead_letters();
    for id in ["1", "2", "3"] {
        send(&mut registry, "d.fifo", "g", id, START);
    }
    let arn = "arn:aws:sqs:us-east-1:000000000000:d.fifo";
    registry
        .start_move("t".to_owned(), arn, None, None, START)
        .unwrap();
    assert!(!registry.advance_move("t", 2, String::new, START));
    let tasks = registry.list_moves(arn, 1).unwrap();
    let expected = MoveStatus::Failed("CouldNotDetermineMessageSource");
    assert_eq!(tasks[0].status, expected);
    assert_eq!(bodies(&mut registry, "d.fifo", START), ["1", "2", "3"]);
}

#[test]
fn receives_are_woken_when_there_may_be_something_for_them() {
    let mut registry = with_dead_letters();
    let woken = |registry: &mut Registry| registry.take_effects().woken;
    woken(&mut registry);
    send(&mut registry, "q.fifo", "g", "1", START);
    assert_eq!(woken(&mut registry), ["q.fifo"]);
    let first = receive(&mut registry, "q.fifo", START);
    assert_eq!(
        woken(&mut registry),
        ["q.fifo"],
        "to look when the timeout ends"
    );
    send(&mut registry, "q.fifo", "g", "2", START);
    assert!(woken(&mut registry).is_empty(), "the group is locked");
    registry.delete("q.fifo", first[0].1, START).unwrap();
    assert_eq!(woken(&mut registry), ["q.fifo"], "the group is free");
    let second = receive(&mut registry, "q.fifo", START);
    woken(&mut registry);
    registry
        .change_visibility("q.fifo", second[0].1, 0, START)
        .unwrap();
    assert_eq!(woken(&mut registry), ["q.fifo"], "it is visible again");
    assert!(receive(&mut registry, "q.fifo", START).is_empty());
    assert_eq!(woken(&mut registry), ["d.fifo"], "it is a dead letter");
}
