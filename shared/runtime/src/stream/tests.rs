use super::*;
use crate::answering::Answering;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

async fn stream(server: &Answering) -> Stream {
    Stream::open(&server.aws(), "archive".to_owned()).await
}

fn records(call: &str) -> Vec<String> {
    let call: Value = serde_json::from_str(call).unwrap();
    assert_eq!(call["DeliveryStreamName"], "archive");
    let records = call["Records"].as_array().unwrap().iter();
    let data = records.map(|record| record["Data"].as_str().unwrap());
    data.map(|data| {
        let bytes = STANDARD.decode(data).unwrap();
        String::from_utf8(bytes).unwrap()
    })
    .collect()
}

/// The answer that accepts each record but those that hold this text.
fn answer(call: &str, failing: &str) -> (u16, String) {
    let records = records(call);
    let entries = records.iter().map(|record| {
        if record.contains(failing) {
            json!({"ErrorCode": "ServiceUnavailableException", "ErrorMessage": "slow down"})
        } else {
            json!({"RecordId": "r"})
        }
    });
    let entries: Vec<Value> = entries.collect();
    let answer = json!({"FailedPutCount": 0, "RequestResponses": entries});
    (200, answer.to_string())
}

fn texts(records: &[&str]) -> Vec<String> {
    records.iter().map(|&record| record.to_owned()).collect()
}

#[tokio::test]
async fn only_records_that_failed_are_put_again() {
    let server = Answering::with(|call, body| match call {
        0 => answer(body, "b"),
        _ => answer(body, "none"),
    })
    .await;
    let stream = stream(&server).await;
    let put = stream.put(&texts(&["a\n", "b\n", "c\n"])).await;
    assert_eq!(put, [Ok(()), Ok(()), Ok(())]);
    let calls: Vec<Vec<String>> = server.calls().iter().map(|call| records(call)).collect();
    assert_eq!(calls, [texts(&["a\n", "b\n", "c\n"]), texts(&["b\n"])]);
}

#[tokio::test]
async fn a_record_that_fails_each_time_fails_alone() {
    let server = Answering::with(|_, body| answer(body, "b")).await;
    let put = stream(&server).await.put(&texts(&["a", "b"])).await;
    assert_eq!(put[0], Ok(()));
    let error = put[1].as_ref().unwrap_err();
    assert!(matches!(error, SendError::Transient(_)), "{error:?}");
    assert!(error.to_string().contains("ServiceUnavailable"), "{error}");
    assert_eq!(server.calls().len(), 4);
}

#[tokio::test]
async fn a_call_that_fails_or_is_answered_in_part_fails_for_now() {
    let cases: [fn() -> (u16, String); 3] = [
        || {
            let code = "ResourceNotFoundException";
            (
                400,
                json!({"__type": code, "message": "no stream"}).to_string(),
            )
        },
        || {
            (
                200,
                json!({"FailedPutCount": 0, "RequestResponses": [{"RecordId": "r"}]}).to_string(),
            )
        },
        || {
            let entries = [json!({"RecordId": "r"}), json!({})];
            (
                200,
                json!({"FailedPutCount": 0, "RequestResponses": entries}).to_string(),
            )
        },
    ];
    for answer in cases {
        let server = Answering::with(move |_, _| answer()).await;
        let put = stream(&server).await.put(&texts(&["a", "b"])).await;
        let last = put.last().unwrap();
        assert!(matches!(last, Err(SendError::Transient(_))), "{last:?}");
    }
}

#[tokio::test]
async fn calls_stay_below_the_limits() {
    let server = Answering::with(|_, body| answer(body, "none")).await;
    let stream = stream(&server).await;
    let large = "x".repeat(MAX_RECORD_BYTES);
    let mut all = vec![large; 5];
    all.push(format!("{}y", all[0]));
    all.extend((0..501).map(|number| number.to_string()));
    let put = stream.put(&all).await;
    let refused: Vec<usize> = (0..all.len()).filter(|at| put[*at].is_err()).collect();
    assert_eq!(refused, [5]);
    let calls: Vec<Vec<String>> = server.calls().iter().map(|call| records(call)).collect();
    let sizes: Vec<usize> = calls.iter().map(Vec::len).collect();
    assert_eq!(sizes, [3, 500, 3]);
}
