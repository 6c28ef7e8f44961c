//! The URL of objects in a bucket: `s3://BUCKET/PREFIX`.

use object_store::path::Path;
use std::{fmt, str::FromStr};

/// Objects of a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BucketUrl {
    pub(super) bucket: String,
    pub(super) prefix: Path,
}

/// Why a text is not such a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BucketUrlError {
    #[error("the URL must begin with s3://")]
    Scheme,
    #[error("the URL must name a bucket, as in s3://BUCKET/archive")]
    Bucket,
    #[error("this is not the name of objects in a bucket")]
    Prefix,
}

impl BucketUrl {
    /// How such URLs begin.
    pub(super) const SCHEME: &'static str = "s3://";
}

impl FromStr for BucketUrl {
    type Err = BucketUrlError;

    fn from_str(text: &str) -> Result<Self, BucketUrlError> {
        let rest = text.strip_prefix(Self::SCHEME);
        let rest = rest.ok_or(BucketUrlError::Scheme)?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            return Err(BucketUrlError::Bucket);
        }
        let prefix = Path::parse(prefix.strip_suffix('/').unwrap_or(prefix));
        Ok(BucketUrl {
            bucket: bucket.to_owned(),
            prefix: prefix.map_err(|_| BucketUrlError::Prefix)?,
        })
    }
}

impl fmt::Display for BucketUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}/{}", Self::SCHEME, self.bucket, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_a_bucket_and_perhaps_objects() {
        let cases = [
            ("s3://b", Ok("s3://b/")),
            ("s3://b/", Ok("s3://b/")),
            ("s3://b/archive/", Ok("s3://b/archive")),
            (
                "s3://b/archive/meters/2026",
                Ok("s3://b/archive/meters/2026"),
            ),
            ("s3://", Err(BucketUrlError::Bucket)),
            ("s3:///archive", Err(BucketUrlError::Bucket)),
            ("s3://b/a//b", Err(BucketUrlError::Prefix)),
            ("https://b/archive", Err(BucketUrlError::Scheme)),
        ];
        for (text, expected) in cases {
            let url = text.parse::<BucketUrl>().map(|url| url.to_string());
            assert_eq!(url.as_deref().map_err(|error| *error), expected, "{text}");
        }
    }
}
