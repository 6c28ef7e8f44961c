//! Random histories: commands to a FIFO queue and to the queue of its dead letters.

use proptest::bool::weighted;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{Just, Strategy, any};
use proptest::prop_oneof;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// The settings of a queue, and what happens to it.
#[derive(Clone, Debug)]
pub(crate) struct History {
    pub(crate) settings: Settings,
    pub(crate) commands: Vec<Command>,
}

/// The settings of the FIFO queue.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Settings {
    /// Whether `ContentBasedDeduplication` is on.
    pub(crate) by_content: bool,
    /// Whether `DeduplicationScope` is `messageGroup`.
    pub(crate) by_group: bool,
    /// `maxReceiveCount`; without it there are no dead letters.
    pub(crate) receives: Option<u8>,
}

/// A command whose messages are not known yet: that depends on what was received.
#[derive(Clone, Debug)]
pub(crate) enum Command {
    Send(Sending),
    SendBatch(Vec<Sending>),
    Receive {
        from: Queue,
        max: u8,
        hidden: Hidden,
        attempt: Option<u8>,
    },
    Delete(Pick),
    DeleteBatch(Vec<Pick>),
    Hide(Pick, Hidden),
    HideBatch(Vec<Pick>, Hidden),
    Count(Queue),
    /// Waits until no message is hidden for a short time.
    AwaitTimeouts,
    Purge,
}

/// A message to send.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sending {
    pub(crate) group: u8,
    pub(crate) id: Id,
}

/// The deduplication id of a message.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Id {
    /// An id that no other message has.
    Fresh,
    /// One of a few ids.
    Shared(u8),
    /// No id, with one of a few bodies.
    Content(u8),
}

/// One of the queues of a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Queue {
    Source,
    DeadLetters,
}

/// How long a message is hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hidden {
    NotAtAll,
    /// Ends within the history.
    Shortly,
    /// Does not end within the history.
    Long,
}

/// A delivery, counted back from the latest. A message may have several.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pick {
    pub(crate) back: u8,
    /// Whether those count whose messages are not in flight any more.
    pub(crate) of_all: bool,
}

impl Id {
    /// A message with this id to a group.
    pub(crate) const fn to(self, group: u8) -> Sending {
        Sending { group, id: self }
    }
}

impl From<u8> for Pick {
    /// A delivery among all, counted back from the latest.
    fn from(back: u8) -> Pick {
        Pick { back, of_all: true }
    }
}

impl History {
    /// The history of a seed, with all that is needed to make it shorter.
    pub(crate) fn of_seed(seed: u64) -> impl ValueTree<Value = History> {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        histories().new_tree(&mut runner).expect("a history")
    }
}

fn histories() -> impl Strategy<Value = History> {
    let groups = prop_oneof![2 => Just(1_u8), 2 => Just(2), 1 => Just(3)];
    (settings(), groups).prop_flat_map(|(settings, groups)| {
        let commands = vec(command(groups, settings.by_content), 8..40);
        commands.prop_map(move |commands| History { settings, commands })
    })
}

fn settings() -> impl Strategy<Value = Settings> {
    (any::<bool>(), weighted(0.2), option::of(1..=3_u8)).prop_map(
        |(by_content, by_group, receives)| Settings {
            by_content,
            by_group,
            receives,
        },
    )
}

fn command(groups: u8, by_content: bool) -> impl Strategy<Value = Command> {
    prop_oneof![
        40 => sending(groups, by_content).prop_map(Command::Send),
        20 => vec(sending(groups, by_content), 1..=4).prop_map(Command::SendBatch),
        40 => receive(groups),
        24 => pick().prop_map(Command::Delete),
        8 => vec(pick(), 1..=4).prop_map(Command::DeleteBatch),
        16 => (pick(), hidden()).prop_map(|(pick, hidden)| Command::Hide(pick, hidden)),
        4 => (vec(pick(), 1..=4), hidden())
            .prop_map(|(picks, hidden)| Command::HideBatch(picks, hidden)),
        6 => queue().prop_map(Command::Count),
        8 => Just(Command::AwaitTimeouts),
        1 => Just(Command::Purge),
    ]
}

fn sending(groups: u8, by_content: bool) -> impl Strategy<Value = Sending> {
    let id = prop_oneof![
        60 => Just(Id::Fresh),
        30 => (0..4_u8).prop_map(Id::Shared),
        if by_content { 30 } else { 1 } => (0..4_u8).prop_map(Id::Content),
    ];
    (0..groups, id).prop_map(|(group, id)| Sending { group, id })
}

fn receive(groups: u8) -> impl Strategy<Value = Command> {
    // Which of several groups comes first is open, unless all come.
    let all = if groups == 1 { 1 } else { 6 };
    let max = prop_oneof![1 => 1..=9_u8, all => Just(10)];
    let attempt = prop_oneof![24 => Just(None), 1 => (0..2_u8).prop_map(Some)];
    (queue(), max, hidden(), attempt).prop_map(|(from, max, hidden, attempt)| Command::Receive {
        from,
        max,
        hidden,
        attempt,
    })
}

fn queue() -> impl Strategy<Value = Queue> {
    prop_oneof![5 => Just(Queue::Source), 1 => Just(Queue::DeadLetters)]
}

fn hidden() -> impl Strategy<Value = Hidden> {
    prop_oneof![
        2 => Just(Hidden::Long),
        1 => Just(Hidden::Shortly),
        1 => Just(Hidden::NotAtAll),
    ]
}

fn pick() -> impl Strategy<Value = Pick> {
    let back = prop_oneof![3 => 0..3_u8, 1 => 3..12_u8];
    (back, weighted(0.1)).prop_map(|(back, of_all)| Pick { back, of_all })
}
