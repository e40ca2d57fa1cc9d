//! What two sides have in common, so that one can be held against the other.

use super::side::{Meaning, Side};
use crate::diff::outputs::Build;
use crate::diff::pairs::Pairs;

/// What two sides have in common, when both are builds; of an output that was given alone, the same of the other side.
///
/// # Errors
/// Why they cannot be compared, and what to do.
pub fn pairs(old: &mut Side, new: &mut Side) -> Result<Pairs, (String, String)> {
    let (names, alone) = ((old.name.clone(), new.name.clone()), (old.is_output, new.is_output));
    let (Meaning::Build(old), Meaning::Build(new)) = (&mut old.meaning, &mut new.meaning) else {
        return Ok(Pairs::default());
    };
    match alone {
        (false, false) => return Ok(Pairs::of(&old.claims, &new.claims)),
        (true, false) => restrict(new, old, (&names.1, &names.0))?,
        (false, true) => restrict(old, new, (&names.0, &names.1))?,
        (true, true) => {}
    }
    let target = |build: &Build| build.claims.outputs.first().map(|output| output.target.clone()).unwrap_or_default();
    let (was, is) = (target(old), target(new));
    if was != is {
        return Err((
            format!("`{}` is of an output of the target `{was}`, `{}` of one of the target `{is}`", names.0, names.1),
            "two outputs of one target can be compared, or the folders of two builds".to_owned(),
        ));
    }
    Ok(Pairs::of_outputs(&old.claims, &new.claims))
}

/// Leaves a build the output that another is.
fn restrict(build: &mut Build, alone: &Build, (name, other): (&str, &str)) -> Result<(), (String, String)> {
    let Some(wanted) = alone.claims.outputs.first() else { return Ok(()) };
    let outputs = &mut build.claims.outputs;
    let known: Vec<String> = outputs.iter().map(|output| format!("`{}`", output.id)).collect();
    if outputs.iter().any(|output| output.id == wanted.id) {
        outputs.retain(|output| output.id == wanted.id);
        return Ok(());
    }
    outputs.retain(|output| output.target == wanted.target);
    if outputs.len() == 1 {
        return Ok(());
    }
    let how_many = if outputs.is_empty() { "no output" } else { "several outputs" };
    Err((
        format!(
            "`{other}` is of the output `{}`; `{name}` has {how_many} of the target `{}`",
            wanted.id, wanted.target
        ),
        format!("the outputs of `{name}` are {}: compare a file of one of them, or both builds", known.join(", ")),
    ))
}
