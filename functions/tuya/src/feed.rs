//! An open connection: messages come, acknowledgements and pings go.
//!
//! A task of its own carries both ways, so that pings and acknowledgements leave while nobody asks
//! for messages. It reads a few messages ahead and no more: whoever stages decides how many come.

use crate::{
    arrival::{Opener, Receipt},
    frame::{self, Frame},
    timing::Timing,
    upgrade::Stream,
};
use futures::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use thingrelay::{
    occurrence::Occurrence,
    pull::{Arrival, Broken, Feed},
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

/// How many messages are read ahead of whoever asks for them.
const READ_AHEAD: usize = 16;

type Outgoing = SplitSink<WebSocketStream<Stream>, Message>;
type Incoming = SplitStream<WebSocketStream<Stream>>;

/// The messages of one connection.
#[derive(Debug)]
pub struct TuyaFeed {
    arrivals: mpsc::Receiver<Result<Arrival<Receipt>, Broken>>,
    receipts: mpsc::UnboundedSender<Vec<Receipt>>,
    task: JoinHandle<()>,
    timing: Timing,
}

impl TuyaFeed {
    pub(crate) fn start(socket: WebSocketStream<Stream>, opener: Opener, timing: Timing) -> Self {
        let (to_arrivals, arrivals) = mpsc::channel(READ_AHEAD);
        // The broker has no more messages unacknowledged than it has sent, so this is bounded, too.
        let (receipts, from_receipts) = mpsc::unbounded_channel();
        TuyaFeed {
            arrivals,
            receipts,
            task: tokio::spawn(carry(socket, opener, timing, to_arrivals, from_receipts)),
            timing,
        }
    }
}

impl Feed for TuyaFeed {
    type Receipt = Receipt;

    async fn next(&mut self) -> Result<Arrival<Receipt>, Broken> {
        self.arrivals.recv().await.unwrap_or_else(|| Err(ended()))
    }

    async fn acknowledge(&mut self, receipts: Vec<Receipt>) -> Result<(), Broken> {
        if self.receipts.send(receipts).is_ok() {
            return Ok(());
        }
        // The reason stands behind what was read ahead, which the broker hands out again.
        loop {
            self.next().await?;
        }
    }

    async fn close(self) {
        let TuyaFeed {
            arrivals,
            receipts,
            mut task,
            timing,
        } = self;
        drop((arrivals, receipts));
        if timeout(timing.close, &mut task).await.is_err() {
            task.abort();
        }
    }
}

async fn carry(
    socket: WebSocketStream<Stream>,
    opener: Opener,
    timing: Timing,
    arrivals: mpsc::Sender<Result<Arrival<Receipt>, Broken>>,
    receipts: mpsc::UnboundedReceiver<Vec<Receipt>>,
) {
    let (mut outgoing, mut incoming) = socket.split();
    let broken = tokio::select! {
        broken = read(&mut incoming, &opener, &timing, &arrivals) => broken,
        written = write(&mut outgoing, receipts, &timing) => match written {
            Ok(()) => {
                let _ = timeout(timing.close, until_closed(&mut incoming)).await;
                return;
            }
            Err(error) => lost(&error),
        },
    };
    drop((outgoing, incoming));
    let _ = arrivals.send(Err(broken)).await;
}

/// Reads until the connection breaks, and says why.
async fn read(
    incoming: &mut Incoming,
    opener: &Opener,
    timing: &Timing,
    arrivals: &mpsc::Sender<Result<Arrival<Receipt>, Broken>>,
) -> Broken {
    loop {
        let Ok(message) = timeout(timing.dead, incoming.next()).await else {
            return Broken(format!(
                "nothing came for {} s, no answer to a ping either",
                timing.dead.as_secs()
            ));
        };
        match message {
            Some(Ok(Message::Text(text))) => match Frame::parse(&text) {
                // Nobody waits for messages while the connection closes.
                Some(frame) => drop(arrivals.send(Ok(opener.arrival(&frame))).await),
                None => odd(opener, "a text that names no message"),
            },
            Some(Ok(Message::Binary(_))) => odd(opener, "a binary frame"),
            Some(Ok(Message::Close(frame))) => return closed(frame),
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
            Some(Err(error)) => return lost(&error),
            None => return ended(),
        }
    }
}

/// Sends acknowledgements and pings until there is nobody left to acknowledge, then says goodbye.
async fn write(
    outgoing: &mut Outgoing,
    mut receipts: mpsc::UnboundedReceiver<Vec<Receipt>>,
    timing: &Timing,
) -> Result<(), Error> {
    let mut pings = interval_at(Instant::now() + timing.ping, timing.ping);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            batch = receipts.recv() => match batch {
                Some(batch) => {
                    let mut batch = Some(batch);
                    while let Some(receipts_of_batch) = batch {
                        for Receipt(id) in &receipts_of_batch {
                            outgoing.feed(Message::text(frame::acknowledgement(id))).await?;
                        }
                        batch = receipts.try_recv().ok();
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

/// Waits until the broker has closed, too: then it has read all acknowledgements.
async fn until_closed(incoming: &mut Incoming) {
    while let Some(Ok(message)) = incoming.next().await {
        if message.is_close() {
            return;
        }
    }
}

fn odd(opener: &Opener, what: &str) {
    let source = &opener.source;
    Occurrence::OddFrame {
        source,
        detail: what,
    }
    .record();
}

fn closed(frame: Option<CloseFrame>) -> Broken {
    Broken(match frame {
        Some(frame) => format!(
            "the broker closed the connection ({}{}{})",
            u16::from(frame.code),
            if frame.reason.is_empty() { "" } else { ": " },
            frame.reason.replace(char::is_control, " ")
        ),
        None => "the broker closed the connection".to_owned(),
    })
}

fn lost(error: &Error) -> Broken {
    Broken(format!("the connection was lost: {error}"))
}

fn ended() -> Broken {
    Broken("the connection ended without a word".to_owned())
}
