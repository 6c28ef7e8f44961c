use crate::config::EdgeConfig;

const TOKENS: [&str; 2] = ["k3J9xQ7pLm2Vt8Wz", "Zx81mQz0LpW3vB7t"];

fn pushed(name: &str, tokens: &[&str]) -> String {
    format!("[sources.{name}]\nplatform = \"tencent-iot-hub\"\ntokens = {tokens:?}\n")
}

fn pulled(name: &str, lines: &str) -> String {
    format!(
        "[sources.{name}]\nplatform = \"tuya\"\naccess_id = \"madeupaccessid000001\"\n\
         access_key = \"made0up1access2key3made4up5acces\"\n{lines}\n"
    )
}

/// The problems, and the names of the sources in use.
fn read(text: &str) -> (Vec<String>, Vec<String>) {
    let config = EdgeConfig::usable(&[text]).expect("a document");
    let problems = config.broken.problems();
    let problems = problems.iter().map(ToString::to_string).collect();
    let names = config.sources.keys().map(ToString::to_string).collect();
    (problems, names)
}

#[test]
fn what_sources_share_is_one_problem_and_none_of_them_is_in_use() {
    let [one, two] = TOKENS;
    let longer = format!("{one}x");
    let region = "region = \"eu\"";
    let test = "region = \"eu\"\nenvironment = \"test\"";
    let noticed = [region, test].map(|lines| format!("{lines}\nnotices = true"));
    let cases: [(Vec<String>, &[&str], &[&str]); 7] = [
        (
            vec![pushed("a", &[one]), pushed("b", &[two])],
            &[],
            &["a", "b"],
        ),
        (
            vec![
                pushed("a", &[one]),
                pushed("b", &[two, one]),
                pushed("c", &[one]),
                pushed("d", &["pD5rT8yU2iO6aS9f"]),
            ],
            &[
                "sources.a.tokens[0]: is the same as sources.b.tokens[1] and sources.c.tokens[0]: every source needs its own tokens (line 3)",
            ],
            &["d"],
        ),
        (
            vec![pushed("a", &[one]), pushed("b", &[&longer])],
            &[
                "sources.b.tokens[0]: is a prefix or suffix of sources.a.tokens[0], or the other way round (line 6)",
            ],
            &[],
        ),
        (
            vec![pulled("a", region), pulled("b", region)],
            &[
                "sources.a.access_id: is the same as sources.b.access_id, with the same topic: each source would get a part of the messages, so keep one of them (line 3)",
            ],
            &[],
        ),
        (
            vec![pulled("a", &noticed[0]), pulled("b", &noticed[0])],
            &[
                "sources.a.access_id: is the same as sources.b.access_id, with the same topic: each source would get a part of the messages, so keep one of them (line 3)",
            ],
            &[],
        ),
        (
            vec![pulled("a", &noticed[0]), pulled("b", &noticed[1])],
            &[
                "sources.a.access_id: is the same as sources.b.access_id, with the same topic: each source would get a part of the messages, so keep one of them (line 3)",
            ],
            &[],
        ),
        (
            vec![
                pulled("a", region),
                pulled("b", test),
                pulled("c", "region = \"us\""),
            ],
            &[],
            &["a", "b", "c"],
        ),
    ];
    for (tables, problems, names) in cases {
        let text = tables.concat();
        let (found, used) = read(&text);
        assert_eq!(found, problems, "{text}");
        assert_eq!(used, names, "{text}");
    }
}
