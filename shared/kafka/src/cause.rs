//! What an error code of the client or of a broker means: the one table of them.

use rdkafka::error::RDKafkaErrorCode as Code;

/// The cause behind a code, as far as the reaction to it differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The broker does not know this user, password or mechanism.
    Credentials,
    /// The user may not read or write the topic.
    TopicForbidden,
    /// The user may not use the group or the cluster.
    GroupForbidden,
    /// There is no such topic.
    UnknownTopic,
    /// The topic has no such partition.
    UnknownPartition,
    /// There is no TLS: the certificate is not trusted, or the broker speaks none.
    Tls,
    /// The broker does not take the session's time-out.
    SessionTimeout,
    /// The client cannot go on.
    Fatal,
    /// No broker can be reached.
    Unreachable,
    /// No answer came in time.
    TimedOut,
    /// Anything else.
    Other,
}

impl Cause {
    /// Source: <https://kafka.apache.org/protocol#protocol_error_codes>, and for the client's own
    /// codes <https://github.com/confluentinc/librdkafka/blob/v2.12.1/src/rdkafka.h>.
    pub(crate) fn of(code: Code) -> Cause {
        match code {
            Code::Authentication
            | Code::SaslAuthenticationFailed
            | Code::UnsupportedSASLMechanism
            | Code::IllegalSASLState => Cause::Credentials,
            Code::TopicAuthorizationFailed => Cause::TopicForbidden,
            Code::GroupAuthorizationFailed | Code::ClusterAuthorizationFailed => {
                Cause::GroupForbidden
            }
            Code::UnknownTopic | Code::UnknownTopicOrPartition | Code::InvalidTopic => {
                Cause::UnknownTopic
            }
            Code::UnknownPartition => Cause::UnknownPartition,
            Code::SSL => Cause::Tls,
            Code::InvalidSessionTimeout => Cause::SessionTimeout,
            Code::Fatal | Code::FencedInstanceId => Cause::Fatal,
            Code::BrokerTransportFailure | Code::AllBrokersDown | Code::Resolve => {
                Cause::Unreachable
            }
            Code::MessageTimedOut | Code::RequestTimedOut | Code::OperationTimedOut => {
                Cause::TimedOut
            }
            _ => Cause::Other,
        }
    }

    /// Whether every further connection fails in the same way.
    pub(crate) fn is_permanent(self) -> bool {
        matches!(self, Cause::Credentials | Cause::Tls)
    }
}
