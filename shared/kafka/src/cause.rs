//! The meaning of the error codes of the client and of brokers, in one table.

use rdkafka::error::RDKafkaErrorCode as Code;

/// The cause of an error code. Only causes that need different reactions are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The broker does not know this user, password or mechanism.
    Credentials,
    /// The user may not read or write the topic.
    TopicForbidden,
    /// The user may not use the group or the cluster.
    GroupForbidden,
    /// The topic does not exist.
    UnknownTopic,
    /// The topic has no such partition.
    UnknownPartition,
    /// TLS failed: the certificate is not trusted, or the broker does not speak TLS.
    Tls,
    /// The broker does not accept the session time-out.
    SessionTimeout,
    /// The client cannot continue.
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
