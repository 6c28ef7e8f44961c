//! Why AWS did not answer what was asked.

use thingrelay::aws::CallError;

/// Why AWS did not answer what was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum StackError {
    /// No variable, profile or role has credentials.
    #[error(
        "there are no AWS credentials: sign in as for the AWS CLI, for example with `aws sso login` or \
         `aws configure`, and name the profile in AWS_PROFILE: {0}"
    )]
    NoCredentials(CallError),
    /// Neither an argument nor the environment names a region.
    #[error("no AWS region is set: give --region, such as --region eu-west-1, or set AWS_REGION")]
    NoRegion,
    /// No stack has this name.
    #[error(
        "there is no stack {name} in {region}: `aws cloudformation describe-stacks --region {region}` lists \
         the stacks; --region chooses another region, AWS_PROFILE another account"
    )]
    NoStack {
        /// The name.
        name: String,
        /// Where it was looked for.
        region: String,
    },
    /// The credentials lack a right.
    #[error(
        "AWS denies {action} to these credentials: docs/deploy.md#look-at-a-stack has a policy with this right: {cause}"
    )]
    Denied {
        /// The action, as IAM names it.
        action: &'static str,
        /// What AWS says.
        cause: CallError,
    },
    /// The credentials are not valid, or not any more.
    #[error(
        "AWS does not accept the credentials, perhaps because they have expired: sign in again: {0}"
    )]
    Refused(CallError),
    /// Any other failure.
    #[error("{action} failed: {cause}")]
    Failed {
        /// The action, as IAM names it.
        action: &'static str,
        /// What AWS says, or why there is no answer.
        cause: CallError,
    },
}

impl StackError {
    /// The failure of an action.
    pub(crate) fn of(action: &'static str, cause: impl Into<CallError>) -> StackError {
        let cause = cause.into();
        let CallError::Service { code, .. } = &cause else {
            return match cause {
                CallError::Credentials(_) => StackError::NoCredentials(cause),
                cause => StackError::Failed { action, cause },
            };
        };
        match code.as_str() {
            "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" => {
                StackError::Denied { action, cause }
            }
            "ExpiredToken"
            | "ExpiredTokenException"
            | "IncompleteSignature"
            | "InvalidAccessKeyId"
            | "InvalidClientTokenId"
            | "InvalidSecurity"
            | "InvalidSignatureException"
            | "MissingAuthenticationToken"
            | "MissingAuthenticationTokenException"
            | "SignatureDoesNotMatch"
            | "UnrecognizedClientException" => StackError::Refused(cause),
            _ => StackError::Failed { action, cause },
        }
    }

    /// Whether the same call may succeed later without a change by the user.
    pub(crate) fn is_temporary(&self) -> bool {
        matches!(self, StackError::Failed { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_to_do() {
        let cases = [
            ("AccessDenied", "denies sqs:GetQueueAttributes", false),
            (
                "AccessDeniedException",
                "denies sqs:GetQueueAttributes",
                false,
            ),
            ("ExpiredTokenException", "sign in again", false),
            ("InvalidClientTokenId", "sign in again", false),
            (
                "Throttling",
                "sqs:GetQueueAttributes failed: Throttling",
                true,
            ),
            ("ServiceUnavailable", "failed: ServiceUnavailable", true),
        ];
        for (code, words, is_temporary) in cases {
            let source = CallError::service(code, Some("a sentence"));
            let error = StackError::of("sqs:GetQueueAttributes", source);
            assert!(error.to_string().contains(words), "{error}");
            assert!(error.to_string().contains("a sentence"), "{error}");
            assert_eq!(error.is_temporary(), is_temporary, "{code}");
        }
    }
}
