//! A mail as text for a server, as Python's `MIMEText` writes it: lines that end in CRLF, headers that are folded, a body that
//! is ASCII or else in base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::agents::mail::Mail;
use crate::agents::mail::message::one_line;
use crate::base::time::Wall;
use crate::conf::address::split_name;

/// Characters of a line of a header, if it can be broken.
const LINE: usize = 78;
/// Bytes of text in one encoded word, which has at most 75 characters.
const WORD: usize = 45;
/// Bytes of a line of base64, before.
const CHUNK: usize = 57;
/// The longest line of a body that goes as it is.
const LONGEST: usize = 990;

/// What a server is sent; `id` is this mail's alone.
pub(super) fn text(mail: &Mail, sent: Wall, id: &str) -> String {
    let is_plain = mail.body.is_ascii() && mail.body.lines().all(|line| line.len() <= LONGEST);
    let (charset, encoding) = if is_plain { ("us-ascii", "7bit") } else { ("utf-8", "base64") };
    let mut out = format!(
        "Content-Type: text/plain; charset=\"{charset}\"\r\nMIME-Version: 1.0\r\nContent-Transfer-Encoding: {encoding}\r\n"
    );
    if let Some(subject) = &mail.subject {
        header(&mut out, "Subject", &words(subject));
    }
    header(&mut out, "From", &mail.from.as_deref().map(named).unwrap_or_default());
    header(&mut out, "To", &mail.to.iter().map(|to| named(to)).collect::<Vec<_>>().join(", "));
    header(&mut out, "Date", &date(sent));
    header(&mut out, "Message-ID", id);
    out.push_str("\r\n");
    if is_plain {
        out.push_str(&mail.body.lines().collect::<Vec<_>>().join("\r\n"));
    } else {
        mail.body.as_bytes().chunks(CHUNK).for_each(|chunk| out.push_str(&(STANDARD.encode(chunk) + "\r\n")));
    }
    out
}

/// An address as a header shows it.
fn named(address: &str) -> String {
    match split_name(address) {
        Some((name, bare)) if !name.is_ascii() => format!("{} <{}>", words(name.trim()), one_line(bare)),
        _ => one_line(address),
    }
}

/// Text as it may stand in a header.
fn words(text: &str) -> String {
    let text = one_line(text);
    if text.is_ascii() {
        return text;
    }
    let mut words: Vec<String> = vec![String::new()];
    for c in text.chars() {
        let is_full = words.last().is_some_and(|word| word.len() + c.len_utf8() > WORD);
        if is_full {
            words.push(String::new());
        }
        words.last_mut().expect("invariant: there is one").push(c);
    }
    words.iter().map(|word| format!("=?utf-8?b?{}?=", STANDARD.encode(word))).collect::<Vec<_>>().join(" ")
}

/// Adds a header, in lines that are broken at blanks.
fn header(out: &mut String, name: &str, value: &str) {
    out.push_str(name);
    out.push(':');
    let mut length = name.len() + 1;
    for word in value.split(' ') {
        if length + 1 + word.len() > LINE && !word.is_empty() && length > name.len() + 1 {
            out.push_str("\r\n");
            length = 0;
        }
        out.push(' ');
        out.push_str(word);
        length += 1 + word.len();
    }
    out.push_str("\r\n");
}

/// The instant, in the same words wherever it is read.
fn date(sent: Wall) -> String {
    let sent = Timestamp::from_second(sent.seconds()).unwrap_or_default().to_zoned(TimeZone::UTC);
    sent.strftime("%a, %d %b %Y %H:%M:%S -0000").to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mail(subject: &str, body: &str) -> Mail {
        Mail {
            from: Some("me@here".to_owned()),
            to: vec!["a@there".to_owned(), "B <b@there>".to_owned()],
            subject: Some(subject.to_owned()),
            body: body.to_owned(),
        }
    }

    #[test]
    fn a_server_gets_what_python_writes() {
        assert_eq!(
            text(&mail("s", "one\ntwo"), Wall(86_400_000_000_000), "<1@here>"),
            "Content-Type: text/plain; charset=\"us-ascii\"\r\nMIME-Version: 1.0\r\nContent-Transfer-Encoding: 7bit\r\n\
             Subject: s\r\nFrom: me@here\r\nTo: a@there, B <b@there>\r\nDate: Fri, 02 Jan 1970 00:00:00 -0000\r\n\
             Message-ID: <1@here>\r\n\r\none\r\ntwo"
        );
    }

    #[test]
    fn what_is_not_ascii_is_encoded() {
        let text = super::text(&mail("größer", "größer"), Wall(0), "<1@here>");
        assert!(text.contains("charset=\"utf-8\"") && text.contains("Encoding: base64\r\n"), "{text}");
        assert!(text.contains("\r\nSubject: =?utf-8?b?Z3LDtsOfZXI=?=\r\n"), "{text}");
        assert!(text.ends_with("\r\n\r\nZ3LDtsOfZXI=\r\n"), "{text}");
        assert_eq!(named("Jörg <j@x>"), "=?utf-8?b?SsO2cmc=?= <j@x>");
    }

    proptest! {
        #[test]
        fn no_text_makes_another_header(subject in "\\PC{0,200}|[a-z \r\n]{0,200}", body in "\\PC{0,80}|[\r\n.a]{0,20}") {
            let text = super::text(&mail(&subject, &body), Wall(0), "<1@here>");
            let (head, _) = text.split_once("\r\n\r\n").unwrap();
            let is_begin = |line: &&str| !line.starts_with(' ');
            prop_assert_eq!(head.split("\r\n").filter(is_begin).count(), 8);
            prop_assert!(text.is_ascii());
            prop_assert!(text.split("\r\n").all(|line| line.len() <= 998));
        }
    }
}
