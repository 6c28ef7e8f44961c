//! Mistakes that are planted in the functions: the oracle must see each.

/// A mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Planted {
    // Acknowledging.
    /// `push` answers 200 if staging has not answered after 200 ms.
    AcceptsInHaste,
    /// `push` answers 200 whatever staging says.
    AcceptsFailures,
    /// `push` answers 200 at once, and stages later.
    StagesLater,
    /// A target's refusals for now are taken for acceptance.
    TransientIsDone,
    /// A target's refusals for good are taken for acceptance.
    PermanentIsDone,
    /// What is not answered within a second is taken for accepted by the target.
    ForwardsInHaste,
    /// Quarantine's failures are taken for acceptance.
    QuarantineIsDone,
    /// The consumer reports no failure.
    ReportsNothing,
    /// The consumer deletes the records that are to be hidden.
    DeletesForHiding,
    /// A pull acknowledges what it was handed.
    AcknowledgesOnDelivery,
    /// A pull takes failures of staging for acceptance.
    PullStagesFailures,
    /// A pull that acknowledges a message has the broker take all before it for acknowledged, too.
    AcknowledgesUpTo,
    /// What a topic has not taken of a call is taken for accepted.
    TopicsFailuresAreDone,
    /// What an event bus has not taken of a call is taken for accepted.
    BusFailuresAreDone,
    /// The results of a call to an event bus are taken in another order.
    MixesUpResultsOfBus,
    // Ordering.
    /// `push` stages each message in a group of its own.
    GroupOfItsOwn,
    /// The FIFO targets are taken for standard queues.
    KeepsNoOrder,
    /// The consumer hands back the record that failed, without the rest of its group.
    HandsBackOne,
    /// A gateway's events are sent last to first.
    ReversesEvents,
    /// Each event is sent in a group of its own.
    EventGroupOfItsOwn,
    /// A pull stages in groups of its own.
    PullGroupOfItsOwn,
    // Identity.
    /// Every request has an id of its own, copies too.
    FreshIds,
    /// All messages of a device have one id.
    IdOfTheDevice,
    /// The events of a message have one deduplication id.
    EventIdWithoutNumber,
    /// Each send to a target has a deduplication id of its own.
    FreshEventIds,
    /// A message's events have numbers of each run.
    ShiftingNumbers,
    // Retry.
    /// Only the first of a message's events is forwarded.
    FirstEventOnly,
    /// What a target refuses for now goes to quarantine.
    TransientIsPermanent,
    /// What a target refuses for good is tried again and again.
    PermanentIsTransient,
    /// A record that is handed back does not rest.
    RestsNot,
    /// A connection after the first begins behind what was handed out before.
    SkipsOnReconnect,
    // Webhooks.
    /// A webhook sends the events of a device that stand behind one that failed.
    WebhookSkipsFailing,
    /// A webhook takes a status of 500 and more for acceptance.
    WebhookFailuresAreDone,
    /// A webhook's dead letters go where nobody looks.
    WebhookLosesDeadLetters,
    // Staging again.
    /// A run stages under the id that the message had.
    RedriveOfTheSameId,
    /// A run takes failures of staging for acceptance.
    RedriveFailuresAreDone,
    /// A run stages each message in a group of its own.
    RedriveGroupOfItsOwn,
    // Filters.
    /// A target takes all events.
    PassesAll,
    /// Of a target's filters, only the first counts.
    FirstFilterOnly,
    // Forgery.
    /// The source takes what is not signed.
    TakesUnsigned,
    /// The source takes old requests.
    TakesStale,
}

impl Planted {
    /// All of them.
    pub const ALL: [Planted; 41] = [
        Planted::AcceptsInHaste,
        Planted::AcceptsFailures,
        Planted::StagesLater,
        Planted::TransientIsDone,
        Planted::PermanentIsDone,
        Planted::ForwardsInHaste,
        Planted::QuarantineIsDone,
        Planted::ReportsNothing,
        Planted::DeletesForHiding,
        Planted::AcknowledgesOnDelivery,
        Planted::PullStagesFailures,
        Planted::AcknowledgesUpTo,
        Planted::TopicsFailuresAreDone,
        Planted::BusFailuresAreDone,
        Planted::MixesUpResultsOfBus,
        Planted::GroupOfItsOwn,
        Planted::KeepsNoOrder,
        Planted::HandsBackOne,
        Planted::ReversesEvents,
        Planted::EventGroupOfItsOwn,
        Planted::PullGroupOfItsOwn,
        Planted::FreshIds,
        Planted::IdOfTheDevice,
        Planted::EventIdWithoutNumber,
        Planted::FreshEventIds,
        Planted::ShiftingNumbers,
        Planted::FirstEventOnly,
        Planted::TransientIsPermanent,
        Planted::PermanentIsTransient,
        Planted::RestsNot,
        Planted::SkipsOnReconnect,
        Planted::WebhookSkipsFailing,
        Planted::WebhookFailuresAreDone,
        Planted::WebhookLosesDeadLetters,
        Planted::RedriveOfTheSameId,
        Planted::RedriveFailuresAreDone,
        Planted::RedriveGroupOfItsOwn,
        Planted::PassesAll,
        Planted::FirstFilterOnly,
        Planted::TakesUnsigned,
        Planted::TakesStale,
    ];
}
