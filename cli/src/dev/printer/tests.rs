use super::*;
use std::io::{Read, pipe};
use thingrelay_core::{normalize, source::Decoding, staged::Staged};

fn event(id: &str) -> OutgoingEvent {
    let line = format!(
        r#"{{"v":1,"id":"{}","source":"meters","platform":"tencent-iot-hub","channel":"http","received":1,"encoding":"text"}}"#,
        "0".repeat(64)
    );
    let body = format!("{line}\n17");
    let staged = Staged::from_body(&body).unwrap();
    let mut event = normalize::normalize(&staged, Decoding::default())
        .unwrap()
        .pop()
        .unwrap();
    event.id = id.to_owned();
    event.json = format!(r#"{{"id":"{id}"}}"#);
    event
}

#[tokio::test]
async fn each_event_is_one_line_however_often_it_is_forwarded() {
    let (mut reader, writer) = pipe().unwrap();
    let gone = CancellationToken::new();
    let printer = Printer::start(writer.into(), Style::Json, gone.clone()).unwrap();
    for id in ["a-0", "a-1", "a-0", "b-0", "a-1"] {
        printer.forwarded(&event(id));
    }
    assert_eq!(printer.finish().await, 0);
    drop(printer);
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    assert_eq!(
        text,
        "{\"id\":\"a-0\"}\n{\"id\":\"a-1\"}\n{\"id\":\"b-0\"}\n"
    );
    assert!(!gone.is_cancelled());
}

#[tokio::test]
async fn an_event_without_a_target_is_shown_to_people_once_and_to_no_program() {
    for (style, expected) in [
        (Style::Json, vec![]),
        (
            Style::Readable(Colour::Off),
            vec![r#"{"id":"a-0"}  (no target takes it)"#],
        ),
    ] {
        let (mut reader, writer) = pipe().unwrap();
        let printer = Printer::start(writer.into(), style, CancellationToken::new()).unwrap();
        printer.unrouted(&event("a-0"));
        printer.unrouted(&event("a-0"));
        assert_eq!(printer.finish().await, 0);
        drop(printer);
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        let shown: Vec<&str> = text
            .lines()
            .map(|line| line.split_once(' ').unwrap().1)
            .collect();
        assert_eq!(shown, expected);
    }
}
