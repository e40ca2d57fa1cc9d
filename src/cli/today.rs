//! The one place that asks the clock: which day it is, for last days that are past, and what time, for `update`.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::catalog::raw::{Day, days_since_1970};
use crate::read::record::Scalar as _;

/// Seconds since 1970, UTC.
#[must_use]
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs())
}

/// Today in UTC.
#[must_use]
pub fn today() -> Day {
    day_of(now())
}

/// Reads a day of the command line.
///
/// # Errors
/// What is wrong with it.
pub fn day(text: &str) -> Result<Day, String> {
    Day::parse(text).map_err(|bad| bad.message)
}

fn day_of(seconds: u64) -> Day {
    let (year, month, day) = civil(seconds / 86_400);
    Day(format!("{year:04}-{month:02}-{day:02}"))
}

/// A moment as RFC 3339 writes it in UTC: `2026-11-24T09:30:00Z`.
#[must_use]
pub fn rfc3339(seconds: u64) -> String {
    let rest = seconds % 86_400;
    format!("{}T{:02}:{:02}:{:02}Z", day_of(seconds).0, rest / 3600, rest / 60 % 60, rest % 60)
}

/// The moment that [`rfc3339`] wrote.
#[must_use]
pub fn moment(text: &str) -> Option<u64> {
    let (day, time) = text.strip_suffix('Z')?.split_once('T')?;
    let mut parts = time.split(':').map(|part| part.parse::<u64>().ok());
    let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next()??);
    let within = hours < 24 && minutes < 60 && seconds < 60;
    (within && parts.next().is_none())
        .then_some(days(&Day::parse(day).ok()?)? * 86_400 + hours * 3600 + minutes * 60 + seconds)
}

/// The number of days between 1970-01-01 and a day; none before.
#[must_use]
pub fn days(day: &Day) -> Option<u64> {
    let mut parts = day.0.split('-').map(|part| part.parse::<i64>().ok());
    u64::try_from(days_since_1970(parts.next()??, parts.next()??, parts.next()??)).ok()
}

/// Year, month and day of a number of days since 1970-01-01, in the Gregorian calendar.
fn civil(days: u64) -> (u64, u64, u64) {
    // Years that begin in March put the leap day at the end; 400 of them have 146,097 days.
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let of_era = shifted % 146_097;
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::{civil, days, moment, rfc3339};
    use crate::catalog::raw::Day;

    #[test]
    fn days_of_the_calendar() {
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(civil(59), (1970, 3, 1));
        assert_eq!(civil(11_016), (2000, 2, 29));
        assert_eq!(civil(20_781), (2026, 11, 24));
        assert_eq!(civil(47_540), (2100, 2, 28));
        assert_eq!(civil(47_541), (2100, 3, 1));
    }

    #[test]
    fn days_and_moments_there_and_back() {
        for day in (0..60_000).step_by(7).chain([11_016, 20_781, 47_540]) {
            let (year, month, of_month) = civil(day);
            assert_eq!(days(&Day(format!("{year:04}-{month:02}-{of_month:02}"))), Some(day));
        }
        assert_eq!(rfc3339(784_111_777), "1994-11-06T08:49:37Z");
        assert_eq!(moment("1994-11-06T08:49:37Z"), Some(784_111_777));
        for wrong in ["", "1994-11-06", "1994-11-06T08:49Z", "1994-11-06T24:00:00Z", "1994-13-06T08:49:37Z"] {
            assert_eq!(moment(wrong), None, "{wrong}");
        }
    }
}
