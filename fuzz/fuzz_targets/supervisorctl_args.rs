//! Any command line of supervisorctl is understood or refused, and one that is written again from what was understood
//! means the same; so does any line of its shell.
#![no_main]

use recipe::cli::supervisorctl::{Args, parse};
use recipe::client::supervisorctl::split_line;

/// The command line that says `args`, each option by its short name or its long one.
fn written(args: &Args, short: bool) -> Vec<String> {
    let options = [
        (["-c", "--configuration"], &args.configuration),
        (["-s", "--serverurl"], &args.serverurl),
        (["-u", "--username"], &args.username),
        (["-p", "--password"], &args.password),
        (["-r", "--history_file"], &args.history_file),
    ];
    let mut words = Vec::new();
    for ([letter, name], value) in options {
        match value {
            Some(value) if short => words.extend([letter.to_owned(), value.clone()]),
            Some(value) => words.push(format!("{name}={value}")),
            None => {}
        }
    }
    words.extend(args.interactive.then(|| "-i".to_owned()));
    words.push("--".to_owned());
    words.extend(args.action.iter().cloned());
    words
}

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(args) = parse(text.split('\n').map(str::to_owned).collect()) {
        for short in [true, false] {
            assert_eq!(parse(written(&args, short)).as_ref(), Ok(&args), "what was written is understood");
        }
    }
    let line = text.trim();
    let (name, rest) = split_line(line);
    assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && rest.trim() == rest);
    assert_eq!(split_line(format!("{name} {rest}").trim()), (name, rest));
});
