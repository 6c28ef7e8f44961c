use super::Document;
use crate::config::EdgeConfig;

#[test]
fn keys_and_items_of_json_have_lines() {
    let text = "\u{feff}{\n\"sources\": {\n \"a\"\n:\n  {\"tokens\": [\n\"one \\\" \\n two\",\n[\"three\"]],\n\"x\":\n{}}},\n\n\"targets\": 1}";
    let document = Document::parse(text).expect("JSON");
    let cases = [
        ("sources", Some(2)),
        ("sources.a", Some(3)),
        ("sources.a.tokens", Some(5)),
        ("sources.a.tokens[0]", Some(6)),
        ("sources.a.tokens[1]", Some(7)),
        ("sources.a.x", Some(8)),
        ("targets", Some(11)),
        ("sources.b", None),
    ];
    for (place, line) in cases {
        assert_eq!(document.line(place), line, "{place}");
    }
}

#[test]
fn problems_in_json_have_the_line_of_their_key() {
    let text = "{\"sources\": {\"a\": {\n \"platform\": \"tencent-iot-hub\",\n \"allow_unsigned\": true,\n \"payload\": \"xml\"}}}";
    let problems = EdgeConfig::parse(&[text]).expect_err("a problem");
    let expected = "sources.a.payload: must be one of \"json\", \"base64\", got \"xml\" (line 4)";
    assert_eq!(problems.to_string(), expected);
}
