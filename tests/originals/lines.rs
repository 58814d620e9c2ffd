//! Output without what differs from run to run: pids, times and folders.

use std::path::Path;

/// `text` with marks for them.
pub fn plain(text: &str, folder: &Path) -> String {
    let text = text.replace(&*folder.to_string_lossy(), "[DIR]");
    text.split_inclusive('\n').map(line).collect()
}

fn line(line: &str) -> String {
    let end = if line.ends_with('\n') { "\n" } else { "" };
    let text = line.trim_end_matches('\n');
    if text.parse::<u32>().is_ok_and(|pid| pid > 0) {
        return format!("[PID]{end}");
    }
    let pid = text.split_once("   pid ").filter(|(_, after)| after.starts_with(|c: char| c.is_ascii_digit()));
    if let Some((before, after)) = pid {
        let uptime = after.split_once(", uptime ").map_or("", |_| ", uptime [TIME]");
        return format!("{before}   pid [PID]{uptime}{end}");
    }
    // Nov 21 01:03 AM
    if text.ends_with(" AM") || text.ends_with(" PM") {
        return format!("{}[DATE]{end}", &text[..text.len().saturating_sub(15)]);
    }
    // The place of an unforeseen error in the program.
    if let Some((before, _)) = text.split_once(": file: ").filter(|_| text.starts_with("error: ")) {
        return format!("{before}{end}");
    }
    line.to_owned()
}
