//! An open connection: receives messages, sends acknowledgements and pings.
//!
//! A task of its own handles both directions, so that pings and acknowledgements are sent while no
//! messages are requested. It reads only a few messages ahead: staging sets the pace.

use crate::{
    delivery::{AckToken, Opener},
    frame::{self, Frame},
    timing::Timing,
    upgrade::Stream,
};
use futures::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use thingrelay::{
    internal_event::InternalEvent,
    pull::{Delivery, Subscription, SubscriptionError},
};
use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{Instant, MissedTickBehavior, interval_at, timeout},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Bytes, Error, Message,
        protocol::{CloseFrame, frame::coding::CloseCode},
    },
};

/// The number of messages that are read ahead.
const READ_AHEAD: usize = 16;

type Outgoing = SplitSink<WebSocketStream<Stream>, Message>;
type Incoming = SplitStream<WebSocketStream<Stream>>;

#[derive(Debug)]
pub struct TuyaSubscription {
    deliveries: mpsc::Receiver<Result<Delivery<AckToken>, SubscriptionError>>,
    ack_tokens: mpsc::UnboundedSender<Vec<AckToken>>,
    task: JoinHandle<()>,
    timing: Timing,
}

impl TuyaSubscription {
    pub(crate) fn start(socket: WebSocketStream<Stream>, opener: Opener, timing: Timing) -> Self {
        let (to_arrivals, deliveries) = mpsc::channel(READ_AHEAD);
        // The broker has no more unacknowledged messages than it has sent, so this channel is
        // bounded, too.
        let (ack_tokens, from_receipts) = mpsc::unbounded_channel();
        TuyaSubscription {
            deliveries,
            ack_tokens,
            task: tokio::spawn(carry(socket, opener, timing, to_arrivals, from_receipts)),
            timing,
        }
    }
}

impl Subscription for TuyaSubscription {
    type AckToken = AckToken;

    async fn next(&mut self) -> Result<Delivery<AckToken>, SubscriptionError> {
        self.deliveries.recv().await.unwrap_or_else(|| Err(ended()))
    }

    async fn acknowledge(&mut self, ack_tokens: Vec<AckToken>) -> Result<(), SubscriptionError> {
        if self.ack_tokens.send(ack_tokens).is_ok() {
            return Ok(());
        }
        // The reason comes after the messages that were read ahead, which the broker delivers
        // again.
        loop {
            self.next().await?;
        }
    }

    async fn close(self) {
        let TuyaSubscription {
            deliveries,
            ack_tokens,
            mut task,
            timing,
        } = self;
        drop((deliveries, ack_tokens));
        if timeout(timing.close, &mut task).await.is_err() {
            task.abort();
        }
    }
}

async fn carry(
    socket: WebSocketStream<Stream>,
    opener: Opener,
    timing: Timing,
    deliveries: mpsc::Sender<Result<Delivery<AckToken>, SubscriptionError>>,
    ack_tokens: mpsc::UnboundedReceiver<Vec<AckToken>>,
) {
    let (mut outgoing, mut incoming) = socket.split();
    let broken = tokio::select! {
        broken = read(&mut incoming, &opener, &timing, &deliveries) => broken,
        written = write(&mut outgoing, ack_tokens, &timing) => match written {
            Ok(()) => {
                let _ = timeout(timing.close, until_closed(&mut incoming)).await;
                return;
            }
            Err(error) => lost(&error),
        },
    };
    drop((outgoing, incoming));
    let _ = deliveries.send(Err(broken)).await;
}

/// Reads until the connection breaks. Returns the reason.
async fn read(
    incoming: &mut Incoming,
    opener: &Opener,
    timing: &Timing,
    deliveries: &mpsc::Sender<Result<Delivery<AckToken>, SubscriptionError>>,
) -> SubscriptionError {
    loop {
        let Ok(message) = timeout(timing.dead, incoming.next()).await else {
            return SubscriptionError(format!(
                "nothing came for {} s, not even an answer to a ping",
                timing.dead.as_secs()
            ));
        };
        match message {
            Some(Ok(Message::Text(text))) => match Frame::parse(&text) {
                // Nobody waits for messages while the connection closes.
                Some(frame) => drop(deliveries.send(Ok(opener.delivery(&frame))).await),
                None => odd(opener, "a text frame without a message"),
            },
            Some(Ok(Message::Binary(_))) => odd(opener, "a binary frame"),
            Some(Ok(Message::Close(frame))) => return closed(frame),
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
            Some(Err(error)) => return lost(&error),
            None => return ended(),
        }
    }
}

/// Sends acknowledgements and pings until the subscription is closed, then closes the connection.
async fn write(
    outgoing: &mut Outgoing,
    mut ack_tokens: mpsc::UnboundedReceiver<Vec<AckToken>>,
    timing: &Timing,
) -> Result<(), Error> {
    let mut pings = interval_at(Instant::now() + timing.ping, timing.ping);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            batch = ack_tokens.recv() => match batch {
                Some(batch) => {
                    let mut batch = Some(batch);
                    while let Some(receipts_of_batch) = batch {
                        for AckToken(id) in &receipts_of_batch {
                            outgoing.feed(Message::text(frame::acknowledgement(id))).await?;
                        }
                        batch = ack_tokens.try_recv().ok();
                    }
                    outgoing.flush().await?;
                }
                None => {
                    let goodbye = CloseFrame {
                        code: CloseCode::Normal,
                        reason: "".into(),
                    };
                    return outgoing.send(Message::Close(Some(goodbye))).await;
                }
            },
            _ = pings.tick() => outgoing.send(Message::Ping(Bytes::new())).await?,
        }
    }
}

/// Waits until the broker has closed, too. Then it has read all acknowledgements.
async fn until_closed(incoming: &mut Incoming) {
    while let Some(Ok(message)) = incoming.next().await {
        if message.is_close() {
            return;
        }
    }
}

fn odd(opener: &Opener, what: &str) {
    let source = &opener.source;
    InternalEvent::OddFrame {
        source,
        detail: what,
    }
    .emit();
}

fn closed(frame: Option<CloseFrame>) -> SubscriptionError {
    SubscriptionError(match frame {
        Some(frame) => format!(
            "the broker closed the connection ({}{}{})",
            u16::from(frame.code),
            if frame.reason.is_empty() { "" } else { ": " },
            frame.reason.replace(char::is_control, " ")
        ),
        None => "the broker closed the connection".to_owned(),
    })
}

fn lost(error: &Error) -> SubscriptionError {
    SubscriptionError(format!("the connection was lost: {error}"))
}

fn ended() -> SubscriptionError {
    SubscriptionError("the connection ended unexpectedly".to_owned())
}
