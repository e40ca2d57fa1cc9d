//! Addresses: the ranges that two sides can tell apart, and the fewest networks that say what changes in them.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// IPv4 or IPv6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// 32 bits.
    V4,
    /// 128 bits.
    V6,
}

impl Family {
    /// How many bits an address has.
    #[must_use]
    pub const fn bits(self) -> u8 {
        match self {
            Self::V4 => 32,
            Self::V6 => 128,
        }
    }

    fn address(self, n: u128) -> IpAddr {
        match self {
            Self::V4 => Ipv4Addr::from(u32::try_from(n).unwrap_or(u32::MAX)).into(),
            Self::V6 => Ipv6Addr::from(n).into(),
        }
    }

    /// The first and the last address of a network of this family.
    fn ends(self, net: &IpNet) -> Option<(u128, u128)> {
        match (self, net) {
            (Self::V4, IpNet::V4(net)) => Some((u32::from(net.network()).into(), u32::from(net.broadcast()).into())),
            (Self::V6, IpNet::V6(net)) => Some((u128::from(net.network()), u128::from(net.broadcast()))),
            _ => None,
        }
    }
}

/// The first addresses of all ranges that networks tell apart; the first of all is one of them, and a range of its own: to Squid
/// the unspecified address is a name.
pub fn starts<'n>(family: Family, nets: impl IntoIterator<Item = &'n IpNet>) -> Vec<IpAddr> {
    let last = u128::MAX >> (128 - u32::from(family.bits()));
    let mut found = BTreeSet::from([0, 1]);
    for (first, end) in nets.into_iter().filter_map(|net| family.ends(net)) {
        found.insert(first);
        if end < last {
            found.insert(end + 1);
        }
    }
    found.into_iter().map(|n| family.address(n)).collect()
}

/// A network and what holds in it, but for the narrower ones among the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed<V> {
    /// The network.
    pub net: IpNet,
    /// What holds.
    pub value: V,
    /// The wider one it is an exception of, by its position.
    pub under: Option<usize>,
}

/// The fewest networks that say what holds in ranges, read like a routing table in which the longest prefix wins and `usual`
/// holds where there is none. Ranges are ascending, each reaching to the next, the first from the first address on.
///
/// Source of the method: R. Draves, C. King, S. Venkatachary, B. Zill, "Constructing Optimal IP Routing Tables", 1999.
pub fn fewest<V: Copy + Ord>(family: Family, ranges: &[(IpAddr, V)], usual: V) -> Vec<Placed<V>> {
    let number = |ip: &IpAddr| match ip {
        IpAddr::V4(ip) => u128::from(u32::from(*ip)),
        IpAddr::V6(ip) => u128::from(*ip),
    };
    let ranges: Vec<(u128, V)> = ranges.iter().map(|(ip, value)| (number(ip), *value)).collect();
    let Some(root) = tree(&ranges, 0, 0, family.bits()) else { return Vec::new() };
    let mut placed = Vec::new();
    place(&root, family, (0, 0), (usual, None), &mut placed);
    placed
}

/// A part of the address space: the values that, given to all of it, leave the fewest exceptions, and how many those are.
struct Tree<V> {
    best: Vec<V>,
    exceptions: usize,
    halves: Option<Box<(Tree<V>, Tree<V>)>>,
}

fn tree<V: Copy + Ord>(ranges: &[(u128, V)], first: u128, length: u8, bits: u8) -> Option<Tree<V>> {
    let at = ranges.partition_point(|(start, _)| *start <= first).checked_sub(1)?;
    let rest = ranges.get(at..)?;
    let value = rest.first()?.1;
    let size = 1_u128.checked_shl(u32::from(bits - length)).unwrap_or(0);
    let last = if size == 0 { u128::MAX } else { first + (size - 1) };
    let inside = rest.partition_point(|(start, _)| *start <= last);
    if rest.get(..inside)?.iter().all(|(_, other)| *other == value) || length == bits {
        return Some(Tree { best: vec![value], exceptions: 0, halves: None });
    }
    let half = 1_u128 << (bits - length - 1);
    let within = rest.get(..inside)?;
    let (left, right) = (tree(within, first, length + 1, bits)?, tree(within, first + half, length + 1, bits)?);
    let both: Vec<V> = left.best.iter().filter(|value| right.best.contains(value)).copied().collect();
    let mut exceptions = left.exceptions + right.exceptions;
    let best = if both.is_empty() {
        exceptions += 1;
        let either: BTreeSet<V> = left.best.iter().chain(&right.best).copied().collect();
        either.into_iter().collect()
    } else {
        both
    };
    Some(Tree { best, exceptions, halves: Some(Box::new((left, right))) })
}

impl<V: Copy + Ord> Tree<V> {
    /// How many networks it takes to say it where something holds already.
    fn needs(&self, holds: &V) -> usize {
        self.exceptions + usize::from(!self.best.contains(holds))
    }
}

fn place<V: Copy + Ord>(
    tree: &Tree<V>,
    family: Family,
    (first, length): (u128, u8),
    (mut holds, mut under): (V, Option<usize>),
    placed: &mut Vec<Placed<V>>,
) {
    // Of two ways with as many networks the one in which they do not lie in each other.
    let apart = tree.halves.as_ref().map(|halves| halves.0.needs(&holds) + halves.1.needs(&holds));
    if !tree.best.contains(&holds)
        && apart.is_none_or(|apart| apart > tree.needs(&holds))
        && let Some(value) = tree.best.first()
        && let Ok(net) = IpNet::new(family.address(first), length)
    {
        placed.push(Placed { net, value: *value, under });
        (holds, under) = (*value, Some(placed.len() - 1));
    }
    if let Some(halves) = &tree.halves {
        let half = 1_u128 << (family.bits() - length - 1);
        place(&halves.0, family, (first, length + 1), (holds, under), placed);
        place(&halves.1, family, (first + half, length + 1), (holds, under), placed);
    }
}
