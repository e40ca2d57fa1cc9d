//! The options that say what a PAC file sees of the world: addresses, the time, limits.

use std::collections::BTreeMap;
use std::net::{IpAddr, ToSocketAddrs as _};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Args;

use crate::catalog::raw::days_since_1970;
use crate::js::{Environment, Limits, Moment, escape};

#[derive(Debug, Args)]
pub struct World {
    /// Addresses of a host for dnsResolve, isResolvable, isInNet; repeatable
    #[arg(long, value_name = "HOST=IP[,IP]")]
    resolve: Vec<String>,
    /// Ask the system's resolver for hosts that --resolve does not name; without it the network is not touched
    #[arg(long)]
    dns: bool,
    /// The address of the client for myIpAddress; repeatable for myIpAddressEx
    #[arg(long, value_name = "IP")]
    pub my_ip: Vec<IpAddr>,
    /// The local time for dateRange, timeRange, weekdayRange and Date, such as 2026-11-24T09:00+09:00; without an offset
    /// it is UTC as well; default: the clock
    #[arg(long, value_name = "YYYY-MM-DDTHH:MM[:SS]")]
    now: Option<String>,
    /// Seconds a file may take to load, and each call; default: 5 to load, 1 a call, 10 a call with --dns
    #[arg(long, value_name = "SECONDS")]
    timeout: Option<f64>,
}

impl World {
    /// What the file sees.
    pub fn environment(&self) -> Result<Environment, String> {
        let mut limits = Limits::default();
        if self.dns {
            limits.call = Duration::from_secs(10);
        }
        if let Some(seconds) = self.timeout {
            if !(0.001..=3600.0).contains(&seconds) {
                return Err("`--timeout` takes 0.001 to 3600 seconds".to_owned());
            }
            let limit = Duration::from_secs_f64(seconds);
            (limits.load, limits.call) = (limit, limit);
        }
        let now = match &self.now {
            Some(text) => moment(text).ok_or_else(|| {
                format!("`--now {}` is not a time such as 2026-11-24T09:00 or 2026-11-24T09:00:30+09:00", escape(text))
            })?,
            None => {
                let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
                Moment { seconds: i64::try_from(seconds).unwrap_or(0), offset: None }
            }
        };
        let table = self.table()?;
        let known = Mutex::new(table);
        let dns = self.dns;
        let resolve = move |name: &str| {
            let Ok(mut known) = known.lock() else { return Vec::new() };
            if let Some(found) = known.get(name) {
                return found.clone();
            }
            if !dns {
                return Vec::new();
            }
            let found: Vec<IpAddr> =
                (name, 0).to_socket_addrs().map_or_else(|_| Vec::new(), |a| a.map(|a| a.ip()).collect());
            known.insert(name.to_owned(), found.clone());
            found
        };
        Ok(Environment { resolve: Arc::new(resolve), my_ip: self.my_ip.clone(), now, prefer_ex: true, limits })
    }

    fn table(&self) -> Result<BTreeMap<String, Vec<IpAddr>>, String> {
        let mut table: BTreeMap<String, Vec<IpAddr>> = BTreeMap::new();
        for entry in &self.resolve {
            let wrong = || format!("`--resolve {}` is not HOST=IP[,IP]", escape(entry));
            let (host, addresses) = entry.split_once('=').ok_or_else(wrong)?;
            let host = host.strip_suffix('.').unwrap_or(host).to_lowercase();
            let parsed: Result<Vec<IpAddr>, _> = addresses.split(',').map(|ip| ip.trim().parse()).collect();
            let parsed = parsed.map_err(|_| wrong())?;
            if host.is_empty() {
                return Err(wrong());
            }
            table.entry(host).or_default().extend(parsed);
        }
        Ok(table)
    }
}

/// `2026-11-24T09:00[:30][Z|+09:00]`.
fn moment(text: &str) -> Option<Moment> {
    let (day, rest) = text.split_once(['T', ' '])?;
    let (time, offset) = match rest.find(['Z', '+', '-']) {
        Some(at) => (rest.get(..at)?, offset(rest.get(at..)?)?),
        None => (rest, 0),
    };
    let [year, month, day] = numbers(day, '-', &[4, 2, 2])?[..] else { return None };
    let time = if time.matches(':').count() == 1 { format!("{time}:00") } else { time.to_owned() };
    let [hour, minute, second] = numbers(&time, ':', &[2, 2, 2])?[..] else { return None };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=days).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = days_since_1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    Some(Moment { seconds: seconds - i64::from(offset) * 60, offset: Some(offset) })
}

fn offset(text: &str) -> Option<i32> {
    if text == "Z" {
        return Some(0);
    }
    let (sign, rest) = text.split_at_checked(1)?;
    let [hours, minutes] = numbers(rest, ':', &[2, 2])?[..] else { return None };
    let ahead = i32::try_from(hours * 60 + minutes).ok().filter(|m| *m < 24 * 60 && minutes < 60)?;
    Some(if sign == "-" { -ahead } else { ahead })
}

fn numbers(text: &str, separator: char, lengths: &[usize]) -> Option<Vec<i64>> {
    let parts: Vec<&str> = text.split(separator).collect();
    let sound = parts.len() == lengths.len()
        && parts
            .iter()
            .zip(lengths)
            .all(|(part, length)| part.len() == *length && part.bytes().all(|b| b.is_ascii_digit()));
    if !sound {
        return None;
    }
    parts.iter().map(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::moment;

    #[test]
    fn times() {
        let seconds = |text| moment(text).map(|m| (m.seconds, m.offset));
        assert_eq!(seconds("1970-01-01T00:00"), Some((0, Some(0))));
        assert_eq!(seconds("2026-11-24T09:00:30+09:00"), Some((1_795_478_430, Some(540))));
        assert_eq!(seconds("2000-02-29T23:59:59Z"), Some((951_868_799, Some(0))));
        assert_eq!(seconds("1969-12-31T23:00-01:00"), Some((0, Some(-60))));
        for bad in ["", "2026-11-24", "2026-02-29T00:00", "2026-13-01T00:00", "2026-11-24T24:00", "2026-1-1T1:1", "x"] {
            assert_eq!(moment(bad), None, "{bad}");
        }
    }
}
