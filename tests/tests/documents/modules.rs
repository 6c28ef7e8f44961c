use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use thingrelay_tests::template::root;

/// The names from the root of the crate to a module.
type Module = Vec<String>;

#[test]
fn sibling_modules_import_each_other_in_one_direction() {
    let mut found = Vec::new();
    for name in ["shared", "functions", "bench/peers", "."] {
        for directory in entries(&root().join(name)) {
            let mut modules = BTreeMap::new();
            gather(&directory.join("src"), &[], &mut modules);
            found.extend(circles(&modules));
        }
    }
    assert_eq!(found, [""; 0]);
    let code = |text: &str| ("a".to_owned(), text.to_owned());
    let two = |(name, text): (String, String)| (vec![name], text);
    let b = (
        "b".to_owned(),
        "use super::{c::D, a::{E, F as G}};".to_owned(),
    );
    let circle = BTreeMap::from([two(code("crate::b::H")), two(b)]);
    assert_eq!(circles(&circle).len(), 1);
}

fn entries(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// The code of each module below a directory, without tests and comments.
fn gather(directory: &Path, parent: &[String], modules: &mut BTreeMap<Module, String>) {
    for path in entries(directory) {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let mut module = parent.to_vec();
        if !["lib", "main", "mod"].contains(&name.as_str()) {
            module.push(name.clone());
        }
        if path.is_dir() && name != "tests" {
            gather(&path, &module, modules);
        } else if path.is_file() && name != "tests" {
            let code = fs::read_to_string(&path).unwrap();
            let code = code.split("#[cfg(test)]\nmod tests").next().unwrap();
            let lines = code.lines().filter(|line| !line.trim().starts_with("//"));
            modules.entry(module).or_default().extend(lines);
        }
    }
}

/// Siblings that import each other, and what leads to them. What a module below one imports counts
/// as its own.
fn circles(modules: &BTreeMap<Module, String>) -> Vec<String> {
    let mut all: BTreeMap<&[String], BTreeMap<&str, BTreeSet<String>>> = BTreeMap::new();
    for (module, code) in modules {
        for mut target in imports(code, module) {
            while !modules.contains_key(&target) && target.pop().is_some() {}
            let pairs = module.iter().zip(&target);
            let common = pairs.take_while(|(one, other)| one == other).count();
            if let (Some(from), Some(to)) = (module.get(common), target.get(common)) {
                let siblings = all.entry(&module[..common]).or_default();
                siblings.entry(from).or_default().insert(to.clone());
            }
        }
    }
    for siblings in all.values_mut() {
        loop {
            let left: BTreeSet<String> = siblings.keys().map(ToString::to_string).collect();
            siblings.retain(|_, imported| !imported.is_disjoint(&left));
            if siblings.len() == left.len() {
                break;
            }
        }
    }
    all.retain(|_, siblings| !siblings.is_empty());
    all.iter().map(|circle| format!("{circle:?}")).collect()
}

/// The paths from the root of the crate that begin with `crate` or `super`.
fn imports(code: &str, module: &[String]) -> Vec<Module> {
    let mut paths = Vec::new();
    for beginning in ["crate::", "super::"] {
        let found = code.match_indices(beginning);
        for (at, _) in found.filter(|(at, _)| !code[..*at].ends_with(':')) {
            let (mut path, mut prefixes) = (String::new(), Vec::new());
            for c in code[at..].chars().filter(|c| !c.is_whitespace()) {
                match c {
                    '{' => prefixes.push(path.clone()),
                    ',' | '}' if !prefixes.is_empty() => {
                        paths.push(std::mem::take(&mut path));
                        path.clone_from(prefixes.last().unwrap());
                        if c == '}' {
                            prefixes.pop();
                        }
                    }
                    c if c.is_alphanumeric() || c == '_' || c == ':' => path.push(c),
                    _ => break,
                }
            }
            paths.push(path);
        }
    }
    let absolute = |path: String| {
        let mut absolute = module.to_vec();
        for name in path.split("::") {
            match name {
                "crate" => absolute.clear(),
                "super" => drop(absolute.pop()),
                name => absolute.push(name.to_owned()),
            }
        }
        absolute
    };
    paths.into_iter().map(absolute).collect()
}
