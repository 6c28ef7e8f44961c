//! The shapes of the items that a device reports.

use super::message::{PUSHED, SENT, core, delivery, event, outgoing, report};
use serde_json::{Value, json};

const AT: &str = "2026-11-21T04:00:00Z";

fn item(code: &str, value: Value, dp_id: Option<&str>) -> Value {
    let mut item = json!({"code": code, "value": value, "time": AT});
    if let Some(dp_id) = dp_id {
        item["dp_id"] = dp_id.into();
    }
    item
}

#[test]
fn every_shape_of_an_item() {
    let cases = [
        // Today's shape: the typed value, and the data point's number with the value as text.
        (
            r#"{"code":"humidity","value":52,"t":1795233600000,"3":"52"}"#,
            vec![item("humidity", json!(52), Some("3"))],
        ),
        (
            r#"{"3":"52","t":1795233600000,"value":52,"code":"humidity"}"#,
            vec![item("humidity", json!(52), Some("3"))],
        ),
        (
            r#"{"code":"on","value":true,"t":1795233600000}"#,
            vec![item("on", json!(true), None)],
        ),
        (
            r#"{"code":"on","value":false,"mode":"rw","t":1795233600000}"#,
            vec![item("on", json!(false), None)],
        ),
        (
            r#"{"on":true,"t":1795233600000}"#,
            vec![item("on", json!(true), None)],
        ),
        (
            r#"{"7":true,"t":1795233600000}"#,
            vec![item("7", json!(true), Some("7"))],
        ),
        (
            r#"{"温度":21.50,"t":1795233600000}"#,
            vec![item("温度", json!(21.5), None)],
        ),
        (
            r#"{"on":true,"mode":"rw","t":1795233600000}"#,
            vec![item("on", json!(true), None)],
        ),
        // A property whose code is one of the words.
        (
            r#"{"mode":"auto","t":1795233600000}"#,
            vec![item("mode", json!("auto"), None)],
        ),
        (
            r#"{"mode":"auto","2":"auto","t":1795233600000}"#,
            vec![item("mode", json!("auto"), Some("2"))],
        ),
        (
            r#"{"code":"mode","value":"auto","t":1795233600000}"#,
            vec![item("mode", json!("auto"), None)],
        ),
        (
            r#"{"code":"t","value":1,"t":1795233600000}"#,
            vec![item("t", json!(1), None)],
        ),
        // With any value.
        (
            r#"{"code":"a","value":null,"t":1795233600000}"#,
            vec![item("a", Value::Null, None)],
        ),
        (
            r#"{"a":null,"t":1795233600000}"#,
            vec![item("a", Value::Null, None)],
        ),
        (
            r#"{"code":"a","value":{"h":[1,"x"]},"t":1795233600000}"#,
            vec![item("a", json!({"h": [1, "x"]}), None)],
        ),
        (
            r#"{"code":"a","value":"","t":1795233600000}"#,
            vec![item("a", json!(""), None)],
        ),
        // Between the shapes.
        (
            r#"{"code":"a","t":1795233600000,"5":"x"}"#,
            vec![item("a", json!("x"), Some("5"))],
        ),
        (
            r#"{"value":5,"t":1795233600000,"5":"5"}"#,
            vec![item("5", json!(5), Some("5"))],
        ),
        (
            r#"{"value":5,"t":1795233600000,"a":"5"}"#,
            vec![item("a", json!(5), None)],
        ),
        (
            r#"{"a":1,"5":"1","t":1795233600000}"#,
            vec![item("a", json!(1), Some("5"))],
        ),
        (
            r#"{"code":"","value":1,"a":2,"t":1795233600000}"#,
            vec![item("a", json!(1), None)],
        ),
        (
            r#"{"code":9,"value":1,"t":1795233600000}"#,
            vec![item("9", json!(1), None)],
        ),
        (
            r#"{"code":"a","value":1,"t":1795233600000,"unit":"V","5":"1"}"#,
            vec![item("a", json!(1), Some("5"))],
        ),
        (
            r#"{"a":1,"b":2,"t":1795233600000}"#,
            vec![item("a", json!(1), None), item("b", json!(2), None)],
        ),
        (
            r#"{"a":1,"b":2,"5":"1","value":9,"t":1795233600000}"#,
            vec![
                item("a", json!(1), None),
                item("b", json!(2), None),
                item("5", json!("1"), Some("5")),
            ],
        ),
        (
            r#"{"1":"x","a":1,"2":"y","b":2,"t":1795233600000}"#,
            vec![
                item("a", json!(1), None),
                item("2", json!("y"), Some("2")),
                item("b", json!(2), None),
                item("1", json!("x"), Some("1")),
            ],
        ),
        (
            r#"{"dpId":2,"value":1,"s":1,"t":1795233600000}"#,
            vec![item("2", json!(1), Some("2")), item("s", json!(1), None)],
        ),
        (
            r#"{"s":3,"u":4,"dpId":2,"type":"value","2":"1","9":"x","value":1,"t":1795233600000}"#,
            vec![
                item("2", json!(1), Some("2")),
                item("s", json!(3), None),
                item("u", json!(4), None),
                item("9", json!("x"), Some("9")),
            ],
        ),
        (
            r#"{"1":1,"2":2,"t":1795233600000}"#,
            vec![
                item("1", json!(1), Some("1")),
                item("2", json!(2), Some("2")),
            ],
        ),
        (
            r#"{"\u0063ode":"a","v\u0061lue":1,"\u0074":1795233600000,"\u0035":"1"}"#,
            vec![item("a", json!(1), Some("5"))],
        ),
    ];
    for (one, expected) in cases {
        let properties = event(4, &report(one))["data"]["properties"].take();
        assert_eq!(properties, Value::from(expected.clone()), "{one}");
        let among = format!(
            r#"{{"code":"first","value":0,"t":1795233600000}},{one},[],{{"code":"last","value":0,"t":1795233600000}}"#
        );
        let properties = event(4, &report(&among))["data"]["properties"].take();
        let mut all = vec![item("first", json!(0), None)];
        all.extend(expected);
        all.push(item("last", json!(0), None));
        assert_eq!(properties, Value::from(all), "{among}");
    }
}

#[test]
fn the_list_stays_a_list_in_its_order() {
    let items = r#"{"code":"b","value":1,"t":1795233600000},{"code":"a","value":2,"t":1795233600000},{"code":"b","value":3,"t":1795233600000},{"b":4,"t":1795233600000}"#;
    assert_eq!(
        event(4, &report(items))["data"]["properties"],
        json!([
            item("b", json!(1), None),
            item("a", json!(2), None),
            item("b", json!(3), None),
            item("b", json!(4), None)
        ])
    );
    for empty in [
        report(""),
        core("devicePropertyMessage", r#""properties":[]"#),
    ] {
        let event = event(4, &empty);
        assert_eq!(event["type"], "io.thingrelay.device.properties.v1");
        assert_eq!(event["data"]["properties"], json!([]));
    }
}

#[test]
fn items_of_iot_core() {
    let cases = [
        (
            r#"{"code":"a","dpId":109,"time":1795233600000,"value":"1|2"}"#,
            item("a", json!("1|2"), Some("109")),
        ),
        (
            r#"{"code":"a","dpId":"109","time":1795233600,"value":0}"#,
            item("a", json!(0), Some("109")),
        ),
        (
            r#"{"code":"a","time":"1795233600","value":null}"#,
            item("a", Value::Null, None),
        ),
        (
            r#"{"code":"a","t":1795233600000,"value":[]}"#,
            item("a", json!([]), None),
        ),
        (
            r#"{"dpId":109,"time":1795233600000,"value":1}"#,
            item("109", json!(1), Some("109")),
        ),
        (
            r#"{"code":"a","dpId":null,"time":1795233600000,"value":1}"#,
            item("a", json!(1), None),
        ),
    ];
    for (one, expected) in cases {
        let plaintext = core(
            "devicePropertyMessage",
            &format!(r#""properties":[{one},{{"code":"x"}},0]"#),
        );
        assert_eq!(
            event(1000, &plaintext)["data"]["properties"],
            json!([expected]),
            "{one}"
        );
    }
}

#[test]
fn other_places_of_a_report() {
    let items = r#"[{"code":"a","value":1,"t":1795233600000}]"#;
    let expected = json!([item("a", json!(1), None)]);
    for (protocol, plaintext) in [
        (None, report(items.trim_matches(['[', ']']))),
        (
            Some(4),
            format!(r#"{{"bizCode":"statusReport","devId":"d","status":{items}}}"#),
        ),
        (
            Some(20),
            format!(r#"{{"bizCode":"statusReport","bizData":{{"devId":"d","status":{items}}}}}"#),
        ),
    ] {
        let event = super::message::delivered(&plaintext, &delivery(protocol));
        assert_eq!(event["data"]["properties"], expected, "{plaintext}");
    }
}

#[test]
fn values_keep_every_digit() {
    let items = r#"{"code":"a","value":12345678901234567890.10,"t":1795233600000},{"code":"b","value":-175,"t":1795233600000,"1":"-175"}"#;
    let json = outgoing(&report(items), &delivery(Some(4))).json;
    assert!(
        json.contains(r#"{"code":"a","value":12345678901234567890.10,"time":"#),
        "{json}"
    );
    assert!(
        json.contains(r#"{"code":"b","value":-175,"time":"#),
        "{json}"
    );
    assert!(json.contains(&format!(r#""status":[{items}]"#)), "{json}");
}

#[test]
fn two_hundred_items_are_one_event() {
    let items: Vec<String> = (0..200)
        .map(|n| {
            format!(
                r#"{{"code":"code_{n}","value":"{}","t":{},"{n}":"x"}}"#,
                "v".repeat(50),
                1_795_233_600_000_i64 + n
            )
        })
        .collect();
    let event = event(4, &report(&items.join(",")));
    let properties = event["data"]["properties"].as_array().unwrap();
    assert_eq!(properties.len(), 200);
    for (n, property) in properties.iter().enumerate() {
        assert_eq!(property["code"], format!("code_{n}"));
        assert_eq!(property["dp_id"], n.to_string());
    }
    assert_eq!(event["time"], "2026-11-21T04:00:00.199Z");
}

#[test]
fn what_no_queue_takes_twice_is_a_message() {
    let value = "v".repeat(700_000);
    let plaintext = report(&format!(
        r#"{{"code":"a","value":"{value}","t":1795233600000}}"#
    ));
    let event = event(4, &plaintext);
    assert_eq!(event["type"], "io.thingrelay.device.message.v1");
    assert_eq!(event["subject"], "p1key/vdev01");
    assert_eq!(event["data"]["payload"]["status"][0]["value"], value);
}

#[test]
fn times_of_items() {
    let times = |plaintext: &str| {
        let event = event(4, plaintext);
        let items: Vec<String> = event["data"]["properties"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["time"].as_str().unwrap().to_owned())
            .collect();
        (items, event["time"].as_str().unwrap().to_owned())
    };
    let without = |t: &str| report(&format!(r#"{{"code":"a","value":1{t}}}"#));
    for (t, expected) in [
        (",\"t\":1795233600000", AT),
        (",\"t\":1795233600", AT),
        (",\"t\":\"1795233600000\"", AT),
        (",\"t\":1795233600.0", AT),
        (",\"t\":0", PUSHED),
        (",\"t\":\"0\"", PUSHED),
        (",\"t\":-1", PUSHED),
        (",\"t\":null", PUSHED),
        (",\"t\":{}", PUSHED),
        (",\"t\":\"now\"", PUSHED),
        ("", PUSHED),
    ] {
        assert_eq!(
            times(&without(t)),
            (vec![expected.to_owned()], expected.to_owned()),
            "{t}"
        );
    }
    // The event is as late as its latest item.
    let mixed = report(
        r#"{"code":"a","value":1,"t":1795233600000},{"code":"b","value":1,"t":1795233601},{"code":"c","value":1,"t":1795000000000}"#,
    );
    assert_eq!(
        times(&mixed),
        (
            vec![
                AT.to_owned(),
                "2026-11-21T04:00:01Z".to_owned(),
                "2026-11-18T11:06:40Z".to_owned()
            ],
            "2026-11-21T04:00:01Z".to_owned()
        )
    );
    let inner = core(
        "devicePropertyMessage",
        r#""time":1795233601,"properties":[{"code":"a","value":1,"time":0}]"#,
    );
    assert_eq!(times(&inner).0, ["2026-11-21T04:00:01Z"]);
    let outer = core(
        "devicePropertyMessage",
        r#""time":0,"properties":[{"code":"a","value":1}]"#,
    );
    assert_eq!(times(&outer), (vec![SENT.to_owned()], SENT.to_owned()));
}
