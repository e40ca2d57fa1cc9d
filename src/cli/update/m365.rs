//! Microsoft 365: the version first, and the list when it is another one.

use super::changes::changes;
use super::{Fate, ID, Run, State, Told};
use crate::cli::dates::dates;
use crate::cli::net::fetch;
use crate::cli::today::{moment, rfc3339, today};
use crate::diag::{Code, Report};
use crate::import::m365::changes::{Changes as Published, Version};
use crate::import::m365::{self, Instance, Live};
use crate::import::{Place, grace, is_imported, plan};
use crate::read::record::Scalar as _;
use crate::source::Span;

/// How often the web service wants to be asked at most, in seconds.
const HOUR: u64 = 3600;

/// The name of the source.
pub fn key(instance: Instance) -> String {
    format!("m365/{}", instance.word())
}

/// Asks for the version, and for the list if it is a new one; imports that.
pub fn update(instance: Instance, run: &Run, state: &mut State, report: &mut Report) -> Option<Told> {
    let key = key(instance);
    let intune = format!("{}.yaml", instance.intune());
    let with_intune = run.options.intune || is_imported(&run.folder.join(&intune));
    let known = state.sources.get(&key).cloned();
    let before = known.as_ref().map(|known| known.version.clone());
    // What somebody changed or took away is fetched again.
    let intact = known.filter(|known| {
        !known.files.is_empty() && known.is_as_written(run.folder) && with_intune <= known.files.contains_key(&intune)
    });
    let told = |fate, version: &str| Told {
        before: before.clone(),
        version: Some(version.to_owned()),
        ..Told::new(&key, fate)
    };
    if let Some(known) = &intact
        && !run.options.force_check
        && let Some(ago) = moment(&known.asked).and_then(|asked| run.now.checked_sub(asked)).filter(|ago| *ago < HOUR)
    {
        let remark = format!(": it was {} minutes ago, and once an hour is enough (--force-check)", ago / 60);
        return Some(Told { remark, ..told(Fate::NotAsked, &known.version) });
    }
    let ask = |method: &str, below: &str, more: &str, report: &mut Report| {
        let base = run.options.endpoint_url.trim_end_matches('/');
        let id = &state.client_request_id;
        fetch(run.client, &format!("{base}/{method}/{}{below}?{ID}={id}{more}", instance.published()), report)
    };
    let asked = rfc3339(run.now);
    let answer = ask("version", "", "", report)?;
    let latest = m365::version::read(answer, instance, report)?.0;
    let today = run.options.as_of.clone().unwrap_or_else(today);
    let services = [instance.service(), instance.intune()];
    // What was kept for some days goes after them, also when the list is the same.
    let over = || grace::is_over(run.folder, &services, &today);
    if let Some(mut known) = intact
        && known.version == latest
        && !over()
    {
        known.asked = asked;
        state.sources.insert(key.clone(), known);
        return Some(told(Fate::Unchanged, &latest));
    }
    if let Some(before) = before.as_ref().filter(|before| **before > latest && !run.options.accept_shrink) {
        let message = format!("the list is older than the one before: version {latest} after {before}");
        report.sink.push(
            Code::Shrunk
                .at(Span::new(answer, 0, 0), message)
                .help("is this a mirror that fell behind? `--accept-shrink` takes it"),
        );
        return None;
    }
    let areas = if with_intune { "&ServiceAreas=Common,Exchange,SharePoint,Skype,MEM" } else { "" };
    let list = ask("endpoints", "", areas, report)?;
    // What the folder remembers may have been edited, and becomes part of an address.
    let older = |before: &&String| **before < latest && Version::parse(before).is_ok();
    let published = match before.as_ref().filter(older) {
        Some(before) => dates(instance, |report| ask("changes", &format!("/{before}"), "", report), report),
        None => Published::default(),
    };
    let live = Live::of(published, run.folder, &services, &today);
    let wanted =
        m365::Wanted { instance, no_mem: !with_intune, reviewed: m365::REVIEWED, any_instance: false, live: &live };
    let mut made = m365::made(list, wanted, report);
    if report.sink.has_errors() {
        return None;
    }
    if with_intune && !made.iter().any(|made| made.service == instance.intune()) {
        let message = format!("the list has no area MEM, of which `{}` is made", instance.intune());
        report.sink.push(
            Code::BadImport.at(Span::new(list, 0, 0), message).help("does the mirror hold the answer for all areas?"),
        );
        return None;
    }
    if let Some(days) = run.options.grace {
        grace::keep(&mut made, run.folder, &today, days);
    }
    let into = Place { folder: run.folder, force: false, accept_shrink: run.options.accept_shrink };
    let planned = plan(&made, into, report)?;
    if !run.options.dry_run && !planned.write(report) {
        return None;
    }
    let names: Vec<String> = made.iter().map(|made| format!("{}.yaml", made.service)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let text = report.files.all(list);
    state.remember(&key, run.folder, &names, (&latest, text, asked));
    let fate = match (planned.changes(), run.options.dry_run) {
        (false, _) => Fate::Unchanged,
        (true, false) => Fate::Changed,
        (true, true) => Fate::WouldChange,
    };
    let files = planned.brought.iter().filter(|file| file.changed).map(|file| file.file.clone()).collect();
    Some(Told { files, changes: changes(&planned.before, &planned.after), ..told(fate, &latest) })
}
