//! An archive in a bucket of S3.

use super::{
    bucket_error::{BucketError, Call},
    bucket_url::BucketUrl,
    credentials::SdkCredentials,
    has_ending,
    hours::Hours,
};
use bytes::{Buf, Bytes};
use futures::TryStreamExt;
use object_store::{
    GetOptions, GetRange, ObjectStore, RetryConfig, aws::AmazonS3Builder, path::Path,
};
use std::{
    fmt,
    io::{self, Read},
    sync::Arc,
};
use thingrelay::{aws::Aws, environment};
use tokio::{runtime::Handle, task::block_in_place};

/// How many bytes of an object are read at a time.
const RANGE: u64 = 4 * 1024 * 1024;

/// A bucket.
#[derive(Debug)]
struct Bucket {
    store: Box<dyn ObjectStore>,
    name: String,
    region: String,
}

/// An object of a bucket.
#[derive(Debug, Clone)]
pub(crate) struct Object {
    bucket: Arc<Bucket>,
    path: Path,
}

/// Reads an object, some megabytes at a time.
#[derive(Debug)]
pub(super) struct ObjectReader {
    object: Object,
    runtime: Handle,
    size: u64,
    /// Where the bytes that are not here yet begin.
    next: u64,
    bytes: Bytes,
}

/// The objects below the URL that are files of an archive and may hold messages of these hours; or
/// the object that the URL names.
///
/// # Errors
/// The bucket cannot be listed, or has no files of an archive there.
pub(super) async fn objects(url: &BucketUrl, hours: Hours) -> Result<Vec<Object>, BucketError> {
    let bucket = Bucket::open(&url.bucket).await?;
    Arc::new(bucket).objects(&url.prefix, hours).await
}

impl Bucket {
    async fn open(name: &str) -> Result<Bucket, BucketError> {
        let aws = Aws::anywhere();
        let region = aws.region().await.ok_or(BucketError::NoRegion)?;
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(name)
            .with_region(&region)
            .with_retry(RetryConfig {
                max_retries: 5,
                ..RetryConfig::default()
            })
            .with_credentials(Arc::new(SdkCredentials::of(&aws)));
        if let Some(url) = environment::endpoint_url("S3") {
            let is_plain = url.starts_with("http://");
            builder = builder.with_endpoint(url).with_allow_http(is_plain);
        }
        let store = builder.build();
        let store = store.map_err(|error| BucketError::Other(error.to_string()))?;
        Ok(Bucket {
            store: Box::new(store),
            name: name.to_owned(),
            region,
        })
    }

    async fn objects(
        self: &Arc<Self>,
        prefix: &Path,
        hours: Hours,
    ) -> Result<Vec<Object>, BucketError> {
        let object = |path| Object {
            bucket: Arc::clone(self),
            path,
        };
        if has_ending(prefix.as_ref()) {
            return Ok(vec![object(prefix.clone())]);
        }
        let call = Call {
            bucket: &self.name,
            region: &self.region,
            action: "s3:ListBucket",
            on: "",
        };
        let (mut objects, mut is_empty) = (Vec::new(), true);
        let mut listed = self.store.list(Some(prefix));
        while let Some(found) = listed
            .try_next()
            .await
            .map_err(|error| call.failed(&error))?
        {
            let name = found.location.as_ref();
            // An object without bytes has no range that could be asked for.
            if has_ending(name) && found.size > 0 {
                is_empty = false;
                if hours.may_hold(name.as_ref()) {
                    objects.push(object(found.location));
                }
            }
        }
        match is_empty {
            true => Err(BucketError::Empty),
            false => Ok(objects),
        }
    }
}

impl Object {
    /// Reads the beginning.
    ///
    /// # Errors
    /// The object cannot be read.
    pub(super) async fn open(self) -> Result<ObjectReader, BucketError> {
        let (bytes, size) = self.read(0).await?;
        Ok(ObjectReader {
            object: self,
            runtime: Handle::current(),
            size,
            next: bytes.len() as u64,
            bytes,
        })
    }

    /// The bytes from there on, but no more than [`RANGE`], and the size of the object.
    async fn read(&self, from: u64) -> Result<(Bytes, u64), BucketError> {
        let options = GetOptions {
            range: Some(GetRange::Bounded(from..from + RANGE)),
            ..GetOptions::default()
        };
        let read = async {
            let found = self.bucket.store.get_opts(&self.path, options).await?;
            let size = found.meta.size;
            Ok((found.bytes().await?, size))
        };
        let call = Call {
            bucket: &self.bucket.name,
            region: &self.bucket.region,
            action: "s3:GetObject",
            on: "/*",
        };
        read.await.map_err(|error| call.failed(&error))
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bucket = self.bucket.name.clone();
        let prefix = self.path.clone();
        BucketUrl { bucket, prefix }.fmt(f)
    }
}

impl Read for ObjectReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.bytes.is_empty() && self.next < self.size {
            let read = self.object.read(self.next);
            let read = block_in_place(|| self.runtime.block_on(read));
            (self.bytes, self.size) = read.map_err(io::Error::other)?;
            self.next += self.bytes.len() as u64;
        }
        let length = self.bytes.len().min(into.len());
        let (into, _) = into.split_at_mut(length);
        self.bytes.copy_to_slice(into);
        Ok(length)
    }
}

#[cfg(test)]
mod tests;
