use super::*;
use std::{
    fs::OpenOptions,
    io::{PipeReader, Read, pipe},
    sync::mpsc::{Receiver, channel},
};

const LIMIT: Duration = Duration::from_secs(20);
const CAPACITY: Capacity = Capacity {
    pieces: 100,
    bytes: 1024 * 1024,
};

fn start(out: OwnedFd) -> (Outlet, Receiver<Condition>) {
    let (sender, conditions) = channel();
    let told = move |condition| sender.send(condition).unwrap();
    let outlet = Outlet::start(
        "test",
        out,
        CAPACITY,
        |lines| format!("gap {lines}\n"),
        told,
    );
    (outlet.unwrap(), conditions)
}

fn to_pipe() -> (Outlet, PipeReader) {
    let (reader, writer) = pipe().unwrap();
    (start(writer.into()).0, reader)
}

/// The line is long enough that a pipe holds only a few.
fn line(number: usize) -> String {
    format!("{number} {}\n", "x".repeat(1000))
}

fn read(mut reader: PipeReader) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        text
    })
}

#[tokio::test]
async fn what_is_not_written_is_known_exactly() {
    let (outlet, reader) = to_pipe();
    for number in 0..500 {
        outlet.push(line(number));
    }
    // The pipe takes a part of this piece.
    outlet.push("y".repeat(200_000));
    let left = outlet.finish(LIMIT, Duration::from_millis(50)).await;
    assert!(left > 1, "{left}");
    rustix::io::ioctl_fionbio(&reader, true).unwrap();
    let mut there = vec![0; 1024 * 1024];
    let length = rustix::io::read(&reader, &mut there).unwrap();
    let text = String::from_utf8(there[..length].to_vec()).unwrap();
    assert!(text.ends_with('\n'), "{text}");
    assert_eq!(text.lines().count() + left, 501);
}

#[tokio::test]
async fn a_full_outlet_has_no_room_until_it_is_read() {
    let (outlet, reader) = to_pipe();
    let mut pushed = 0;
    while tokio::time::timeout(Duration::ZERO, outlet.room())
        .await
        .is_ok()
    {
        outlet.push(line(pushed));
        pushed += 1;
    }
    let text = read(reader);
    tokio::time::timeout(LIMIT, outlet.room()).await.unwrap();
    assert_eq!(outlet.finish(LIMIT, LIMIT).await, 0);
    drop(outlet);
    assert_eq!(text.join().unwrap().lines().count(), pushed);
}

#[tokio::test]
async fn lines_without_room_are_counted_where_they_are_missing() {
    let (outlet, reader) = to_pipe();
    for number in 0..1000 {
        outlet.offer(line(number));
    }
    let text = read(reader);
    assert_eq!(outlet.finish(LIMIT, LIMIT).await, 0);
    drop(outlet);
    let text = text.join().unwrap();
    let gaps = text.lines().filter_map(|line| line.strip_prefix("gap "));
    let dropped: usize = gaps.map(|number| number.parse::<usize>().unwrap()).sum();
    let written = text.lines().filter(|line| line.contains(" x")).count();
    assert!(dropped > 0, "{text}");
    assert_eq!(written + dropped, 1000);
}

#[tokio::test]
async fn a_pipe_that_takes_nothing_for_now_is_waited_for() {
    let (reader, writer) = pipe().unwrap();
    rustix::io::ioctl_fionbio(&writer, true).unwrap();
    let (outlet, conditions) = start(writer.into());
    for number in 0..500 {
        outlet.push(line(number));
    }
    let text = read(reader);
    assert_eq!(outlet.finish(LIMIT, LIMIT).await, 0);
    drop(outlet);
    assert_eq!(text.join().unwrap().lines().count(), 500);
    assert!(conditions.try_recv().is_err());
}

#[tokio::test]
async fn a_reader_that_has_gone_is_told_of_and_blocks_nothing() {
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    let (outlet, conditions) = start(writer.into());
    outlet.push(line(0));
    let told = conditions.recv_timeout(LIMIT).unwrap();
    assert!(matches!(told, Condition::Gone), "{told:?}");
    for number in 0..500 {
        outlet.push(line(number));
    }
    tokio::time::timeout(LIMIT, outlet.room()).await.unwrap();
    assert_eq!(outlet.finish(LIMIT, LIMIT).await, 0);
}

#[tokio::test]
async fn a_full_disk_is_told_of_and_what_it_does_not_take_is_left() {
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let (outlet, conditions) = start(full.into());
    outlet.push(line(0));
    outlet.push(line(1));
    let told = conditions.recv_timeout(LIMIT).unwrap();
    let Condition::Failing(error) = told else {
        panic!("{told:?}");
    };
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    assert_eq!(outlet.finish(LIMIT, LIMIT).await, 2);
}
