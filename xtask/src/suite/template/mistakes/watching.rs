//! Mistakes about alarms, the dashboard and the outputs.

use super::By::{Check, Linter};
use super::{Mistake, mistake};

pub(super) const MISTAKES: &[Mistake] = &[
    mistake(
        "an encrypted topic to which CloudWatch cannot publish",
        "      DisplayName: thingrelay alarms\n",
        "      DisplayName: thingrelay alarms\n      KmsMasterKeyId: alias/aws/sns\n",
        Check("safety"),
    ),
    mistake(
        "an alarm that nobody is told of",
        "      AlarmActions: [!If [MakesAlarmTopic, !Ref AlarmTopic, !Ref AlarmTopicArn]]\n",
        "",
        Check("alarms"),
    ),
    mistake(
        "an alarm without a section in the runbook",
        "docs/runbook.md#dead-letters",
        "docs/runbook.md#dead-letter",
        Check("runbook"),
    ),
    mistake(
        "an alarm on a metric that the code does not count",
        "      MetricName: Unavailable\n",
        "      MetricName: StagingFailed\n",
        Check("alarms"),
    ),
    mistake(
        "an alarm on a reason that the code does not give",
        "{ Name: Reason, Value: stale }",
        "{ Name: Reason, Value: too_old }",
        Check("alarms"),
    ),
    mistake(
        "an alarm on another stack's metrics",
        "      Namespace: !Sub thingrelay/${AWS::StackName}\n      MetricName: PreviousToken\n",
        "      Namespace: thingrelay\n      MetricName: PreviousToken\n",
        Check("alarms"),
    ),
    mistake(
        "an alarm on the wrong queue",
        "{ Name: QueueName, Value: !GetAtt StagingQueue.QueueName }",
        "{ Name: QueueName, Value: !GetAtt EventsQueue.QueueName }",
        Check("alarms"),
    ),
    mistake(
        "an alarm that sleeps while a source is silent",
        ",\"]]\n      ComparisonOperator: LessThanThreshold\n      Threshold: 1\n      TreatMissingData: breaching\n",
        ",\"]]\n      ComparisonOperator: LessThanThreshold\n      Threshold: 1\n      TreatMissingData: notBreaching\n",
        Check("alarms"),
    ),
    mistake(
        "an alarm that watches another slot's source",
        "          Value: !Select [0, !Split [\"=\", !Select [1, ",
        "          Value: !Select [0, !Split [\"=\", !Select [0, ",
        Check("alarms"),
    ),
    mistake(
        "a dashboard that is no JSON",
        "          \"start\": \"-PT6H\",\n",
        "          \"start\": \"-PT6H\"\n",
        Check("dashboard"),
    ),
    mistake(
        "a metric on the dashboard that the code does not count",
        "                  [\".\", \"Forwarded\"],\n",
        "                  [\".\", \"Sent\"],\n",
        Check("dashboard"),
    ),
    mistake(
        "a search on the dashboard by a dimension that there is not",
        ",Reason} MetricName",
        ",Cause} MetricName",
        Check("dashboard"),
    ),
    mistake(
        "an alarm that the dashboard does not show",
        "\"${ClockSkewAlarm.Arn}\", ",
        "",
        Check("dashboard"),
    ),
    mistake(
        "an output of a resource that there is not",
        "    Value: !Ref EventsQueue\n",
        "    Value: !Ref EventQueue\n",
        Linter("E6101"),
    ),
    mistake(
        "an output lost",
        "  DashboardUrl:\n",
        "  Dashboard:\n",
        Check("interface"),
    ),
];
