//! nft, which checks files without loading them.

use std::os::unix::fs::MetadataExt as _;
use std::process::Command;

/// What `nft -c -f` says of a text; `None` when it accepts it. Nothing is loaded: `-c` only checks.
pub fn refuses(text: &str) -> Option<String> {
    let folder = super::folder();
    let file = folder.path().join("pacwright.nft");
    std::fs::write(&file, text).expect("the file");
    // nft asks the kernel even when it only checks, and the kernel answers root: elsewhere root of a namespace of one's own.
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|m| m.uid() == 0);
    let mut command = Command::new(if is_root { "nft" } else { "unshare" });
    command.args(if is_root { &[][..] } else { &["-rn", "nft"] }).args(["-c", "-f"]).arg(&file);
    let output = super::pipe(command, "");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (!output.status.success() || !said.trim().is_empty()).then_some(said)
}
