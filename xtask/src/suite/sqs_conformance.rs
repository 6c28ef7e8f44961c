use super::{Suite, cargo_test};

/// SQS's documented behaviour, asked of the embedded server through the AWS SDK.
pub(super) const SUITE: Suite = Suite {
    name: "sqs-conformance",
    about: "the embedded queue server against the documented behaviour of SQS",
    needs_binaries: false,
    run: |workspace| {
        let mut command =
            cargo_test::command(workspace, ["--package", "sqs-server", "--test", "*"]);
        command.env_remove(super::ministack::ENDPOINT);
        Ok(cargo_test::run(command)?)
    },
};
