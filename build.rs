//! Lists `catalog/*.yaml`, `catalog/vocabulary/*.yaml` and `catalog/tags/*.txt` in sorted order into tables that `src/catalog/embedded.rs`
//! includes, so that the binary carries the catalog it was built with: texts, and beside each YAML text its tree, which
//! is not read anew in every run.

#![allow(dead_code)] // of the program's own modules, only some of what they offer is needed here

#[path = "src/read/yaml/packed.rs"]
mod packed;
#[path = "src/source.rs"]
mod source;
#[path = "src/read/yaml/tree.rs"]
mod tree;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let mut table = String::new();
    // Writing to a String cannot fail.
    for (list, folder) in [("FILES", "catalog"), ("VOCABULARY", "catalog/vocabulary")] {
        println!("cargo:rerun-if-changed={folder}");
        let _ = writeln!(table, "pub static {list}: &[Carried] = &[");
        for path in files(&root.join(folder), "yaml")? {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let packed = out.join(format!("{list}-{name}.tree"));
            fs::write(&packed, tree_of(&fs::read_to_string(&path)?))?;
            let _ = writeln!(
                table,
                "    Carried {{ name: {:?}, text: include_str!({path:?}), tree: include_bytes!({packed:?}) }},",
                format!("{folder}/{name}")
            );
        }
        table.push_str("];\n");
    }
    let folder = "catalog/tags";
    println!("cargo:rerun-if-changed={folder}");
    table.push_str("pub static TAGS: &[(&str, &str)] = &[\n");
    for path in files(&root.join(folder), "txt")? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let _ = writeln!(table, "    ({:?}, include_str!({path:?})),", format!("{folder}/{name}"));
    }
    table.push_str("];\n");
    fs::write(out.join("catalog.rs"), table)
}

/// The packed tree of a text. What is wrong with the text is said by the program, in its words: it reads a text without
/// a tree as it reads any other.
fn tree_of(text: &str) -> Vec<u8> {
    let mut files = source::Files::default();
    let file = files.add("", text);
    tree::read(text, file).map(|node| packed::pack(&node, text)).unwrap_or_default()
}

fn files(folder: &Path, extension: &str) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?.map(|entry| entry.map(|e| e.path())).collect::<io::Result<Vec<_>>>()?;
    let mut files: Vec<PathBuf> =
        entries.into_iter().filter(|path| path.extension().is_some_and(|e| e == extension)).collect();
    files.sort();
    Ok(files)
}
