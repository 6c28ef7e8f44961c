use std::sync::LazyLock;

use thingrelay_tests::template::variants::VARIANTS;
use thingrelay_tests::template::{self, Job, Stack};

/// The names of the variants.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    VARIANTS.iter().map(|(name, ..)| *name)
}

pub(crate) fn stack(name: &str) -> &'static Stack {
    static STACKS: LazyLock<Vec<Stack>> = LazyLock::new(|| {
        let jobs = VARIANTS.map(|(_, _, template, parameters)| Job::of(template, parameters));
        template::expand(&jobs)
    });
    let index = names().position(|known| known == name);
    &STACKS[index.expect("a variant of that name")]
}

/// The variant with the defaults, if it is another one.
pub(crate) fn default_of(name: &str) -> Option<&'static str> {
    let variant = VARIANTS.iter().find(|(known, ..)| *known == name);
    variant.and_then(|(_, default, ..)| *default)
}

/// The stacks of a template after each of these edits of its text, with each of its variants.
pub(crate) fn edited(template: &str, edits: &[(&str, &str)]) -> Vec<Vec<Stack>> {
    let text = template::read(template);
    let of_template = || VARIANTS.iter().filter(|(_, _, path, _)| *path == template);
    let mut jobs = Vec::new();
    for (right, wrong) in edits {
        assert!(text.contains(right), "{template} has no {right:?}");
        let text = text.replacen(right, wrong, 1);
        jobs.extend(of_template().map(|(_, _, path, parameters)| Job {
            template: text.clone(),
            ..Job::of(path, parameters)
        }));
    }
    let stacks = template::expand(&jobs);
    let of_edits = stacks.chunks(of_template().count());
    of_edits.map(<[Stack]>::to_vec).collect()
}
