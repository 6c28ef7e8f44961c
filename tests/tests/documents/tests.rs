use std::path::Path;

use thingrelay_tests::document::Document;
use thingrelay_tests::template::root;

/// A link to a file of Rust whose text is a name between backquotes is a link to a test, or to
/// another function, of that file.
#[test]
fn every_test_that_a_document_names_exists() {
    let mut problems = Vec::new();
    let mut found = 0;
    for document in Document::all() {
        let directory = Path::new(&document.path).parent().unwrap().to_owned();
        for (name, target) in links(&document.text) {
            found += 1;
            let path = root().join(&directory).join(target);
            let code = std::fs::read_to_string(&path).unwrap_or_default();
            let is_there = ["(", "<"].map(|next| code.contains(&format!("fn {name}{next}")));
            if is_there == [false; 2] {
                problems.push(format!("{}: no `{name}` in {target}", document.path));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(found > 50, "{found} tests in all documents");
}

/// The name and the file of each such link.
fn links(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split("[`").skip(1).filter_map(|rest| {
        let (name, rest) = rest.split_once("`](")?;
        let (target, _) = rest.split_once(')')?;
        target.ends_with(".rs").then_some((name, target))
    })
}
