//! Lists `catalog/*.yaml`, `catalog/vocabulary/*.yaml` and `catalog/tags/*.txt` in sorted order into tables that `src/catalog/embedded.rs`
//! includes, so that the binary carries the catalog it was built with.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let mut text = String::new();
    let tables =
        [("FILES", "catalog", "yaml"), ("VOCABULARY", "catalog/vocabulary", "yaml"), ("TAGS", "catalog/tags", "txt")];
    for (table, folder, extension) in tables {
        println!("cargo:rerun-if-changed={folder}");
        // Writing to a String cannot fail.
        let _ = writeln!(text, "pub static {table}: &[(&str, &str)] = &[");
        for path in files(&root.join(folder), extension)? {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let _ = writeln!(text, "    ({:?}, include_str!({path:?})),", format!("{folder}/{name}"));
        }
        text.push_str("];\n");
    }
    fs::write(Path::new(&env::var_os("OUT_DIR").unwrap_or_default()).join("catalog.rs"), text)
}

fn files(folder: &Path, extension: &str) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?.map(|entry| entry.map(|e| e.path())).collect::<io::Result<Vec<_>>>()?;
    let mut files: Vec<PathBuf> =
        entries.into_iter().filter(|path| path.extension().is_some_and(|e| e == extension)).collect();
    files.sort();
    Ok(files)
}
