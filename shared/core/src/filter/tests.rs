use super::*;
use crate::{
    event::{EventType, device::Device},
    timestamp::Timestamp,
};
use proptest::prelude::*;

fn test(attribute: Attribute, comparison: Comparison, text: &str) -> Filter {
    Filter::Test(Test {
        attribute,
        comparison,
        text: text.into(),
    })
}

fn exact(attribute: Attribute, text: &str) -> Filter {
    test(attribute, Comparison::Exact, text)
}

fn prefix(attribute: Attribute, text: &str) -> Filter {
    test(attribute, Comparison::Prefix, text)
}

fn suffix(attribute: Attribute, text: &str) -> Filter {
    test(attribute, Comparison::Suffix, text)
}

fn all<const N: usize>(filters: [Filter; N]) -> Filter {
    Filter::All(filters.into())
}

fn any<const N: usize>(filters: [Filter; N]) -> Filter {
    Filter::Any(filters.into())
}

fn not(filter: Filter) -> Filter {
    Filter::Not(Box::new(filter))
}

fn event(kind: EventType, source: &str, device: Option<(Option<&str>, &str)>) -> OutgoingEvent {
    let device = device.map(|(product, name)| Device {
        product: product.map(|product| product.to_owned().into()),
        name: name.to_owned().into(),
    });
    OutgoingEvent {
        id: "0a1b-0".to_owned(),
        kind,
        source: format!("/tencent-iot-hub/{source}"),
        subject: device.as_ref().map(Device::subject),
        device,
        time: Timestamp::from_unix_millis(1_750_000_000_250),
        device_id: None,
        replay: None,
        json: String::new(),
    }
}

#[test]
fn every_attribute_is_compared_as_the_event_has_it() {
    use Attribute::{
        DataContentType, DataSchema, Device, Id, PartitionKey, Product, Source, SourceName,
        SpecVersion, Subject, Time, Type,
    };
    let event = event(
        EventType::DeviceProperties,
        "meters",
        Some((Some("P/1"), "meter-7")),
    );
    for (attribute, value) in [
        (Id, "0a1b-0"),
        (Source, "/tencent-iot-hub/meters"),
        (SpecVersion, "1.0"),
        (Type, "io.thingrelay.device.properties.v1"),
        (Subject, "P%2F1/meter-7"),
        (Time, "2025-06-15T15:06:40.250Z"),
        (DataContentType, "application/json"),
        (
            DataSchema,
            "https://thingrelay.io/schemas/device.properties.v1.json",
        ),
        (PartitionKey, "P%2F1/meter-7"),
        (Product, "P/1"),
        (Device, "meter-7"),
        (SourceName, "meters"),
    ] {
        let (start, end) = (&value[..2], &value[value.len() - 2..]);
        for (comparison, text, passes) in [
            (Comparison::Exact, value, true),
            (Comparison::Exact, start, false),
            (Comparison::Prefix, value, true),
            (Comparison::Prefix, start, true),
            (Comparison::Prefix, &value[1..], false),
            (Comparison::Suffix, value, true),
            (Comparison::Suffix, end, true),
            (Comparison::Suffix, &value[..value.len() - 1], false),
        ] {
            let filter = test(attribute, comparison, text);
            assert_eq!(filter.passes(&event), passes, "{filter}");
        }
    }
}

/// The cases of the specification, and of its words on each dialect.
#[test]
fn each_dialect_means_what_the_specification_says() {
    use Attribute::{Device, Product, Subject, Type};
    let online = "io.thingrelay.device.online.v1";
    let event = event(EventType::DeviceOnline, "meters", Some((None, "Meter")));
    let (yes, no) = (exact(Type, online), exact(Device, "meter"));
    for (filter, passes) in [
        (Filter::default(), true),
        // Case matters.
        (exact(Device, "Meter"), true),
        (exact(Device, "meter"), false),
        (prefix(Device, "m"), false),
        (suffix(Device, "R"), false),
        // An attribute that the event does not have.
        (exact(Product, "P1"), false),
        (prefix(Product, "P"), false),
        (suffix(Product, "1"), false),
        (not(exact(Product, "P1")), true),
        (exact(Subject, "/Meter"), true),
        (all([yes.clone()]), true),
        (all([yes.clone(), yes.clone()]), true),
        (all([yes.clone(), no.clone()]), false),
        (any([no.clone()]), false),
        (any([no.clone(), yes.clone()]), true),
        (any([no.clone(), no.clone()]), false),
        (not(yes.clone()), false),
        (not(all([yes.clone(), no.clone()])), true),
    ] {
        assert_eq!(filter.passes(&event), passes, "{filter}");
    }
}

#[test]
fn a_filter_that_no_event_can_pass_is_found() {
    use Attribute::{
        DataSchema, Device, PartitionKey, Product, Source, SpecVersion, Subject, Type,
    };
    let online = "io.thingrelay.device.online.v1";
    let offline = "io.thingrelay.device.offline.v1";
    let message = "io.thingrelay.message.v1";
    let device = |name| exact(Device, name);
    for (filter, can_be_passed) in [
        (Filter::default(), true),
        (not(Filter::default()), false),
        (all([device("a"), device("b")]), false),
        (any([device("a"), device("b")]), true),
        (all([device("a"), not(device("b"))]), true),
        (all([device("a"), not(device("a"))]), false),
        (any([device("a"), not(device("a"))]), true),
        (not(any([device("a"), not(device("a"))])), false),
        (all([device("ab"), prefix(Device, "a")]), true),
        (all([device("ab"), prefix(Device, "b")]), false),
        (all([device("ab"), suffix(Device, "a")]), false),
        (all([device("ab"), not(suffix(Device, "b"))]), false),
        (all([prefix(Device, "ab"), prefix(Device, "abc")]), true),
        (all([prefix(Device, "ab"), prefix(Device, "ac")]), false),
        (all([suffix(Device, "ab"), suffix(Device, "b")]), true),
        (all([suffix(Device, "ab"), suffix(Device, "cb")]), false),
        (all([prefix(Device, "ab"), not(prefix(Device, "a"))]), false),
        (all([prefix(Device, "a"), not(prefix(Device, "ab"))]), true),
        (all([prefix(Device, "a"), not(device("a"))]), true),
        (all([prefix(Device, "a"), suffix(Device, "b")]), true),
        (all([device("a"), exact(Product, "b")]), true),
        (
            all([exact(Subject, "a/b"), exact(PartitionKey, "a/c")]),
            false,
        ),
        (all([exact(Type, online), exact(Type, offline)]), false),
        (
            all([
                exact(Type, online),
                suffix(DataSchema, "/device.offline.v1.json"),
            ]),
            false,
        ),
        (
            all([
                exact(Type, online),
                suffix(DataSchema, "/device.online.v1.json"),
            ]),
            true,
        ),
        (not(prefix(Type, "io.thingrelay.")), false),
        (not(exact(SpecVersion, "1.0")), false),
        (all([exact(Type, message), device("a")]), false),
        (all([exact(Type, message), not(device("a"))]), true),
        (all([exact(Type, message), prefix(Source, "/tuya/")]), true),
        (
            all([
                any([device("a"), device("b")]),
                any([device("c"), device("d")]),
            ]),
            false,
        ),
        (
            all([
                any([device("a"), device("b")]),
                any([device("c"), device("b")]),
            ]),
            true,
        ),
        (
            all([not(all([device("a"), device("b")])), device("a")]),
            true,
        ),
    ] {
        assert_eq!(filter.can_be_passed(), can_be_passed, "{filter}");
    }
}

/// Each choice doubles the cases: the answer comes all the same, and is `true`.
#[test]
fn the_search_for_a_contradiction_has_an_end() {
    let choice = |n: usize| {
        let names = [format!("a{n}"), format!("b{n}")];
        Filter::Any(names.map(|name| prefix(Attribute::Product, &name)).into())
    };
    let mut filters: Vec<Filter> = (0..40).map(choice).collect();
    filters.push(exact(Attribute::Type, "nothing"));
    assert!(!Filter::All(filters.clone().into()).can_be_passed());
    filters.pop();
    let tail = (0..40).map(|n| not(prefix(Attribute::Device, &format!("{n}"))));
    filters.splice(0..0, tail.map(|one| any([one.clone(), one])));
    assert!(Filter::All(filters.into()).can_be_passed());
}

#[test]
fn a_filter_reads_as_a_sentence() {
    use Attribute::{Device, Product, Type};
    for (filter, words) in [
        (Filter::default(), "every event"),
        (
            all([exact(Product, "P1")]),
            r#"events where product is "P1""#,
        ),
        (
            all([
                any([exact(Type, "a"), exact(Type, "b"), suffix(Type, ".v1")]),
                not(prefix(Device, "test-")),
            ]),
            r#"events where (type is "a" or "b" or type ends with ".v1") and device does not begin with "test-""#,
        ),
        (
            all([any([exact(Type, "a"), exact(Type, "b")])]),
            r#"events where type is "a" or "b""#,
        ),
        (
            not(all([exact(Type, "a"), exact(Type, "b")])),
            r#"events where not (type is "a" and type is "b")"#,
        ),
        (
            any([not(exact(Type, "a")), not(suffix(Type, "b\n"))]),
            r#"events where type is not "a" or type does not end with "b\n""#,
        ),
    ] {
        assert_eq!(filter.to_string(), words);
    }
}

/// Texts that agree and contradict often.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ab]{1,3}",
        Just("io.thingrelay.message.v1".to_owned()),
        Just("io.thingrelay.device.".to_owned()),
        Just("online.v1".to_owned()),
        Just("a/b".to_owned()),
        Just("1.0".to_owned()),
    ]
}

fn filters() -> impl Strategy<Value = Filter> {
    let attribute = prop::sample::select(Attribute::ALL.to_vec());
    let comparison = prop::sample::select(vec![
        Comparison::Exact,
        Comparison::Prefix,
        Comparison::Suffix,
    ]);
    let leaf = (attribute, comparison, texts())
        .prop_map(|(attribute, comparison, text)| test(attribute, comparison, &text));
    leaf.prop_recursive(4, 20, 4, |inner| {
        let list = prop::collection::vec(inner.clone(), 0..4);
        prop_oneof![
            list.clone().prop_map(|list| Filter::All(list.into())),
            list.prop_map(|list| Filter::Any(list.into())),
            inner.prop_map(not),
        ]
    })
}

fn events() -> impl Strategy<Value = OutgoingEvent> {
    let kind = prop::sample::select(EventType::ALL.to_vec());
    let device = prop::option::of((prop::option::of("[ab/]{1,3}"), "[ab/]{1,3}"));
    (kind, "[ab]{1,2}", device).prop_map(|(kind, source, device)| {
        // A message without a type of its own tells by its type whether it names a device.
        let kind = match (kind, &device) {
            (EventType::Message, Some(_)) => EventType::DeviceMessage,
            (kind, _) => kind,
        };
        let device = device.as_ref();
        event(
            kind,
            &source,
            device.map(|(product, name)| (product.as_deref(), name.as_str())),
        )
    })
}

proptest! {
    #[test]
    fn filters_obey_logic(a in filters(), b in filters(), event in events()) {
        let passes = |filter: &Filter| filter.passes(&event);
        prop_assert_eq!(passes(&not(not(a.clone()))), passes(&a));
        let both = all([a.clone(), b.clone()]);
        let either = any([a.clone(), b.clone()]);
        prop_assert_eq!(passes(&both), passes(&a) && passes(&b));
        prop_assert_eq!(passes(&either), passes(&a) || passes(&b));
        prop_assert_eq!(
            passes(&not(both)),
            passes(&any([not(a.clone()), not(b.clone())]))
        );
        prop_assert_eq!(passes(&not(either)), passes(&all([not(a), not(b)])));
    }

    #[test]
    fn what_an_event_passes_can_be_passed(filter in filters(), event in events()) {
        if filter.passes(&event) {
            prop_assert!(filter.can_be_passed(), "{}", filter);
        }
        let other = not(filter);
        if other.passes(&event) {
            prop_assert!(other.can_be_passed(), "{}", other);
        }
    }

    #[test]
    fn what_an_event_is_its_attribute_can_be(event in events(), attribute in prop::sample::select(Attribute::ALL.to_vec())) {
        for length in 1..40 {
            attribute.is_in(&event, |value| {
                let start = value.get(..length).unwrap_or(value);
                let end = value.get(value.len().saturating_sub(length)..).unwrap_or(value);
                assert!(attribute.can_be(Comparison::Exact, value), "{value}");
                assert!(attribute.can_be(Comparison::Prefix, start), "{start}");
                assert!(attribute.can_be(Comparison::Suffix, end), "{end}");
                true
            });
        }
    }
}
