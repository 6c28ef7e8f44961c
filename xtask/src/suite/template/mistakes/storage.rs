//! Mistakes about settings, secrets and queues.

use super::By::{Check, Linter};
use super::{Mistake, mistake};

pub(super) const MISTAKES: &[Mistake] = &[
    mistake(
        "secrets lost with the stack",
        "  SourceSecrets:\n    Type: AWS::SecretsManager::Secret\n    DeletionPolicy: RetainExceptOnCreate\n",
        "  SourceSecrets:\n    Type: AWS::SecretsManager::Secret\n    DeletionPolicy: Delete\n",
        Check("safety"),
    ),
    mistake(
        "a secret that updates of the stack overwrite",
        "      SecretString: \"{}\"\n",
        "      GenerateSecretString: { PasswordLength: 32 }\n",
        Check("safety"),
    ),
    mistake(
        "settings that updates of the stack overwrite",
        "  SourceSecrets:\n",
        "  Settings:\n    Type: AWS::SSM::Parameter\n    Properties:\n      Type: String\n      Value: empty\n  SourceSecrets:\n",
        Check("safety"),
    ),
    mistake(
        "messages lost with the stack",
        "  StagingQueue:\n    Type: AWS::SQS::Queue\n    DeletionPolicy: RetainExceptOnCreate\n    UpdateReplacePolicy: Retain\n",
        "  StagingQueue:\n    Type: AWS::SQS::Queue\n",
        Check("safety"),
    ),
    mistake(
        "a queue of a fixed name",
        "      QueueName: !Sub\n        - staging-${Id}.fifo\n        - Id: !Select [2, !Split [\"/\", !Ref AWS::StackId]]\n",
        "      QueueName: staging.fifo\n",
        Check("safety"),
    ),
    mistake(
        "a queue without high throughput",
        "      DeduplicationScope: messageGroup\n      FifoThroughputLimit: perMessageGroupId\n",
        "      DeduplicationScope: queue\n      FifoThroughputLimit: perQueue\n",
        Check("queues"),
    ),
    mistake(
        "a throughput limit that there is not",
        "      FifoThroughputLimit: perMessageGroupId\n",
        "      FifoThroughputLimit: perMessageGroup\n",
        Check("queues"),
    ),
    mistake(
        "messages kept for 4 days",
        "      MessageRetentionPeriod: 1209600\n",
        "      MessageRetentionPeriod: 345600\n",
        Check("queues"),
    ),
    mistake(
        "messages kept for longer than SQS does",
        "      MessageRetentionPeriod: 1209600\n",
        "      MessageRetentionPeriod: 1209601\n",
        Linter("E3034"),
    ),
    mistake(
        "a visibility time-out below the consumer's time-out",
        "      VisibilityTimeout: 180\n",
        "      VisibilityTimeout: 20\n",
        Linter("E3505"),
    ),
    mistake(
        "a visibility time-out of less than 6 times the consumer's",
        "      VisibilityTimeout: 180\n",
        "      VisibilityTimeout: 179\n",
        Check("queues"),
    ),
    mistake(
        "a queue that is not encrypted",
        "      SqsManagedSseEnabled: true\n",
        "      SqsManagedSseEnabled: false\n",
        Check("queues"),
    ),
    mistake(
        "too few tries",
        "        maxReceiveCount: 1000\n",
        "        maxReceiveCount: 5\n",
        Check("queues"),
    ),
    mistake(
        "dead letters of a queue of another kind",
        "        deadLetterTargetArn: !GetAtt DeadLetterQueue.Arn\n",
        "        deadLetterTargetArn: !GetAtt QuarantineQueue.Arn\n",
        Linter("E3502"),
    ),
    mistake(
        "dead letters taken from any queue",
        "        redrivePermission: byQueue\n",
        "        redrivePermission: allowAll\n",
        Check("queues"),
    ),
    mistake(
        "calls of a queue without TLS",
        "              Bool: { aws:SecureTransport: \"false\" }\n",
        "              Bool: { aws:SecureTransport: \"true\" }\n",
        Check("queues"),
    ),
    mistake(
        "a queue policy that opens the queue",
        "            Effect: Deny\n            Principal: \"*\"\n            Action: sqs:*\n",
        "            Effect: Allow\n            Principal: \"*\"\n            Action: sqs:*\n",
        Check("queues"),
    ),
];
