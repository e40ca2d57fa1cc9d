//! Where an entry stands in a finished PAC.

use super::pack;
use crate::dest::Pattern;
use crate::target::Sought;

/// The line of what decides, by position.
pub fn line(sought: &Sought, text: &str) -> Option<usize> {
    let (section, spellings) = match &sought.pattern {
        Pattern::Plain => ("plain:", vec!["plain:".to_owned()]),
        Pattern::Net(net) => ("var pwRanges", vec![format!("// {}", net.network())]),
        Pattern::Name(name) if name.has_globs() => ("globs:", vec![format!("// {name}")]),
        Pattern::Name(name) if !name.labels().contains('.') => ("ends:", vec![format!("\".{}\":", name.labels())]),
        Pattern::Name(name) => {
            let [part, top] = pack::keys(name.labels());
            let packed = [part, top].map(|key| format!("\"{key}\": \""));
            ("names:", [format!("\"{}\":", name.labels())].into_iter().chain(packed).collect())
        }
    };
    // The layer of final rules comes first, where there is one.
    let layers = text.lines().filter(|line| line.starts_with("plain:")).count();
    let layer = usize::from(!sought.is_final && layers > 1 && !section.starts_with("var"));
    let starts = text.lines().enumerate().filter(|(_, line)| line.starts_with(section)).map(|(at, _)| at);
    starts.skip(layer).find_map(|start| {
        // A name that is not spelled out stands in the texts behind the names of the same layer.
        let ends = |line: &&str| !line.starts_with(']') && !line.starts_with("ends:");
        let of_section =
            |line: &&str| if section == "names:" { ends(line) } else { ends(line) && !line.starts_with('}') };
        let line_of = |spelling: &String| {
            let found = text.lines().skip(start).take(1).chain(text.lines().skip(start + 1).take_while(of_section));
            found.enumerate().find(|(_, line)| line.contains(spelling.as_str())).map(|(at, _)| start + at)
        };
        spellings.iter().find_map(line_of)
    })
}
