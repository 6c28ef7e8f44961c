//! An example for each rule.

use super::*;
use crate::queue::window::WINDOW;

#[test]
fn a_group_is_handed_out_in_order_and_to_one_receive_at_a_time() {
    let mut bench = Bench::new("q.fifo", &[]);
    for (group, id) in [
        ("a", "a1"),
        ("b", "b1"),
        ("a", "a2"),
        ("b", "b2"),
        ("a", "a3"),
    ] {
        bench.send(group, id);
    }
    let first = bench.receive(&Bench::request(2));
    assert_eq!(ids(&first), ["a1", "a2"]);
    let second = bench.receive(&Bench::request(10));
    assert_eq!(ids(&second), ["b1", "b2"], "a3 is locked");
    assert_eq!(bench.delete(&first[0]), Ok(()));
    assert!(
        bench.receive(&Bench::request(10)).is_empty(),
        "a2 is in flight"
    );
    assert_eq!(bench.change_visibility(&first[1], 0), Ok(()));
    assert_eq!(ids(&bench.receive(&Bench::request(10))), ["a2", "a3"]);
}

#[test]
fn order_is_kept_when_timeouts_end_in_another_order() {
    let mut bench = Bench::new("q.fifo", &[]);
    for id in ["1", "2", "3"] {
        bench.send("g", id);
    }
    let first = bench.receive(&Bench::request(3));
    assert_eq!(bench.change_visibility(&first[2], 1), Ok(()));
    bench.pass(2_000);
    assert!(bench.receive(&Bench::request(10)).is_empty());
    bench.pass(28_000);
    assert_eq!(ids(&bench.receive(&Bench::request(10))), ["1", "2", "3"]);
}

#[test]
fn what_stands_before_the_first_message_in_flight_can_be_received() {
    let mut bench = Bench::new("q.fifo", &[]);
    for id in ["a", "b", "c", "d"] {
        bench.send("g", id);
    }
    let first = bench.receive(&Bench::request(3));
    assert_eq!(bench.change_visibility(&first[0], 0), Ok(()));
    let second = bench.receive(&Bench::request(10));
    assert_eq!(ids(&second), ["a"], "b is in flight");
    assert_eq!(bench.change_visibility(&first[1], 0), Ok(()));
    assert!(
        bench.receive(&Bench::request(10)).is_empty(),
        "a is in flight"
    );
    assert_eq!(bench.delete(&second[0]), Ok(()));
    assert_eq!(
        ids(&bench.receive(&Bench::request(10))),
        ["b"],
        "c is in flight"
    );
    assert_eq!(bench.delete(&first[2]), Ok(()));
    assert!(
        bench.receive(&Bench::request(10)).is_empty(),
        "d stands behind b"
    );
}

#[test]
fn a_group_that_fails_again_and_again_does_not_starve_others() {
    let mut bench = Bench::new("q.fifo", &[]);
    bench.send("a", "a");
    bench.send("b", "b");
    let first = bench.receive(&Bench::request(1));
    bench.change_visibility(&first[0], 0).unwrap();
    assert_eq!(ids(&bench.receive(&Bench::request(1))), ["b"]);
}

#[test]
fn both_scopes_of_deduplication_last_five_minutes() {
    let mut whole = Bench::new("q.fifo", &[]);
    let first = whole.send("a", "x");
    whole.pass(299_999);
    assert_eq!(whole.send("b", "x"), first);
    assert_eq!(whole.queue.duplicates(), 1);
    whole.pass(1);
    assert_ne!(whole.send("b", "x"), first, "a duplicate does not prolong");

    let mut grouped = Bench::new("q.fifo", &[("DeduplicationScope", "messageGroup")]);
    let first = grouped.send("a", "x");
    assert_ne!(grouped.send("b", "x"), first);
    assert_eq!(grouped.send("a", "x"), first);
}

#[test]
fn dead_letters_leave_in_order_and_the_group_goes_on() {
    let mut bench = Bench::new("q.fifo", &[]);
    bench.send("g", "1");
    bench.send("g", "2");
    let request = Receive {
        maximum_receives: Some(1),
        ..Bench::request(10)
    };
    assert_eq!(ids(&bench.receive(&request)), ["1", "2"]);
    bench.send("g", "3");
    bench.pass(30_000);
    let received = bench.queue.receive(&request, bench.now, &mut bench.changes);
    let received = received.unwrap();
    let dead: Vec<_> = received.dead.iter().map(|dead| &dead.message.id).collect();
    assert_eq!(dead, ["1", "2"]);
    assert_eq!(ids(&received.deliveries), ["3"]);
}

#[test]
fn delays_end_and_a_fifo_queues_new_delay_applies_to_what_it_holds() {
    let mut standard = Bench::new("q", &[("DelaySeconds", "5")]);
    let own = message("g", "own", standard.now);
    standard
        .queue
        .send(own, Some(0), standard.now.tick, &mut Vec::new());
    standard.send("g", "queue's");
    assert_eq!(ids(&standard.receive(&Bench::request(10))), ["own"]);
    assert_eq!(standard.queue.next_due(), Some((START + 5_000).tick));
    standard.pass(5_000);
    assert_eq!(ids(&standard.receive(&Bench::request(10))), ["queue's"]);

    let mut fifo = Bench::new("q.fifo", &[("DelaySeconds", "900")]);
    fifo.send("g", "1");
    let settings = Settings::default();
    fifo.queue.set(settings, fifo.now, &mut fifo.changes);
    fifo.send("g", "2");
    assert_eq!(ids(&fifo.receive(&Bench::request(10))), ["1", "2"]);
}

#[test]
fn an_attempt_is_repeated_until_a_message_of_it_is_touched() {
    let mut bench = Bench::new("q.fifo", &[]);
    bench.send("g", "1");
    bench.send("g", "2");
    let attempt = Receive {
        attempt: Some("try"),
        ..Bench::request(10)
    };
    let first = bench.receive(&attempt);
    bench.pass(20_000);
    let again = bench.receive(&attempt);
    let receipts = |found: &[Delivery]| found.iter().map(handed).collect::<Vec<_>>();
    assert_eq!(receipts(&again), receipts(&first));
    assert_eq!(again[0].receives.total, 1);
    bench.pass(20_000);
    assert!(
        bench.receive(&Bench::request(10)).is_empty(),
        "its timeout began again"
    );
    bench.delete(&first[0]).unwrap();
    assert!(bench.receive(&attempt).is_empty());
}

#[test]
fn receipts_say_what_is_wrong_with_them() {
    for (name, expired_delete) in [("q", Ok(())), ("q.fifo", Err(ReceiptError::Expired))] {
        let mut bench = Bench::new(name, &[]);
        bench.send("g", "1");
        let first = bench.receive(&Bench::request(1)).remove(0);
        assert_eq!(bench.change_visibility(&first, 43_200), Ok(()), "{name}");
        bench.pass(1_000);
        let too_long = bench.change_visibility(&first, 43_200);
        assert_eq!(too_long, Err(ReceiptError::TooLong), "{name}");
        bench.pass(seconds(43_200));
        let visible = bench.change_visibility(&first, 1);
        assert_eq!(visible, Err(ReceiptError::NotInFlight), "{name}");
        let second = bench.receive(&Bench::request(1)).remove(0);
        assert_eq!(bench.delete(&first), expired_delete, "{name}");
        assert_eq!(bench.queue.depth().in_flight, 1, "{name}: an old receipt");
        assert_eq!(bench.delete(&second), Ok(()), "{name}");
        assert_eq!(bench.delete(&second), Ok(()), "{name}: again");
        assert_eq!(bench.change_visibility(&second, 1), Err(ReceiptError::Gone));
    }
}

#[test]
fn a_standard_message_is_deleted_after_its_timeout_by_its_latest_receipt() {
    let mut bench = Bench::new("q", &[]);
    bench.send("g", "1");
    let delivery = bench.receive(&Bench::request(1)).remove(0);
    bench.pass(60_000);
    assert_eq!(bench.delete(&delivery), Ok(()));
    assert!(bench.receive(&Bench::request(1)).is_empty());
}

#[test]
fn retention_removes_messages_in_every_state() {
    let mut bench = Bench::new("q", &[("MessageRetentionPeriod", "60")]);
    bench.send("g", "in flight");
    bench.receive(&Bench::request(1));
    bench.send("g", "visible");
    let delayed = message("g", "delayed", bench.now);
    bench
        .queue
        .send(delayed, Some(seconds(900)), bench.now.tick, &mut Vec::new());
    bench.pass(59_999);
    assert_ne!(bench.queue.depth(), Depth::default());
    bench.pass(1);
    assert_eq!(bench.queue.depth(), Depth::default());
    assert_eq!(bench.queue.next_due(), None);
}

/// The backlog of one group that no receiver can process.
fn backlog(bench: &mut Bench, messages: usize) -> Vec<Delivery> {
    for number in 0..messages {
        bench.send("backlog", &format!("b{number}"));
    }
    let first = bench.receive(&Bench::request(1));
    assert_eq!(
        ids(&first),
        ["b0"],
        "the rest of the backlog waits behind it"
    );
    first
}

#[test]
fn other_groups_are_delivered_while_a_backlog_is_within_the_window() {
    for (messages, behind_it) in [(WINDOW - 1, vec!["other"]), (WINDOW, vec![])] {
        let mut bench = Bench::new("q.fifo", &[]);
        let first = backlog(&mut bench, messages);
        bench.send("other", "other");
        let found = bench.receive(&Bench::request(10));
        assert_eq!(ids(&found), behind_it, "behind {messages} messages");
        assert!(!bench.queue.has_available());
        // A message that leaves the backlog makes room for one behind it.
        assert_eq!(bench.delete(&first[0]), Ok(()));
        bench.send("third", "third");
        let all = Bench::request(WINDOW);
        let found = bench.receive(&all);
        let others = ids(&found);
        let others: Vec<&str> = others
            .into_iter()
            .filter(|id| !id.starts_with('b'))
            .collect();
        let expected = match messages {
            WINDOW => ["other"],
            _ => ["third"],
        };
        assert_eq!(others, expected, "behind {messages} messages");
    }
}

#[test]
fn the_window_follows_deletions_new_sizes_and_a_purge() {
    let mut bench = Bench::new("q.fifo", &[]);
    bench.queue.look_through(2);
    for (group, id) in [
        ("a", "a1"),
        ("a", "a2"),
        ("b", "b1"),
        ("c", "c1"),
        ("d", "d1"),
    ] {
        bench.send(group, id);
    }
    let first = bench.receive(&Bench::request(1));
    assert_eq!(ids(&first), ["a1"]);
    assert!(bench.receive(&Bench::request(10)).is_empty());
    assert_eq!(bench.delete(&first[0]), Ok(()));
    assert_eq!(ids(&bench.receive(&Bench::request(10))), ["a2", "b1"]);
    bench.queue.look_through(3);
    assert_eq!(ids(&bench.receive(&Bench::request(10))), ["c1"]);
    // Messages in flight count, and become visible within the window.
    bench.queue.look_through(1);
    bench.pass(30_000);
    assert_eq!(ids(&bench.receive(&Bench::request(10))), ["a2"]);
    assert!(bench.queue.purge(bench.now.tick, &mut bench.changes));
    for id in ["e1", "f1"] {
        bench.send(id, id);
    }
    assert_eq!(ids(&bench.receive(&Bench::request(10))), ["e1"]);
}
