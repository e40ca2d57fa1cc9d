//! Days as people write them, and the day so many days later. Never: which day it is.

use serde_json::{Value, json};

use crate::diag::{Bad, Code, clip};
use crate::read::record::Scalar;

/// A day, `YYYY-MM-DD`. Days compare as texts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(pub String);

impl Scalar for Day {
    fn parse(text: &str) -> Result<Self, Bad> {
        let wrong =
            || Bad::whole(Code::BadDate, format!("`{}` is not a day", clip(text))).help("write it as `YYYY-MM-DD`");
        let mut parts = text.split('-');
        let mut number = |width: usize| {
            let part = parts.next().filter(|p| p.len() == width && p.bytes().all(|b| b.is_ascii_digit()));
            part.and_then(|p| p.parse::<u32>().ok()).ok_or_else(wrong)
        };
        let (year, month, day) = (number(4)?, number(2)?, number(2)?);
        if parts.next().is_some() {
            return Err(wrong());
        }
        let missing =
            |help: String| Err(Bad::whole(Code::BadDate, format!("the day `{text}` does not exist")).help(help));
        if !(1..=12).contains(&month) {
            return missing("months are `01` to `12`".to_owned());
        }
        let days = days_of(year, month);
        if day == 0 || day > days {
            return missing(format!("the days of {year:04}-{month:02} are `01` to `{days}`"));
        }
        Ok(Self(text.to_owned()))
    }
    fn schema() -> Value {
        json!({"type": "string", "format": "date"})
    }
}

/// How many days a month has.
const fn days_of(year: u32, month: u32) -> u32 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a day of the Gregorian calendar; years that begin in March have their leap day at the end.
#[must_use]
pub const fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + of_year - 719_468
}

impl Day {
    /// The day so many days later; none beyond the year 9999.
    #[must_use]
    pub fn plus(&self, days: u32) -> Option<Self> {
        let mut parts = self.0.split('-').map(|part| part.parse::<u32>().ok());
        let (mut year, mut month) = (parts.next()??, parts.next()??);
        let mut day = parts.next()??.checked_add(days)?;
        while day > days_of(year, month) {
            day -= days_of(year, month);
            (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
        }
        (year <= 9999).then(|| Self(format!("{year:04}-{month:02}-{day:02}")))
    }
}

#[cfg(test)]
mod tests {
    use super::Day;

    #[test]
    fn days_later() {
        for (from, days, to) in [
            ("2026-11-25", 0, "2026-11-25"),
            ("2026-11-25", 30, "2026-12-25"),
            ("2026-12-31", 1, "2027-01-01"),
            ("2028-02-28", 1, "2028-02-29"),
            ("2027-02-28", 1, "2027-03-01"),
            ("2100-02-28", 1, "2100-03-01"),
            ("2026-01-01", 3650, "2035-12-30"),
        ] {
            assert_eq!(Day(from.to_owned()).plus(days), Some(Day(to.to_owned())), "{from} + {days}");
        }
        assert_eq!(Day("9999-12-31".to_owned()).plus(1), None);
    }
}
