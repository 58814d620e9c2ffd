//! Mail addresses, as a configuration names them.

/// An address as a server is told it, without the name beside it: `NAME <ADDRESS>`. None if it is none that could be said.
pub fn bare(address: &str) -> Option<&str> {
    let bare = split_name(address).map_or(address, |(_, bare)| bare).trim();
    let is_fit = |c: char| c.is_ascii_graphic() && !['<', '>', ','].contains(&c);
    (!bare.is_empty() && bare.chars().all(is_fit)).then_some(bare)
}

/// `NAME <ADDRESS>`, taken apart.
pub fn split_name(address: &str) -> Option<(&str, &str)> {
    address.trim().strip_suffix('>')?.rsplit_once('<')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_said_without_names_and_without_tricks() {
        assert_eq!(bare("B <b@there>"), Some("b@there"));
        assert_eq!(bare(" root "), Some("root"));
        for bad in ["", "<>", "a b@x", "a@x>\r\nDATA", "jörg@x", "A <b@x> c", "a@x,b@x"] {
            assert_eq!(bare(bad), None, "{bad}");
        }
    }
}
