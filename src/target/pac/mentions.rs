//! What a PAC file of ours speaks of without its text saying so in words between quotes: packed names, patterns with stars, first
//! addresses of ranges.

use super::pack;

/// Rows with what they are about behind them: where they begin, and the line that ends them.
const ROWS: [(&str, &str); 3] = [("\nglobs: {", "}"), ("\nvar pwRanges4 = [", "]"), ("\nvar pwRanges6 = [", "]")];

/// Names, patterns and addresses, of a file that may be of anybody.
pub fn of(file: &str) -> Vec<String> {
    let mut found = pack::names_in(file);
    for (begin, end) in ROWS {
        for rows in file.split(begin).skip(1) {
            let rows = rows.lines().skip(1).take_while(|line| !line.starts_with(end));
            found.extend(rows.filter_map(|line| Some(line.rsplit_once("// ")?.1.trim().to_owned())));
        }
    }
    found
}
