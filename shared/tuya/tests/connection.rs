//! Connections to a broker that is played: handshake, frames, acknowledgements, ends.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    dead_code,
    unreachable_pub
)]

mod served;

use served::{ACCESS_ID, Served, Session, TOPIC, soon};
use std::time::Duration;
use thingrelay::{
    clock::Clock,
    pull::{Broker, ConnectError, Subscription},
};
use thingrelay_core::{
    staged::{Staged, Transport},
    tuya::Topic,
};
use thingrelay_tuya::{Timing, TuyaBroker, TuyaSubscription};
use tokio::join;
use tokio_tungstenite::tungstenite::{
    Message,
    protocol::{CloseFrame, frame::coding::CloseCode},
};

fn broker(served: &Served) -> TuyaBroker {
    let (name, tuya) = served.source();
    TuyaBroker::new(&name, &tuya, Topic::Event, Clock::system())
}

async fn connected(served: &Served, broker: &TuyaBroker) -> (TuyaSubscription, Session) {
    let (subscription, session) = join!(soon(broker.connect()), served.accept());
    (subscription.unwrap(), session)
}

fn message(id: &str) -> String {
    format!(r#"{{"messageId":"{id}","payload":"e30=","properties":{{}},"key":"d1"}}"#)
}

/// The broker's id of the next message.
async fn next_id(subscription: &mut TuyaSubscription) -> String {
    let delivery = soon(subscription.next()).await.unwrap();
    match Staged::from_body(&delivery.message.body).unwrap().transport {
        Transport::Pulsar(delivery) => delivery.message_id.into_owned(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_handshake_names_subscription_and_credentials() {
    let served = Served::start().await;
    let broker = broker(&served);
    let (subscription, mut session) = connected(&served, &broker).await;
    let (path, query) = session.asked.path_and_query.split_once('?').unwrap();
    assert_eq!(
        path,
        format!("/ws/v2/consumer/persistent/{ACCESS_ID}/out/event/{ACCESS_ID}-sub")
    );
    let mut parameters: Vec<&str> = query.split('&').collect();
    parameters.sort_unstable();
    let expected = [
        "ackTimeoutMillis=120000",
        "receiverQueueSize=1000",
        "subscriptionType=Failover",
    ];
    assert_eq!(parameters, expected);
    assert_eq!(session.asked.username, ACCESS_ID);
    // Computed without this code: the middle half of the md5 of the id and the md5 of the key.
    assert_eq!(session.asked.password, "700f823900a80e51");
    assert_eq!(session.asked.host, format!("127.0.0.1:{}", served.port));
    let ((), goodbye) = join!(subscription.close(), session.next());
    assert!(goodbye.unwrap().is_close());
}

#[tokio::test]
async fn a_refused_upgrade_says_what_to_check() {
    let cases = [
        (
            401,
            "refused",
            &["region", "access_id", "access_key", "rule"][..],
        ),
        (403, "refused", &["region", "switched on"]),
        (404, "missing", &[TOPIC, "environment"]),
        (500, "missing", &["subscription", "switched on"]),
        (302, "unreachable", &["302", "url"]),
        (503, "unreachable", &["503"]),
        (200, "unreachable", &["200"]),
    ];
    let served = Served::start().await;
    let broker = broker(&served);
    for (status, kind, words) in cases {
        let (result, ()) = join!(soon(broker.connect()), served.refuse(status));
        let (found, detail) = told(result.map(drop));
        assert_eq!(found, kind, "{status}: {detail}");
        for word in words {
            assert!(detail.contains(word), "{status}: {detail}");
        }
        assert!(!detail.contains("00112233"), "{detail}");
    }
}

fn told(result: Result<(), ConnectError>) -> (&'static str, String) {
    match result {
        Ok(()) => ("connected", String::new()),
        Err(ConnectError::Refused(detail)) => ("refused", detail),
        Err(ConnectError::Missing(detail)) => ("missing", detail),
        Err(ConnectError::Unreachable(detail)) => ("unreachable", detail),
    }
}

#[tokio::test]
async fn what_cannot_be_connected_to_is_unreachable() {
    let nobody = {
        let served = Served::start().await;
        broker(&served)
    };
    let (kind, detail) = told(soon(nobody.connect()).await.map(drop));
    assert_eq!(kind, "unreachable");
    assert!(detail.contains("nothing listens"), "{detail}");

    let served = Served::start().await;
    let hasty = broker(&served).with_timing(Timing {
        connect: Duration::from_millis(100),
        ..Timing::default()
    });
    let (result, mute) = join!(soon(hasty.connect()), served.accept_tcp());
    let (kind, detail) = told(result.map(drop));
    drop(mute);
    assert_eq!(kind, "unreachable");
    assert!(detail.contains("did not answer"), "{detail}");

    let other = broker(&served);
    let answer = served.answer("SSH-2.0-something\r\n\r\n");
    let (result, ()) = join!(soon(other.connect()), answer);
    let (kind, detail) = told(result.map(drop));
    assert_eq!(kind, "unreachable");
    assert!(detail.contains("does not speak WebSocket"), "{detail}");
}

#[tokio::test]
async fn messages_come_in_order_and_are_acknowledged_by_their_ids() {
    let served = Served::start().await;
    let broker = broker(&served);
    let (mut subscription, mut session) = connected(&served, &broker).await;
    let ids: Vec<String> = (0..100)
        .map(|n| format!("CA{n}/+=\u{e9}\"").replace('"', ""))
        .collect();
    for id in &ids {
        session.send_text(&message(id)).await;
    }
    let mut ack_tokens = Vec::new();
    for id in &ids {
        let delivery = soon(subscription.next()).await.unwrap();
        let staged = Staged::from_body(&delivery.message.body).unwrap();
        let Transport::Pulsar(provenance) = staged.transport else {
            panic!("{:?}", staged.transport)
        };
        assert_eq!(provenance.message_id, *id);
        ack_tokens.push(delivery.ack_token);
    }
    let later = ack_tokens.split_off(50);
    subscription.acknowledge(ack_tokens).await.unwrap();
    subscription.acknowledge(later).await.unwrap();
    for id in &ids {
        assert_eq!(session.acknowledged().await, *id);
    }
}

#[tokio::test]
async fn acknowledgements_leave_before_the_connection_closes() {
    let served = Served::start().await;
    let broker = broker(&served);
    let (mut subscription, mut session) = connected(&served, &broker).await;
    session.send_text(&message("m1")).await;
    session.send_text(&message("m2")).await;
    let ack_token = soon(subscription.next()).await.unwrap().ack_token;
    subscription.acknowledge(vec![ack_token]).await.unwrap();
    let played = async {
        assert_eq!(session.acknowledged().await, "m1");
        let goodbye = session.next().await.unwrap();
        let Message::Close(Some(frame)) = goodbye else {
            panic!("{goodbye:?}")
        };
        assert_eq!(frame.code, CloseCode::Normal);
        assert_eq!(session.next().await, None);
    };
    join!(subscription.close(), played);
}

#[tokio::test]
async fn a_broker_that_does_not_close_is_left() {
    let served = Served::start().await;
    let patient = broker(&served).with_timing(Timing {
        close: Duration::from_millis(50),
        ..Timing::default()
    });
    let (subscription, _session) = connected(&served, &patient).await;
    // Nobody reads at the other end.
    soon(subscription.close()).await;
}

#[tokio::test]
async fn what_is_no_message_holds_up_nothing() {
    let served = Served::start().await;
    let broker = broker(&served);
    let (mut subscription, mut session) = connected(&served, &broker).await;
    let odd = [
        Message::text(""),
        Message::text("no json"),
        Message::text("[]"),
        Message::text(r#"{"payload":"e30="}"#),
        Message::text(r#"{"messageId":7}"#),
        Message::binary(message("binary").into_bytes()),
        Message::Ping("are you there".into()),
        Message::Pong("".into()),
    ];
    for frame in odd {
        session.send(frame).await;
        session.send_text(&message("m")).await;
        assert_eq!(next_id(&mut subscription).await, "m");
    }
    // A ping was answered.
    assert_eq!(
        session.next().await,
        Some(Message::Pong("are you there".into()))
    );
}

#[tokio::test]
async fn the_connection_is_pinged_while_nobody_asks_for_messages() {
    let served = Served::start().await;
    let lively = broker(&served).with_timing(Timing {
        ping: Duration::from_millis(20),
        ..Timing::default()
    });
    let (subscription, mut session) = connected(&served, &lively).await;
    for _ in 0..3 {
        assert!(matches!(session.next().await, Some(Message::Ping(_))));
    }
    drop(subscription);
}

#[tokio::test]
async fn a_connection_on_which_nothing_comes_is_broken_and_one_with_answers_is_not() {
    let served = Served::start().await;
    let timing = Timing {
        ping: Duration::from_millis(20),
        dead: Duration::from_secs(1),
        ..Timing::default()
    };
    let broker = broker(&served).with_timing(timing);
    let (mut subscription, mut session) = connected(&served, &broker).await;
    // Pings are answered only while the connection is read.
    let answered = async {
        let began = std::time::Instant::now();
        while began.elapsed() < timing.dead * 3 / 2 {
            assert!(matches!(session.next().await, Some(Message::Ping(_))));
        }
        session.send_text(&message("m")).await;
    };
    let (id, ()) = join!(next_id(&mut subscription), answered);
    assert_eq!(id, "m");
    let broken = soon(subscription.next()).await.unwrap_err();
    assert!(broken.0.contains("nothing came"), "{broken:?}");
    assert!(soon(subscription.next()).await.is_err());
    assert!(soon(subscription.acknowledge(Vec::new())).await.is_err());
    soon(subscription.close()).await;
}

#[tokio::test]
async fn the_end_of_a_connection_is_told_after_the_messages_before_it() {
    let served = Served::start().await;
    let broker = broker(&served);
    for reason in ["", "going away\n"] {
        let (mut subscription, mut session) = connected(&served, &broker).await;
        session.send_text(&message("m")).await;
        let frame = CloseFrame {
            code: CloseCode::Away,
            reason: reason.into(),
        };
        session.send(Message::Close(Some(frame))).await;
        assert_eq!(next_id(&mut subscription).await, "m");
        let broken = soon(subscription.next()).await.unwrap_err();
        assert!(broken.0.contains("1001"), "{broken:?}");
        assert!(!broken.0.contains('\n'), "{broken:?}");
    }
    // The caller that acknowledges first also gets the reason.
    let (mut subscription, mut session) = connected(&served, &broker).await;
    session.send_text(&message("m")).await;
    session.send(Message::Close(None)).await;
    let acknowledge = async {
        loop {
            if let Err(broken) = subscription.acknowledge(Vec::new()).await {
                return broken;
            }
            tokio::task::yield_now().await;
        }
    };
    let broken = soon(acknowledge).await;
    assert_eq!(broken.0, "the broker closed the connection");
    let (mut subscription, session) = connected(&served, &broker).await;
    drop(session);
    assert!(soon(subscription.next()).await.is_err());
}
