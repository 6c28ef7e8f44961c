//! Mistakes about parameters, the API, the functions and their roles.

use super::By::{Check, Linter};
use super::{Mistake, mistake};

pub(super) const MISTAKES: &[Mistake] = &[
    mistake(
        "a parameter takes any value",
        "    AllowedPattern: ^([^@\\s,]+@[^@\\s,]+\\.[^@\\s,]+)?$\n",
        "",
        Check("interface"),
    ),
    mistake(
        "a parameter is used that there is not",
        "      ApplicationLogLevel: !Ref LogLevel\n",
        "      ApplicationLogLevel: !Ref LoggingLevel\n",
        Linter("E1020"),
    ),
    mistake(
        "a runtime that there is not",
        "    Runtime: provided.al2023\n",
        "    Runtime: provided.al2024\n",
        Linter("E3030"),
    ),
    mistake(
        "an architecture that there is not",
        "    AllowedValues: [arm64, x86_64]\n    Default: arm64\n",
        "    AllowedValues: [aarch64, x86_64]\n    Default: aarch64\n",
        Linter("W1030"),
    ),
    mistake(
        "log lines that are no JSON",
        "      LogFormat: JSON\n",
        "      LogFormat: Text\n",
        Check("functions"),
    ),
    mistake(
        "a variable missing that every function reads",
        "        THINGRELAY_SETTINGS_PARAMETER: !Sub /thingrelay/${AWS::StackName}/settings\n",
        "",
        Check("functions"),
    ),
    mistake(
        "a variable that no code reads",
        "        THINGRELAY_METRICS_NAMESPACE: ",
        "        THINGRELAY_METRIC_NAMESPACE: ",
        Check("functions"),
    ),
    mistake(
        "a header in the access log",
        "\"path\":\"$context.path\"",
        "\"path\":\"$context.requestHeader.signature\"",
        Check("safety"),
    ),
    mistake(
        "an access log that is no JSON",
        "{\"time\":\"$context.requestTime\",",
        "{\"time\":$context.requestTime,",
        Check("safety"),
    ),
    mistake(
        "an access log without the status that is counted",
        "\"status\":\"$context.status\",",
        "",
        Check("safety"),
    ),
    mistake(
        "no throttling",
        "        ThrottlingRateLimit: !Ref ThrottlingRate\n",
        "",
        Check("functions"),
    ),
    mistake(
        "an address of API Gateway's that stays beside a domain",
        "      DisableExecuteApiEndpoint: !If [EndsApiAddress, true, false]\n",
        "",
        Check("functions"),
    ),
    mistake(
        "more of a new account's concurrency than it can bear",
        "    Default: 5\n",
        "    Default: 20\n",
        Check("functions"),
    ),
    mistake(
        "a key of any target",
        "                  Resource: !Ref TargetKeyArns\n",
        "                  Resource: \"*\"\n",
        Check("permissions"),
    ),
    mistake(
        "the access log kept for ever",
        "/access\n      RetentionInDays: !Ref LogRetentionDays\n",
        "/access\n",
        Check("safety"),
    ),
    mistake(
        "a log group of a fixed name",
        "!Sub /aws/vendedlogs/thingrelay/${AWS::StackName}/access",
        "/aws/vendedlogs/thingrelay/access",
        Check("safety"),
    ),
    mistake(
        "a function built from another's binary",
        "        Binary: push\n",
        "        Binary: verify\n",
        Check("functions"),
    ),
    mistake(
        "a function with another's role",
        "      Role: !GetAtt VerifyRole.Arn\n",
        "      Role: !GetAtt PushRole.Arn\n",
        Check("permissions"),
    ),
    mistake(
        "a function with a role of SAM's making",
        "      Role: !GetAtt VerifyRole.Arn\n",
        "",
        Check("permissions"),
    ),
    mistake(
        "a function that logs where it may not",
        "        LogGroup: !Ref VerifyLogs\n",
        "        LogGroup: !Ref PushLogs\n",
        Check("functions"),
    ),
    mistake(
        "a function of a fixed name",
        "      Description: Answers a platform that checks a push URL.\n",
        "      FunctionName: verify\n",
        Check("safety"),
    ),
    mistake(
        "a route of the wrong method",
        "            Method: GET\n",
        "            Method: ANY\n",
        Check("functions"),
    ),
    mistake(
        "anybody may assume a role",
        "            Principal: { Service: lambda.amazonaws.com }\n",
        "            Principal: { AWS: \"*\" }\n",
        Check("permissions"),
    ),
    mistake(
        "an action too many",
        "                Action: secretsmanager:GetSecretValue\n",
        "                Action: [secretsmanager:GetSecretValue, secretsmanager:PutSecretValue]\n",
        Check("permissions"),
    ),
    mistake(
        "an action that there is not",
        "                Action: secretsmanager:GetSecretValue\n",
        "                Action: secretsmanager:GetSecret\n",
        Linter("W3037"),
    ),
    mistake(
        "all actions of a service",
        "                Action: sqs:SendMessage\n",
        "                Action: sqs:*\n",
        Check("permissions"),
    ),
    mistake(
        "all resources",
        "                Action: sqs:SendMessage\n                Resource: !GetAtt StagingQueue.Arn\n",
        "                Action: sqs:SendMessage\n                Resource: \"*\"\n",
        Check("permissions"),
    ),
    mistake(
        "a right missing",
        "[sqs:ReceiveMessage, sqs:DeleteMessage, sqs:ChangeMessageVisibility, sqs:GetQueueAttributes]",
        "[sqs:ReceiveMessage, sqs:GetQueueAttributes]",
        Check("permissions"),
    ),
    mistake(
        "the consumer reads a platform's secret",
        "                Resource: [!GetAtt EventsQueue.Arn, !GetAtt QuarantineQueue.Arn]\n",
        "                Resource: [!GetAtt EventsQueue.Arn, !GetAtt QuarantineQueue.Arn]\n              \
         - Effect: Allow\n                Action: secretsmanager:GetSecretValue\n                \
         Resource: !Ref SourceSecrets\n",
        Check("permissions"),
    ),
    mistake(
        "a managed policy beside the table",
        "  ConsumerRole:\n    Type: AWS::IAM::Role\n    Properties:\n",
        "  ConsumerRole:\n    Type: AWS::IAM::Role\n    Properties:\n      ManagedPolicyArns:\n        \
         - !Sub arn:${AWS::Partition}:iam::aws:policy/AmazonSQSFullAccess\n",
        Check("permissions"),
    ),
    mistake(
        "an ARN of one partition",
        "Resource: !Sub arn:${AWS::Partition}:ssm:",
        "Resource: !Sub arn:aws:ssm:",
        Check("safety"),
    ),
    mistake(
        "a variable missing that one function reads",
        "          THINGRELAY_QUARANTINE_QUEUE_URL: !Ref QuarantineQueue\n",
        "",
        Check("functions"),
    ),
    mistake(
        "a batch of 100 from a FIFO queue",
        "            BatchSize: 10\n",
        "            BatchSize: 100\n",
        Linter("E3705"),
    ),
    mistake(
        "a batching window on a FIFO queue",
        "            BatchSize: 10\n",
        "            BatchSize: 10\n            MaximumBatchingWindowInSeconds: 5\n",
        Check("functions"),
    ),
    mistake(
        "a misspelt response type",
        "            FunctionResponseTypes: [ReportBatchItemFailures]\n",
        "            FunctionResponseTypes: [ReportBatchItemFailure]\n",
        Linter("E3030"),
    ),
    mistake(
        "no partial responses",
        "            FunctionResponseTypes: [ReportBatchItemFailures]\n",
        "",
        Check("functions"),
    ),
    mistake(
        "a misspelt property of the event source",
        "              MaximumConcurrency: ",
        "              MaximumConcurency: ",
        Linter("E3002"),
    ),
    mistake(
        "a property that SAM does not know",
        "            FunctionResponseTypes: [ReportBatchItemFailures]\n",
        "            ResponseTypes: [ReportBatchItemFailures]\n",
        Linter("translation"),
    ),
];
