//! A Firehose stream to put records to.

use crate::{
    aws::Aws,
    environment,
    resending::Resending,
    send_error::{SendError, Service},
};
use aws_sdk_firehose::{
    Client,
    config::retry::RetryPartition,
    primitives::Blob,
    types::{PutRecordBatchResponseEntry, Record},
};

/// The most bytes of a record, before the call encodes them.
///
/// Source: <https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html>.
pub const MAX_RECORD_BYTES: usize = 1_000 * 1024;

/// The most records of a call, and their bytes. A request may have 4 MiB; the source, which is the
/// same, does not say whether the records then count in base64, so here they do.
const MAX_CALL_RECORDS: usize = 500;
const MAX_CALL_BYTES: usize = 3 * 1024 * 1024;

/// No code tells that a record will never be accepted.
const FIREHOSE: Service = Service {
    of_the_message: &[],
};

/// A stream that takes records for a bucket. It keeps no order, and a record may be there twice.
#[derive(Debug, Clone)]
pub struct Stream {
    client: Client,
    name: String,
}

impl Stream {
    /// Makes a client for the stream of this name. Sends nothing yet.
    pub async fn open(aws: &Aws, name: String) -> Stream {
        let settings = aws.sending_to(None).await;
        let mut config = aws_sdk_firehose::config::Builder::from(&settings)
            // See `Queue::open`.
            .retry_partition(RetryPartition::new(name.clone()));
        if let Some(url) = environment::endpoint_url("FIREHOSE") {
            // See `Documents::open`.
            config = config
                .endpoint_url(url)
                .use_fips(false)
                .use_dual_stack(false);
        }
        Stream {
            client: Client::from_conf(config.build()),
            name,
        }
    }

    /// Puts records of at most [`MAX_RECORD_BYTES`] each. Those that the stream does not accept for
    /// now are put again a few times. The result has one part for each record, in their order.
    pub async fn put(&self, records: &[String]) -> Vec<Result<(), SendError>> {
        let mut putting = Resending::new(records.iter().map(|record| {
            let is_too_large = record.len() > MAX_RECORD_BYTES;
            (!is_too_large)
                .then_some(())
                .ok_or_else(SendError::too_large)
        }));
        while let Some(positions) = putting.next().await {
            for call in calls(records, positions) {
                self.put_together(records, call, &mut putting).await;
            }
        }
        putting.into_results()
    }

    /// One call for the records at these positions.
    async fn put_together(
        &self,
        records: &[String],
        positions: Vec<usize>,
        putting: &mut Resending,
    ) {
        let put = positions
            .iter()
            .filter_map(|position| records.get(*position));
        let put: Result<Vec<Record>, _> = put
            .map(|record| {
                let data = Blob::new(record.as_bytes());
                Record::builder().data(data).build()
            })
            .collect();
        let call = self.client.put_record_batch();
        let call = call.delivery_stream_name(&self.name).set_records(put.ok());
        let output = match call.send().await {
            Ok(output) => output,
            Err(error) => {
                let error = FIREHOSE.classify_batch(error.into());
                for position in positions {
                    putting.set(position, Err(error.clone()));
                }
                return;
            }
        };
        // Only its position tells an entry of the answer from others.
        let entries = output.request_responses();
        let is_whole = entries.len() == positions.len();
        for (index, position) in positions.into_iter().enumerate() {
            let entry = entries.get(index).filter(|_| is_whole);
            putting.settle(position, outcome(entry));
        }
    }
}

/// The positions of the records of each call.
fn calls(records: &[String], positions: Vec<usize>) -> Vec<Vec<usize>> {
    let mut calls: Vec<Vec<usize>> = Vec::new();
    let mut bytes = 0;
    for position in positions {
        let length = records.get(position).map_or(0, String::len);
        match calls.last_mut() {
            Some(call) if call.len() < MAX_CALL_RECORDS && bytes + length <= MAX_CALL_BYTES => {
                bytes += length;
                call.push(position);
            }
            _ => {
                bytes = length;
                calls.push(vec![position]);
            }
        }
    }
    calls
}

/// An entry of the answer that has no id was not accepted.
fn outcome(entry: Option<&PutRecordBatchResponseEntry>) -> Result<(), SendError> {
    let Some(entry) = entry else {
        return Err(SendError::unanswered());
    };
    match (entry.error_code(), entry.record_id()) {
        (Some(code), _) => Err(FIREHOSE.classify_code(code, entry.error_message())),
        (None, None | Some("")) => Err(SendError::unanswered()),
        (None, Some(_)) => Ok(()),
    }
}

#[cfg(test)]
mod tests;
