//! Every topic and discriminator that the platforms document, and the resulting type.

use crate::message::{event, events, http, kind, queue};

#[rustfmt::skip]
const TABLE: &[(&str, &str, &str)] = &[
    // Properties.
    ("$thing/up/property/P1/meter-7", r#"{"method":"report","params":{"power":1}}"#, "device.properties"),
    ("$thing/up/property/P1/meter-7", r#"{"method":"report","params":{}}"#, "device.properties"),
    ("$thing/up/property/P1/meter-7", r#"{"method":"report","params":[1]}"#, "device.message"),
    ("$thing/up/property/P1/meter-7", r#"{"method":"report","params":null}"#, "device.message"),
    ("$thing/up/property/P1/meter-7", r#"{"method":"report"}"#, "device.message"),
    ("$thing/up/property/P1/meter-7", r#"{"method":"report_info","params":{"mac":"02:00"}}"#, "device.info"),
    ("$thing/up/property/P1/meter-7", r#"{"method":"report_info","params":"x"}"#, "device.message"),
    ("$thing/up/property/P1/meter-7", r#"{"method":"get_status","type":"report","showmeta":0}"#, "device.message"),
    ("$thing/up/property/P1/meter-7", r#"{"method":"control_reply","code":0,"params":{"power":0}}"#, "device.properties"),
    ("$thing/up/property/P1/meter-7", r#"{"method":"control_reply","code":0,"status":"ok"}"#, "device.message"),
    ("$thing/up/property/P1/meter-7", r#"{"method":"brand_new"}"#, "device.message"),
    ("$thing/up/property/P1/meter-7", r#"{"method":7,"params":{"power":1}}"#, "device.message"),
    ("$thing/up/property/P1/meter-7", r#"{"type":"report","params":{"power":1}}"#, "device.message"),
    ("$thing/up/property/P1/meter-7", r#"[{"method":"report"}]"#, "device.message"),
    ("$thing/up/property/P1/meter-7", r#""report""#, "device.message"),
    ("$thing/down/property/P1/meter-7", r#"{"method":"report_reply","code":0}"#, "device.message"),
    ("$thing/down/property/P1/meter-7", r#"{"method":"report_info_reply","code":0}"#, "device.message"),
    ("$thing/down/property/P1/meter-7", r#"{"method":"get_status_reply","data":{"reported":{"power":1}}}"#, "device.message"),
    ("$thing/down/property/P1/meter-7", r#"{"method":"control","params":{"power":1}}"#, "device.message"),
    ("$thing/down/property/P1/meter-7", r#"{"method":"report","params":{"power":1}}"#, "device.message"),
    // Events.
    ("$thing/up/event/P1/meter-7", r#"{"method":"event_post","eventId":"hot","type":"alert","version":"1.0","params":{"t":91}}"#, "device.event"),
    ("$thing/up/event/P1/meter-7", r#"{"method":"event_post","type":"alert"}"#, "device.message"),
    ("$thing/up/event/P1/meter-7", r#"{"method":"events_post","events":[{"eventId":"hot","type":"info","timestamp":1795233000000,"params":{}}]}"#, "device.event"),
    ("$thing/up/event/P1/meter-7", r#"{"method":"events_post","events":[]}"#, "device.message"),
    ("$thing/up/event/P1/meter-7", r#"{"method":"events_post"}"#, "device.message"),
    ("$thing/down/event/P1/meter-7", r#"{"method":"event_reply","code":0}"#, "device.message"),
    // Actions.
    ("$thing/up/action/P1/meter-7", r#"{"method":"action_reply","clientToken":"t1","code":0,"status":"ok","response":{"x":1}}"#, "device.action"),
    ("$thing/up/action/P1/meter-7", r#"{"method":"action_reply"}"#, "device.action"),
    ("$thing/up/action/P1/meter-7", r#"{"method":"other"}"#, "device.message"),
    ("$thing/down/action/P1/meter-7", r#"{"method":"action","actionId":"open","params":{}}"#, "device.message"),
    // Services: fences, bindings, files.
    ("$thing/up/service/P1/meter-7", r#"{"method":"alert_fence_event_reply","code":0}"#, "device.message"),
    ("$thing/up/service/P1/meter-7", r#"{"method":"report_version","report":{"resource_list":[]}}"#, "device.message"),
    ("$thing/up/service/P1/meter-7", r#"{"method":"request_url","request_id":"9"}"#, "device.message"),
    ("$thing/up/service/P1/meter-7", r#"{"method":"report_progress","report":{"progress":{"state":"done"},"version":"1"}}"#, "device.message"),
    ("$thing/up/service/P1/meter-7", r#"{"method":"report_result","report":{}}"#, "device.message"),
    ("$thing/up/service/P1/meter-7", r#"{"method":"report_post_result","report":{}}"#, "device.message"),
    ("$thing/up/service/P1/meter-7", r#"{"method":"del_result","report":{}}"#, "device.message"),
    ("$thing/down/service/P1/meter-7", r#"{"method":"unbind_device"}"#, "device.message"),
    ("$thing/down/service/P1/meter-7", r#"{"method":"bind_device"}"#, "device.message"),
    ("$thing/down/service/P1/meter-7", r#"{"method":"alert_fence_event","data":{}}"#, "device.message"),
    ("$thing/down/service/P1/meter-7", r#"{"method":"report_version_rsp","result_code":0}"#, "device.message"),
    ("$thing/down/service/P1/meter-7", r#"{"method":"update_resource","version":"1"}"#, "device.message"),
    ("$thing/down/service/P1/meter-7", r#"{"method":"request_url_resp","result_code":0}"#, "device.message"),
    ("$thing/down/service/P1/meter-7", r#"{"method":"del_resource","version":"1"}"#, "device.message"),
    // Firmware.
    ("$ota/report/P1/meter-7", r#"{"type":"report_version","report":{"version":"0.1"}}"#, "device.firmware"),
    ("$ota/report/P1/meter-7", r#"{"type":"report_progress","report":{"progress":{"state":"downloading","percent":"10","result_code":"0","result_msg":""},"version":"0.2"}}"#, "device.firmware"),
    ("$ota/report/P1/meter-7", r#"{"type":"report_progress"}"#, "device.message"),
    ("$ota/report/P1/meter-7", r#"{"method":"report_version","report":{"version":"0.1"}}"#, "device.message"),
    ("$ota/update/P1/meter-7", r#"{"type":"update_firmware","version":"0.2"}"#, "device.message"),
    // Gateways.
    ("$gateway/operation/P1/meter-7", r#"{"type":"bind","payload":{"devices":[{"product_id":"P2","device_name":"s1"}]}}"#, "device.bound"),
    ("$gateway/operation/P1/meter-7", r#"{"type":"unbind","payload":{"devices":[{"product_id":"P2","device_name":"s1"}]}}"#, "device.unbound"),
    ("$gateway/operation/P1/meter-7", r#"{"type":"online","payload":{"devices":[{"product_id":"P2","device_name":"s1"}]}}"#, "device.online"),
    ("$gateway/operation/P1/meter-7", r#"{"type":"offline","payload":{"devices":[{"product_id":"P2","device_name":"s1"}]}}"#, "device.offline"),
    ("$gateway/operation/P1/meter-7", r#"{"type":"describe_sub_devices"}"#, "device.message"),
    ("$gateway/operation/P1/meter-7", r#"{"type":"change","result":0}"#, "device.message"),
    ("$gateway/operation/result/P1/meter-7", r#"{"type":"bind","payload":{"devices":[{"product_id":"P2","device_name":"s1","result":0}]}}"#, "device.message"),
    ("$gateway/operation/result/P1/meter-7", r#"{"type":"unbind","payload":{"devices":[{"product_id":"P2","device_name":"s1","result":0}]}}"#, "device.message"),
    ("$gateway/operation/result/P1/meter-7", r#"{"type":"online","payload":{"devices":[{"product_id":"P2","device_name":"s1","result":0}]}}"#, "device.message"),
    ("$gateway/operation/result/P1/meter-7", r#"{"type":"offline","payload":{"devices":[{"product_id":"P2","device_name":"s1","result":0}]}}"#, "device.message"),
    ("$gateway/operation/result/P1/meter-7", r#"{"type":"describe_sub_devices","payload":{"devices":[]}}"#, "device.message"),
    ("$gateway/operation/result/P1/meter-7", r#"{"type":"change","payload":{"status":0,"devices":[{"product_id":"P2","device_name":"s1"}]}}"#, "device.message"),
    // Shadows.
    ("$shadow/operation/P1/meter-7", r#"{"type":"update","state":{"reported":{"power":1}},"version":3}"#, "device.properties"),
    ("$shadow/operation/P1/meter-7", r#"{"type":"update","state":{"desired":null},"version":3}"#, "device.message"),
    ("$shadow/operation/P1/meter-7", r#"{"type":"update","state":{"reported":null}}"#, "device.message"),
    ("$shadow/operation/P1/meter-7", r#"{"type":"get"}"#, "device.message"),
    ("$template/operation/P1/meter-7", r#"{"type":"update","state":{"reported":{"power":1}},"clientToken":"c"}"#, "device.properties"),
    ("$template/operation/P1/meter-7", r#"{"type":"update","state":{"desired":null}}"#, "device.message"),
    ("$template/operation/P1/meter-7", r#"{"type":"get"}"#, "device.message"),
    ("$template/operation/result/P1/meter-7", r#"{"type":"update","state":{"reported":{"power":1}}}"#, "device.message"),
    ("$shadow/operation/result/P1/meter-7", r#"{"type":"update","result":0,"payload":{"state":{"reported":{"power":1}}}}"#, "device.message"),
    ("$shadow/operation/result/P1/meter-7", r#"{"type":"get","result":0,"payload":{"state":{}}}"#, "device.message"),
    ("$shadow/operation/result/P1/meter-7", r#"{"type":"delta","payload":{"state":{"power":1}}}"#, "device.message"),
    // The rest.
    ("$sys/operation/P1/meter-7", r#"{"type":"get","resource":["time"]}"#, "device.message"),
    ("$sys/operation/result/P1/meter-7", r#"{"type":"get","time":1795233000}"#, "device.message"),
    ("$log/operation/P1/meter-7", r#"{"type":"get_log_level"}"#, "device.message"),
    ("$log/operation/result/P1/meter-7", r#"{"type":"get_log_level","log_level":4}"#, "device.message"),
    ("$resource/up/service/P1/meter-7", r#"{"type":"create_upload_task","size":1}"#, "device.message"),
    ("$resource/up/service/P1/meter-7", r#"{"type":"report_upload_progress","progress":{"state":"uploading","percent":89}}"#, "device.message"),
    ("$resource/up/service/P1/meter-7", r#"{"type":"get_download_task"}"#, "device.message"),
    ("$resource/up/service/P1/meter-7", r#"{"type":"report_download_progress","progress":{"state":"done","percent":100}}"#, "device.message"),
    ("$resource/down/service/P1/meter-7", r#"{"type":"create_upload_task_rsp","size":1}"#, "device.message"),
    ("$resource/down/service/P1/meter-7", r#"{"type":"get_download_task_rsp","size":1}"#, "device.message"),
    ("$rrpc/txd/P1/meter-7/4711", r#"{"any":"thing"}"#, "device.message"),
    ("$broadcast/rxd/P1/meter-7", r#"{"any":"thing"}"#, "device.message"),
    // The customer's own, and unknown ones.
    ("P1/meter-7/event", r#"{"method":"report","params":{"power":1}}"#, "device.message"),
    ("P1/meter-7/data", r#"{"params":{"power":1}}"#, "device.message"),
    ("P1/meter-7/control", r#"[1,2,3]"#, "device.message"),
    ("any/where", "17", "device.message"),
    ("$brand/new/P1/meter-7", r#"{"type":"report"}"#, "device.message"),
    ("$thing/up/brand_new/P1/meter-7", r#"{"method":"report","params":{"power":1}}"#, "device.message"),
    ("$thing/up/property", r#"{"method":"report","params":{"power":1}}"#, "device.message"),
    ("$thing/up/property/P1/meter-7/more", r#"{"method":"report","params":{"power":1}}"#, "device.message"),
];

#[test]
fn topics_and_discriminators_give_types_in_either_envelope() {
    for (topic, payload, expected) in TABLE {
        for body in [http(topic, payload), queue(topic, payload.as_bytes())] {
            let event = event(&body);
            assert_eq!(kind(&event), *expected, "{topic} {payload}");
            assert_eq!(event["data"]["origin"]["topic"], *topic);
            let expected: serde_json::Value = serde_json::from_str(payload).unwrap();
            assert_eq!(event["data"]["payload"], expected, "{topic} {payload}");
        }
    }
}

#[test]
fn the_kind_is_the_platforms_own_word() {
    let cases = [
        (
            http(
                "$thing/up/property/P1/meter-7",
                r#"{"method":"report","params":{}}"#,
            ),
            "report",
        ),
        (
            http(
                "$thing/down/service/P1/meter-7",
                r#"{"method":"bind_device","type":"x"}"#,
            ),
            "bind_device",
        ),
        (
            http(
                "$ota/report/P1/meter-7",
                r#"{"type":"report_version","method":"x"}"#,
            ),
            "report_version",
        ),
        (
            http("$sys/operation/P1/meter-7", r#"{"type":"get"}"#),
            "get",
        ),
        (
            http("$thing/up/property/P1/meter-7", r#"{"method":"Brand New"}"#),
            "Brand New",
        ),
        (
            http("$thing/up/property/P1/meter-7", r#"{"type":"report"}"#),
            "forward",
        ),
        (
            http("P1/meter-7/event", r#"{"method":"report","type":"x"}"#),
            "forward",
        ),
        (
            http(
                "$rrpc/txd/P1/meter-7/1",
                r#"{"method":"report","type":"x"}"#,
            ),
            "forward",
        ),
        (
            http(
                "$broadcast/rxd/P1/meter-7",
                r#"{"method":"report","type":"x"}"#,
            ),
            "forward",
        ),
        (queue("P1/meter-7/event", b"x"), "Publish"),
        (
            queue(
                "$thing/up/property/P1/meter-7",
                br#"{"method":"report","params":{}}"#,
            ),
            "report",
        ),
    ];
    for (body, expected) in cases {
        assert_eq!(event(&body)["data"]["origin"]["kind"], expected, "{body}");
    }
}

#[test]
fn the_device_is_the_topics_where_the_platform_defines_the_topic() {
    let sub = ["P2", "sub-1"];
    let own = ["P1", "meter-7"];
    let cases = [
        ("$thing/up/property/P2/sub-1", sub),
        ("$thing/down/action/P2/sub-1", sub),
        ("$ota/report/P2/sub-1", sub),
        ("$gateway/operation/P2/sub-1", sub),
        ("$gateway/operation/result/P2/sub-1", sub),
        ("$shadow/operation/P2/sub-1", sub),
        ("$sys/operation/result/P2/sub-1", sub),
        ("$resource/up/service/P2/sub-1", sub),
        ("$rrpc/txd/P2/sub-1/99", sub),
        ("$broadcast/rxd/P2/sub-1", sub),
        ("$thing/up/raw/P2/sub-1", sub),
        ("$thing/up/service/P2/sub-1", sub),
        ("$template/operation/P2/sub-1", sub),
        ("$template/operation/result/P2/sub-1", sub),
        ("$config/report/P2/sub-1", sub),
        ("$brand/new/P2/sub-1", sub),
        ("$brand/new/of/the/future/P2/sub-1", sub),
        // Something follows the device that published.
        ("$brand/new/P1/meter-7/4711", own),
        ("$thing/up/property/P1/meter-7/more", own),
        ("P2/sub-1/event", own),
        ("any/where/P2/sub-1", own),
        ("$thing/up/property/P2", own),
        ("$thing/up/property//sub-1", own),
    ];
    for (topic, [product, name]) in cases {
        let event = &events(&http(topic, r#"{"method":"report","params":{"power":1}}"#))[0];
        assert_eq!(event["subject"], format!("{product}/{name}"), "{topic}");
        let publisher = event["data"]["origin"].get("publisher");
        let expected = serde_json::json!({"product": "P1", "name": "meter-7"});
        assert_eq!(
            publisher,
            (name != "meter-7").then_some(&expected),
            "{topic}"
        );
    }
}
