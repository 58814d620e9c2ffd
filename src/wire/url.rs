//! The parts of a URL as a control server meets them: escapes, and forms in queries and bodies.

/// `%3A` and the like decoded; what is no such escape stays, and what is no UTF-8 is replaced.
pub fn unquote(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = if *first == b'%' { after.get(..2).and_then(hex_byte) } else { None };
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &after[2..] } else { after };
    }
    String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned())
}

fn hex_byte(digits: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|d| u8::try_from(d).ok());
    Some(digit(digits[0])? * 16 + digit(digits[1])?)
}

/// `text` with every byte escaped that is neither a letter nor a digit nor one of `_.-~/`, as Python's `quote` does.
pub fn quote(text: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"_.-~/".contains(&byte) {
            out.push(byte.into());
        } else {
            let digits = [b'%', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]];
            out.extend(digits.map(char::from));
        }
    }
    out
}

/// The fields of a form, `name=value&…`, in order. Fields without a value are none, as for Python's `parse_qs`.
pub fn fields(text: &str) -> impl Iterator<Item = (String, String)> {
    text.split('&').filter_map(|field| {
        let (name, value) = field.split_once('=').filter(|(_, value)| !value.is_empty())?;
        Some((unquote(&name.replace('+', " ")), unquote(&value.replace('+', " "))))
    })
}

/// A URL without the user and password that it names, and these as written. What is shown of a URL is the first.
pub fn without_login(url: &str) -> (String, Option<(&str, &str)>) {
    let Some((scheme, rest)) = url.split_once("://") else { return (url.to_owned(), None) };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let Some((who, host)) = authority.rsplit_once('@') else { return (url.to_owned(), None) };
    (format!("{scheme}://{host}{path}"), Some(who.split_once(':').unwrap_or((who, ""))))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escapes_are_decoded() {
        assert_eq!(unquote("/logtail/g%3ap/st%64out"), "/logtail/g:p/stdout");
        assert_eq!(unquote("100%"), "100%");
        assert_eq!(unquote("%zz%4"), "%zz%4");
        assert_eq!(unquote("%ff+"), "\u{FFFD}+");
    }

    #[test]
    fn escapes_are_made_as_python_makes_them() {
        assert_eq!(quote("Process g:a started"), "Process%20g%3Aa%20started");
        assert_eq!(quote("a/b_c.d-e~f"), "a/b_c.d-e~f");
        assert_eq!(quote("é[]*"), "%C3%A9%5B%5D%2A");
    }

    #[test]
    fn forms_are_taken_apart() {
        let read = |text| fields(text).collect::<Vec<_>>();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(read("a=1&b=x+y%26&a=2"), [pair("a", "1"), pair("b", "x y&"), pair("a", "2")]);
        assert_eq!(read("a=&b&=c&&d==e"), [pair("", "c"), pair("d", "=e")]);
    }

    proptest! {
        #[test]
        fn what_is_quoted_is_unquoted(text: String) {
            prop_assert_eq!(unquote(&quote(&text)), text);
        }
    }
}
