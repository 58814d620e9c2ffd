//! Secrets in command lines and in texts of variables, where nothing but the name beside them tells: `PASSWORD=x`,
//! `--password=x`, `--password x`, `scheme://user:x@host`, and what a few programs take for a password: `mysql -px`.

use std::borrow::Cow;
use std::ops::Range;

use super::secret::{self, TELLING};

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The arguments of a process.
    Command,
    /// `KEY=value,KEY="value"`.
    Environment,
}

/// The ranges of `text`, ascending, that are secrets by the names before them. What only says where a secret comes from
/// (`%(ENV_X)s`, a variable of a shell) is none.
pub fn secrets(text: &str, form: Form) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = user_information(text).filter(|range| holds(&text[range.clone()])).collect();
    let mut at = 0;
    while let Some(name) = telling_name(text, at) {
        at = name.end;
        if let Some(value) = value_of(text, &name, form).filter(|value| holds(&text[value.clone()])) {
            at = value.end.max(at);
            found.push(value);
        }
    }
    if form == Form::Command {
        found.extend(of_programs(text).filter(|range| holds(&text[range.clone()])));
    }
    found.sort_by_key(|range| range.start);
    found.dedup_by(|later, first| later.start < first.end);
    found
}

/// How a program is told a password by a short option.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    /// `-pWORD`; a word behind a bare `-p` is something else.
    Glued,
    /// `-p WORD`, or `-pWORD`.
    Next,
    /// `-u USER:WORD`.
    BehindUser,
}

/// Programs with the option of theirs that is a password. Of others `-p` is a port, a path or a process.
const PROGRAMS: &[(&[&str], &str, Told)] = &[
    (
        &[
            "mysql",
            "mysqladmin",
            "mysqlbinlog",
            "mysqlcheck",
            "mysqldump",
            "mysqlimport",
            "mysqlshow",
            "mariadb",
            "mariadb-admin",
            "mariadb-check",
            "mariadb-dump",
        ],
        "-p",
        Told::Glued,
    ),
    (&["mongo", "mongosh", "mongodump", "mongorestore", "mongoexport", "mongoimport", "mongostat"], "-p", Told::Next),
    (&["sshpass", "supervisorctl"], "-p", Told::Next),
    (&["redis-cli"], "-a", Told::Next),
    (&["ldapsearch", "ldapmodify", "ldapadd"], "-w", Told::Next),
    (&["curl"], "-u", Told::BehindUser),
    (&["curl"], "--user", Told::BehindUser),
];

/// Words behind which the name of a program comes.
const BEFORE: [&str; 18] = [
    "exec", "env", "sudo", "nice", "nohup", "timeout", "time", "setsid", "gosu", "stdbuf", "if", "then", "else",
    "while", "until", "do", "!", "command",
];

/// Words with which a command ends; behind a `=` the value of an option begins.
const ENDS: [&str; 7] = ["|", ";", "&&", "||", "&", "=", ":"];

/// What the programs of a command line take for a password.
fn of_programs(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut options: Vec<(&str, Told)> = Vec::new();
    let mut awaited: Option<Told> = None;
    let mut is_name = true;
    pieces(text).filter_map(move |range| {
        let word = &text[range.clone()];
        if let Some(told) = awaited.take() {
            return value_at(text, range, told);
        }
        is_name |= text[..range.start].ends_with(['"', '\'']);
        let may_be_name = is_name;
        is_name = ENDS.contains(&word)
            || word.ends_with(';')
            || (may_be_name && (BEFORE.contains(&word) || word.starts_with('-') || word.contains('=')))
            || (may_be_name && word.bytes().all(|b| b.is_ascii_digit()));
        if may_be_name {
            let name = word.rsplit(['/', '=', '(', '`']).next().unwrap_or(word);
            let own = PROGRAMS.iter().filter(|(names, ..)| names.contains(&name));
            options = own.map(|(_, option, told)| (*option, *told)).collect();
            is_name &= options.is_empty();
            return None;
        }
        let at = options.iter().position(|(option, _)| word.starts_with(option))?;
        let (option, told) = options[at];
        let rest = range.start + option.len()..range.end;
        if !rest.is_empty() {
            return if option.starts_with("--") { None } else { value_at(text, rest, told) };
        }
        awaited = (told != Told::Glued).then_some(told);
        // The next one is that of the program which this one runs.
        options.remove(at);
        None
    })
}

/// The password in a word.
fn value_at(text: &str, range: Range<usize>, told: Told) -> Option<Range<usize>> {
    match told {
        Told::BehindUser => text[range.clone()].find(':').map(|colon| range.start + colon + 1..range.end),
        Told::Glued | Told::Next => Some(range).filter(|range| !text[range.clone()].starts_with('-')),
    }
}

/// The ranges of what stands between blanks and quotes.
fn pieces(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'');
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find(|c| !ends(c))?;
        at = text[start..].find(ends).map_or(text.len(), |n| start + n);
        Some(start..at)
    })
}

/// Whether any of it is to be warned of: that is more than the name of a file.
pub fn is_doubtful(text: &str, form: Form) -> bool {
    secrets(text, form).into_iter().any(|range| !is_path(&text[range]))
}

/// `text`, which may have marks, with marks around its secrets.
pub fn marked(text: Cow<'_, str>, form: Form) -> Cow<'_, str> {
    secret::mark_found(text, |text| secrets(text, form))
}

/// Passwords of `scheme://user:password@host`.
pub fn user_information(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    // One letter is looked for faster than three.
    let places = text.match_indices(':').map(|(at, _)| at).filter(|at| text[*at..].starts_with("://"));
    places.filter_map(|at| {
        let authority = text[at + 3..].split(['/', '?', '#', ' ', '"', '\'']).next()?;
        let (user, _) = authority.rsplit_once('@')?;
        let colon = user.find(':')?;
        Some(at + 3 + colon + 1..at + 3 + user.len())
    })
}

/// The next name that tells.
fn telling_name(text: &str, from: usize) -> Option<Range<usize>> {
    let mut from = from;
    loop {
        let at = from + first_word(&text[from..])?;
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        let start = at - text[..at].chars().rev().take_while(|c| is_name(*c)).map(char::len_utf8).sum::<usize>();
        let end = text[at..].find(|c| !is_name(c)).map_or(text.len(), |n| at + n);
        if secret::tells(&text[start..end]) {
            return Some(start..end);
        }
        from = end;
    }
}

/// Where the first part of a name that tells is. Nearly all places are ruled out by two letters.
pub(super) fn first_word(text: &str) -> Option<usize> {
    let text = text.as_bytes();
    let starts =
        |at: usize, word: &[u8]| text.get(at..at + word.len()).is_some_and(|found| found.eq_ignore_ascii_case(word));
    let may_start = |(_, pair): &(usize, &[u8])| FIRST[usize::from(pair[0])] && SECOND[usize::from(pair[1])];
    let mut places = text.windows(2).enumerate().filter(may_start).map(|(at, _)| at);
    places.find(|at| TELLING.iter().any(|word| starts(*at, word.as_bytes())))
}

/// Which bytes are a first letter of a part of a name that tells.
const FIRST: [bool; 256] = letters(0);
/// Which are a second one.
const SECOND: [bool; 256] = letters(1);

/// Which bytes are the letter at `at` of a part of a name that tells, small or capital.
const fn letters(at: usize) -> [bool; 256] {
    let mut all = [false; 256];
    let mut word = 0;
    while word < TELLING.len() {
        let letter = TELLING[word].as_bytes()[at];
        all[letter as usize] = true;
        all[letter.to_ascii_uppercase() as usize] = true;
        word += 1;
    }
    all
}

/// The value that belongs to a name, without its quotes.
fn value_of(text: &str, name: &Range<usize>, form: Form) -> Option<Range<usize>> {
    let is_option = form == Form::Command && text[name.clone()].starts_with('-');
    let start = match text[name.end..].chars().next()? {
        '=' => name.end + 1,
        c if is_option && c.is_whitespace() => {
            let value = text[name.end..].trim_start();
            if value.starts_with('-') {
                return None;
            }
            text.len() - value.len()
        }
        _ => return None,
    };
    let is_quote = |c: &char| matches!(c, '"' | '\'');
    let inner = text[start..].chars().next().filter(is_quote);
    // `'--password=a b'`: the quotes stand around both.
    let outer = text[..name.start].chars().next_back().filter(is_quote).filter(|_| form == Form::Command);
    let (start, end) = if let Some(quote) = inner.or(outer) {
        let start = start + usize::from(inner.is_some());
        (start, text[start..].find(quote))
    } else {
        let ends = |c: char| c.is_whitespace() || is_quote(&c) || (c == ',' && form == Form::Environment);
        (start, text[start..].find(ends))
    };
    Some(start..end.map_or(text.len(), |n| start + n))
}

/// Whether a value is a secret: neither empty nor a truth value, nor one reference to what is elsewhere.
fn holds(value: &str) -> bool {
    const NONE: [&str; 8] = ["true", "false", "yes", "no", "on", "off", "none", "null"];
    let is_expansion = value.strip_prefix("%(").and_then(|v| v.strip_suffix(")s")).is_some_and(|v| !v.contains(')'));
    let is_reference = is_expansion || value.starts_with('$') || value.starts_with('`');
    !value.is_empty() && !is_reference && !NONE.iter().any(|word| value.eq_ignore_ascii_case(word))
}

/// Whether a variable of this name is set to a secret that it is worth to warn of.
pub fn is_secret(name: &str, value: &str) -> bool {
    (secret::tells(name) && holds(value) && !is_path(value))
        || user_information(value).any(|range| holds(&value[range]))
}

fn is_path(value: &str) -> bool {
    ["/", "./", "../", "~/"].iter().any(|start| value.starts_with(start))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn masked(text: &str, form: Form) -> String {
        secret::mask_ranges(text, &secrets(text, form)).replace("(secret)", "*")
    }

    #[test]
    fn arguments_are_found_by_their_names() {
        let cases = [
            ("x --password=hunter2 -v", "x --password=* -v"),
            ("x --db-Password hunter2", "x --db-Password *"),
            ("x --password='a b' c", "x --password='*' c"),
            ("x '--password=a b' c", "x '--password=*' c"),
            ("sh -c 'exec env TOKEN=a x'", "sh -c 'exec env TOKEN=* x'"),
            ("env 'TOKEN=a b' x", "env 'TOKEN=*' x"),
            ("x --dsn postgres://u:pw@h/db", "x --dsn postgres://u:*@h/db"),
            ("x --token=a --secret=b", "x --token=* --secret=*"),
            ("x --password -v", "x --password -v"),
            ("x --password=%(ENV_PW)s", "x --password=%(ENV_PW)s"),
            ("sh -c 'x --password=\"$PW\"'", "sh -c 'x --password=\"$PW\"'"),
            ("x --password-file=/run/pw --token_url https://h", "x --password-file=/run/pw --token_url https://h"),
            ("bin/passwd root", "bin/passwd root"),
            ("x --no-password", "x --no-password"),
            ("redis-server --requirepass a --port 1", "redis-server --requirepass * --port 1"),
            ("PGPASSWORD=a psql -h x", "PGPASSWORD=* psql -h x"),
            ("/usr/bin/mysql -u root -pabc db", "/usr/bin/mysql -u root -p* db"),
            ("mysql -p'abc' db -p db", "mysql -p'abc' db -p db"),
            ("mysql -p%(ENV_X)s -p$X -p", "mysql -p%(ENV_X)s -p$X -p"),
            ("mysqld -p3306; x -p 8080 -pabc", "mysqld -p3306; x -p 8080 -pabc"),
            ("sh -c 'mysqldump -pabc | gzip -p x'", "sh -c 'mysqldump -p* | gzip -p x'"),
            ("command=mongo -u a -p b", "command=mongo -u a -p *"),
            ("sshpass -p a ssh -p 22 x", "sshpass -p * ssh -p 22 x"),
            ("redis-cli -a b ping", "redis-cli -a * ping"),
            ("curl -u a:b http://x --user c", "curl -u a:* http://x --user c"),
            ("docker exec mysql -pabc", "docker exec mysql -pabc"),
            ("env -i A=1 exec mysql -pabc", "env -i A=1 exec mysql -p*"),
            ("command = mysql -pabc", "command = mysql -p*"),
            ("x --data /var/lib/mysql -pabc", "x --data /var/lib/mysql -pabc"),
            ("ps -p 1", "ps -p 1"),
        ];
        for (text, shown) in cases {
            assert_eq!(masked(text, Form::Command), shown);
        }
    }

    #[test]
    fn variables_are_found_by_their_names() {
        let cases = [
            ("A=\"1\",DB_PASSWORD=\"a, b\",Z=2", "A=\"1\",DB_PASSWORD=\"*\",Z=2"),
            ("DB_PASSWORD=a,Z=2", "DB_PASSWORD=*,Z=2"),
            ("API_KEY='', USE_TOKEN=yes", "API_KEY='', USE_TOKEN=yes"),
            ("PW=1,PWD=x,URL=\"http://u:p@h\"", "PW=1,PWD=*,URL=\"http://u:*@h\""),
            ("DB_PASSWORD=\"%(ENV_DB)s\"", "DB_PASSWORD=\"%(ENV_DB)s\""),
            ("DB_PASSWORD_FILE=\"/run/pw\"", "DB_PASSWORD_FILE=\"/run/pw\""),
        ];
        for (text, shown) in cases {
            assert_eq!(masked(text, Form::Environment), shown);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_taken(text in ".{0,10}(--password|TOKEN|http://a:)?[= ]?.{0,10}") {
            for form in [Form::Command, Form::Environment] {
                let found = secrets(&text, form);
                prop_assert!(found.is_sorted_by(|a, b| a.end <= b.start));
                prop_assert!(found.iter().all(|range| text.get(range.clone()).is_some()));
            }
        }
    }
}
