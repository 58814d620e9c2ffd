//! Command lines by the rules of Python's `optparse`: options and other words in any order, long names may be cut as long as
//! they stay unique, short ones may be run together; the words of the errors are Python's.

/// One option of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Opt<K> {
    pub(super) key: K,
    /// `-x`.
    pub(super) short: Option<char>,
    /// `--name`.
    pub(super) long: &'static str,
    /// Whether a value follows.
    pub(super) takes_value: bool,
    /// Whether the long name may be cut.
    pub(super) may_be_cut: bool,
}

/// Takes a command line, without the program's name, apart, and hands over one option after the other: its name as it is
/// meant, and its value. An error is what is said about it; so it is with what `take` returns.
pub(super) fn parse<K: Copy, E: From<String>>(
    table: &[Opt<K>],
    args: Vec<String>,
    mut take: impl FnMut(K, &str, String) -> Result<(), E>,
) -> Result<(), E> {
    let mut words = args.into_iter();
    while let Some(word) = words.next() {
        if word == "--" {
            return Ok(());
        }
        if let Some(long) = word.strip_prefix("--") {
            let (name, value) =
                long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value.to_owned())));
            let option = find_long(table, name)?;
            let name = format!("--{}", option.long);
            let value = value_of(option, &name, value, &mut words)?;
            take(option.key, &name, value)?;
        } else if word.starts_with('-') && word.len() > 1 {
            for (at, letter) in word.char_indices().skip(1) {
                let name = format!("-{letter}");
                let option = table.iter().find(|option| option.short == Some(letter));
                let option = option.ok_or_else(|| format!("no such option: {name}"))?;
                let rest = &word[at + letter.len_utf8()..];
                let rest = (option.takes_value && !rest.is_empty()).then(|| rest.to_owned());
                let value = value_of(option, &name, rest, &mut words)?;
                take(option.key, &name, value)?;
                if option.takes_value {
                    break;
                }
            }
        }
    }
    Ok(())
}

fn value_of<K>(
    option: &Opt<K>,
    name: &str,
    given: Option<String>,
    words: &mut impl Iterator<Item = String>,
) -> Result<String, String> {
    match (option.takes_value, given) {
        (true, Some(value)) => Ok(value),
        (true, None) => words.next().ok_or_else(|| format!("{name} option requires 1 argument")),
        (false, Some(_)) => Err(format!("{name} option does not take a value")),
        (false, None) => Ok(String::new()),
    }
}

fn find_long<'t, K>(table: &'t [Opt<K>], name: &str) -> Result<&'t Opt<K>, String> {
    if let Some(exact) = table.iter().find(|option| option.long == name) {
        return Ok(exact);
    }
    let mut possible: Vec<_> =
        table.iter().filter(|option| option.may_be_cut && option.long.starts_with(name)).collect();
    possible.sort_by_key(|option| option.long);
    match possible[..] {
        [] => Err(format!("no such option: --{name}")),
        [one] => Ok(one),
        _ => {
            let names: Vec<_> = possible.iter().map(|option| format!("--{}", option.long)).collect();
            Err(format!("ambiguous option: --{name} ({}?)", names.join(", ")))
        }
    }
}
