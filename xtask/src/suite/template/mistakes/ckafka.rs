//! Mistakes about Lambda's own event source of CKafka.

use super::By::{Check, Linter};
use super::{Mistake, mistake};

pub(super) const MISTAKES: &[Mistake] = &[
    mistake(
        "a mapping without its topic",
        "    Condition: MapsCkafkaTopic2\n",
        "    Condition: MapsCkafka\n",
        Check("parts"),
    ),
    mistake(
        "a topic without its mapping",
        "  MapsCkafkaTopic3: !And\n    - !Condition MapsCkafka\n",
        "  MapsCkafkaTopic3: !And\n    - !Condition PullsCkafka\n",
        Check("ckafka"),
    ),
    mistake(
        "a mapping of another's topic",
        "      Topics: [!Select [1, ",
        "      Topics: [!Select [0, ",
        Check("ckafka"),
    ),
    mistake(
        "one group for all topics",
        "          - ${CkafkaConsumerGroup}-${Topic}\n",
        "          - ${CkafkaConsumerGroup}\n",
        Check("ckafka"),
    ),
    mistake(
        "records lost that were there before",
        "      StartingPosition: TRIM_HORIZON\n",
        "      StartingPosition: LATEST\n",
        Check("ckafka"),
    ),
    mistake(
        "a starting position that there is not",
        "      StartingPosition: TRIM_HORIZON\n",
        "      StartingPosition: EARLIEST\n",
        Linter("E3031"),
    ),
    mistake(
        "a batch larger than Lambda's largest",
        "      BatchSize: 100\n",
        "      BatchSize: 10001\n",
        Linter("E3034"),
    ),
    mistake(
        "a batch that is given up",
        "      BatchSize: 100\n",
        "      BatchSize: 100\n      MaximumRetryAttempts: 3\n",
        Check("ckafka"),
    ),
    mistake(
        "records passed over",
        "      BatchSize: 100\n",
        "      BatchSize: 100\n      FilterCriteria:\n        Filters: [{ Pattern: '{}' }]\n",
        Check("ckafka"),
    ),
    mistake(
        "a way to log in that nobody can choose",
        "        - Type: !Ref CkafkaAuthentication\n",
        "        - Type: BASIC_AUTH\n",
        Check("ckafka"),
    ),
    mistake(
        "an authority that is not asked for",
        "          - { Type: SERVER_ROOT_CA_CERTIFICATE, URI: !Ref CkafkaRootCaArn }\n",
        "          - !Ref AWS::NoValue\n",
        Check("ckafka"),
    ),
    mistake(
        "a subnet that is passed over",
        "          - HasCkafkaSubnet3\n",
        "          - PullsCkafka\n",
        Check("ckafka"),
    ),
    mistake(
        "a mapping that cannot log in",
        "                  Resource: !Ref CkafkaCredentialsArn\n",
        "                  Resource: !Ref CkafkaRootCaArn\n",
        Check("permissions"),
    ),
    mistake(
        "a mapping that may read any secret",
        "                  Resource: !Ref CkafkaCredentialsArn\n",
        "                  Resource: \"*\"\n",
        Check("permissions"),
    ),
    mistake(
        "a mapping that cannot reach its subnets",
        "                    - ec2:DescribeVpcs\n",
        "",
        Check("permissions"),
    ),
    mistake(
        "a function of CKafka that reads the staging queue",
        "        - PolicyName: ckafka\n          PolicyDocument:\n            Version: \"2012-10-17\"\n            Statement:\n",
        "        - PolicyName: ckafka\n          PolicyDocument:\n            Version: \"2012-10-17\"\n            Statement:\n              - Effect: Allow\n                Action: sqs:ReceiveMessage\n                Resource: !GetAtt StagingQueue.Arn\n",
        Check("permissions"),
    ),
    mistake(
        "an alarm on the lag of another function",
        "      MetricName: OffsetLag\n      Dimensions:\n        - { Name: FunctionName, Value: !Ref CkafkaFunction }\n",
        "      MetricName: OffsetLag\n      Dimensions:\n        - { Name: FunctionName, Value: !Ref ConsumerFunction }\n",
        Check("alarms"),
    ),
    mistake(
        "a silence of the event source that nobody is told of",
        "      Period: 3600\n      EvaluationPeriods: 1\n      ComparisonOperator: LessThanThreshold\n      Threshold: 1\n      TreatMissingData: breaching\n",
        "      Period: 3600\n      EvaluationPeriods: 1\n      ComparisonOperator: LessThanThreshold\n      Threshold: 1\n      TreatMissingData: notBreaching\n",
        Check("alarms"),
    ),
    mistake(
        "an alarm of CKafka that the dashboard does not show",
        "\"${CkafkaLagAlarm.Arn}\", ",
        "",
        Check("dashboard"),
    ),
];
