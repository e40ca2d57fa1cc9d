//! `Retry-After`: how long a server asks to wait.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::catalog::raw::days_since_1970;

/// The seconds of a `Retry-After`, a number or a day and time; by the clock of the server when its answer has a `Date`.
#[must_use]
pub fn seconds(retry: &str, date: Option<&str>) -> Option<u64> {
    let retry = retry.trim();
    if let Ok(seconds) = retry.parse() {
        return Some(seconds);
    }
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let now = date.and_then(moment).unwrap_or_else(now);
    Some(moment(retry)?.saturating_sub(now))
}

/// A wait in words.
#[must_use]
pub fn words(seconds: u64) -> String {
    match seconds {
        1 => "1 second".to_owned(),
        0..120 => format!("{seconds} seconds"),
        120..7200 => format!("{} minutes", seconds.div_ceil(60)),
        _ => format!("{} hours", seconds.div_ceil(3600)),
    }
}

/// Seconds since 1970 of `Sun, 06 Nov 1994 08:49:37 GMT`, the one form that servers may write today.
fn moment(text: &str) -> Option<u64> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut words = text.trim().split(' ');
    let (_weekday, day, month, year) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let (time, zone) = (words.next()?, words.next()?);
    if zone != "GMT" || words.next().is_some() {
        return None;
    }
    let month = i64::try_from(MONTHS.iter().position(|name| *name == month)?).ok()? + 1;
    let (day, year): (i64, i64) = (day.parse().ok()?, year.parse().ok()?);
    let mut parts = time.split(':').map(|part| part.parse::<u64>().ok());
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    if !(1..=31).contains(&day) || !(1970..10_000).contains(&year) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let days = u64::try_from(days_since_1970(year, month, day)).ok()?;
    Some(days * 86_400 + hour * 3600 + minute * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::{moment, seconds, words};

    #[test]
    fn moments() {
        assert_eq!(moment("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(moment("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(moment("Tue, 29 Feb 2000 12:00:00 GMT"), Some(951_825_600));
        assert_eq!(moment("Sunday, 06-Nov-94 08:49:37 GMT"), None);
    }

    #[test]
    fn waits() {
        assert_eq!(seconds("120", None), Some(120));
        let date = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(seconds("Sun, 06 Nov 1994 08:50:07 GMT", date), Some(30));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:40:00 GMT", date), Some(0));
        assert_eq!(seconds("soon", date), None);
        assert_eq!((words(1), words(900), words(86_400)), ("1 second".into(), "15 minutes".into(), "24 hours".into()));
    }
}
