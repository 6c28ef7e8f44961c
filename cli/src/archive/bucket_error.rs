//! Why a bucket cannot be read.

use std::error::Error;
use thingrelay::aws::CallError;

/// Why a bucket cannot be read, and what to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BucketError {
    /// The SDK finds no credentials.
    #[error("there are no AWS credentials: sign in, or name a profile in AWS_PROFILE ({0})")]
    NoCredentials(CallError),
    /// The SDK finds no region.
    #[error("there is no region: set AWS_REGION to the region of the bucket")]
    NoRegion,
    /// The bucket is in another region.
    #[error("the bucket is not in the region {0}: set AWS_REGION to the region of the bucket")]
    OtherRegion(String),
    /// There is no such bucket.
    #[error("there is no bucket {0}: the output ArchiveUrl of the archive's stack has its name")]
    NoBucket(String),
    /// The prefix has no file of an archive.
    #[error("there are no objects whose names end in .jsonl or .jsonl.gz")]
    Empty,
    /// There is no such object, or it has expired.
    #[error("there is no such object: it may have expired")]
    NoObject,
    /// The credentials do not allow the call.
    #[error("access is denied: the credentials need {action} on arn:aws:s3:::{on}")]
    Denied { action: &'static str, on: String },
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

/// A call to a bucket.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call<'a> {
    pub(super) bucket: &'a str,
    pub(super) region: &'a str,
    /// The right that it takes, and on what of the bucket.
    pub(super) action: &'static str,
    pub(super) on: &'static str,
}

impl Call<'_> {
    /// What the failure of the call means.
    pub(super) fn failed(self, error: &object_store::Error) -> BucketError {
        let mut causes = std::iter::successors(error.source(), |error| (*error).source());
        if let Some(error) = causes.find_map(|cause| cause.downcast_ref::<CallError>()) {
            return BucketError::NoCredentials(error.clone());
        }
        // The client has no public type for what the service answers.
        let text = error.to_string();
        let denied = || BucketError::Denied {
            action: self.action,
            on: format!("{}{}", self.bucket, self.on),
        };
        match code(&text) {
            Some("NoSuchBucket") => BucketError::NoBucket(self.bucket.to_owned()),
            Some("NoSuchKey") => BucketError::NoObject,
            Some("AccessDenied") => denied(),
            Some("PermanentRedirect" | "AuthorizationHeaderMalformed") => {
                BucketError::OtherRegion(self.region.to_owned())
            }
            None if text.contains("redirect without LOCATION") => {
                BucketError::OtherRegion(self.region.to_owned())
            }
            Some(code) => {
                let message = element(&text, "Message").unwrap_or_default();
                BucketError::Other(format!("{code}: {message}"))
            }
            None => BucketError::Other(text),
        }
    }
}

/// The code of the service's answer, which the text of the error quotes.
fn code(text: &str) -> Option<&str> {
    element(text, "Code")
}

fn element<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    let (content, _) = rest.split_once("</")?;
    Some(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_s_answer_becomes_advice() {
        let answer = |code: &str, message: &str| {
            format!(
                "Error performing GET http://127.0.0.1:1/b in 1ms - Server returned non-2xx status code: 403 Forbidden: \
                 <?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
            )
        };
        let redirect = "Received redirect without LOCATION, this normally indicates".to_owned();
        let cases = [
            (answer("NoSuchBucket", ""), "there is no bucket b:"),
            (answer("NoSuchKey", ""), "there is no such object"),
            (
                answer("AccessDenied", "Access Denied"),
                "access is denied: the credentials need s3:GetObject on arn:aws:s3:::b/*",
            ),
            (
                answer("AuthorizationHeaderMalformed", ""),
                "the bucket is not in the region eu-west-1:",
            ),
            (redirect, "the bucket is not in the region eu-west-1:"),
            (
                answer("ExpiredToken", "The token has expired."),
                "ExpiredToken: The token has expired.",
            ),
            ("connection refused".to_owned(), "connection refused"),
        ];
        let call = Call {
            bucket: "b",
            region: "eu-west-1",
            action: "s3:GetObject",
            on: "/*",
        };
        for (text, expected) in cases {
            let error = object_store::Error::Generic {
                store: "S3",
                source: text.into(),
            };
            let told = call.failed(&error).to_string();
            assert!(told.contains(expected), "{told}");
        }
        let error = object_store::Error::Generic {
            store: "S3",
            source: Box::new(CallError::Other("none")),
        };
        assert!(matches!(call.failed(&error), BucketError::NoCredentials(_)));
    }
}
