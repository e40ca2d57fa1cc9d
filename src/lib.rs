//! pacwright: from a catalog of network destinations to proxy PAC files, Squid ACLs, Zscaler-style CSV lists and
//! firewall lists. The stages, in the order the data takes them; ARCHITECTURE.md says more.

pub mod catalog;
pub mod check;
pub mod claims;
pub mod cli;
pub mod dest;
pub mod diag;
pub mod diff;
pub mod explain;
pub mod fetch;
pub mod import;
pub mod js;
pub mod pipeline;
pub mod policy;
pub mod prove;
pub mod publish;
pub mod read;
pub mod reader;
pub mod render;
pub mod resolve;
pub mod site;
pub mod source;
pub mod target;
