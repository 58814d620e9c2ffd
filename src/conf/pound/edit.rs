//! Taking clients out of a pound.cfg, and putting them back.

use std::collections::{BTreeMap, BTreeSet};

use super::block::{Block, blocks, is_service};
use super::{Client, Place, Problem};

/// How blocks that are added are indented.
const INDENT: &str = "        ";

/// The text with each of these clients in its place. `date` goes into the marks of the blocks that change.
pub fn edit(text: &str, clients: &[(&Client, Place)], date: &str) -> Result<String, Problem> {
    let mut edited = text.to_owned();
    for (client, place) in clients {
        edited = edit_one(&edited, client, *place, date)?;
    }
    Ok(edited)
}

fn edit_one(text: &str, client: &Client, place: Place, date: &str) -> Result<String, Problem> {
    let all = blocks(text)?;
    let own: Vec<&Block> = all.iter().filter(|block| block.is_of(client)).collect();
    let mut lines: Vec<Option<String>> = text.split('\n').map(|line| Some(line.to_owned())).collect();
    if own.is_empty() {
        add(&mut lines, &all, client, place, date)?;
        return Ok(joined(lines));
    }
    let spare = spare(&own);
    for block in own {
        if spare.contains(&block.lines.start) {
            lines[block.lines.clone()].fill(None);
            continue;
        }
        let is_right = block.is_live() == (place == Place::In);
        if !is_right {
            change(&mut lines, block, client, place, date);
        }
    }
    Ok(joined(lines))
}

fn joined(lines: Vec<Option<String>>) -> String {
    lines.into_iter().flatten().collect::<Vec<_>>().join("\n")
}

/// The first lines of blocks that another one stands for: a service needs one of a client's. A block without a mark is the
/// user's, and counts more than those that a `ctl` has made; of those the first live one counts, or else the first.
fn spare(own: &[&Block]) -> BTreeSet<usize> {
    let mut services: BTreeMap<Option<usize>, Vec<&Block>> = BTreeMap::new();
    for block in own {
        services.entry(block.service).or_default().push(block);
    }
    let mut spare = BTreeSet::new();
    for blocks in services.values() {
        let made = || blocks.iter().filter(|block| block.mark.is_some());
        let has_users = blocks.iter().any(|block| block.mark.is_none());
        let kept = made().find(|block| block.is_live()).or_else(|| made().next()).filter(|_| !has_users);
        spare.extend(made().filter(|block| Some(*block) != kept).map(|block| block.lines.start));
    }
    spare
}

/// Comments a block out or in, and marks it.
fn change(lines: &mut [Option<String>], block: &Block, client: &Client, place: Place, date: &str) {
    for at in block.lines.clone().filter(|at| Some(*at) != block.mark) {
        if let Some(line) = &mut lines[at] {
            *line = if place == Place::In { uncommented(line, block.hashes) } else { commented(line) };
        }
    }
    let (at, is_new) = block.mark.map_or((block.lines.start, true), |at| (at, false));
    let Some(line) = &mut lines[at] else { return };
    let end = if line.ends_with('\r') { "\r" } else { "" };
    let indent: String = line.chars().take_while(|c| matches!(c, ' ' | '\t')).collect();
    let mark = format!("{indent}{}{end}", mark(client, date));
    *line = if is_new { format!("{line}\n{mark}") } else { mark };
}

fn mark(client: &Client, date: &str) -> String {
    format!("### {} ({date}) ###", client.name)
}

/// The line with a `#` before its first word.
fn commented(line: &str) -> String {
    let rest = line.trim_start();
    if rest.is_empty() { line.to_owned() } else { format!("{}#{rest}", &line[..line.len() - rest.len()]) }
}

/// The line without its first `hashes` `#`.
fn uncommented(line: &str, hashes: usize) -> String {
    let rest = line.trim_start();
    let indent = &line[..line.len() - rest.len()];
    let own = rest.bytes().take(hashes).take_while(|byte| *byte == b'#').count();
    format!("{indent}{}", &rest[own..])
}

/// Adds a block to the only service that there is.
fn add(lines: &mut [Option<String>], all: &[Block], client: &Client, place: Place, date: &str) -> Result<(), Problem> {
    let is_in_block = |at: usize| all.iter().any(|block| block.lines.contains(&at));
    let services: Vec<usize> =
        (0..lines.len()).filter(|at| !is_in_block(*at) && lines[*at].as_deref().is_some_and(is_service)).collect();
    let [only] = services.as_slice() else {
        let address = format!("{}:{}", client.address, client.port);
        return Err(Problem::NoPlace { name: client.name.clone(), address, services: services.len() });
    };
    // Behind its last backend, or behind its head.
    let at = all.last().map_or(*only, |block| (block.lines.end - 1).max(*only));
    let hash = if place == Place::In { "" } else { "#" };
    let Some(line) = &mut lines[at] else { return Ok(()) };
    let end = if line.ends_with('\r') { "\r" } else { "" };
    let new = [
        format!("{hash}BackEnd"),
        mark(client, date),
        format!("{hash}Address {}", client.address),
        format!("{hash}Port    {}", client.port),
        format!("{hash}End"),
    ];
    for own in new {
        line.extend(["\n", INDENT, &own, end]);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::place;
    use super::*;

    fn client(port: u16) -> Client {
        Client { name: format!("web{port}"), address: "127.0.0.1".to_owned(), port }
    }

    const BLOCK: &str =
        "Service\n  BackEnd\n    Address 127.0.0.1\n    # a word\n    Port 1\n\n    Priority 3\n  End\nEnd\n";

    #[test]
    fn a_block_goes_out_and_comes_back_as_it_was() {
        let out = edit(BLOCK, &[(&client(1), Place::Out)], "D").unwrap();
        let expected = "Service\n  #BackEnd\n  ### web1 (D) ###\n    #Address 127.0.0.1\n    ## a word\n    #Port 1\n\n    \
                        #Priority 3\n  #End\nEnd\n";
        assert_eq!(out, expected);
        assert_eq!(place(&out, &client(1)), Ok(Some(Place::Out)));
        assert_eq!(edit(&out, &[(&client(1), Place::Out)], "E").unwrap(), out);
        let back = edit(&out, &[(&client(1), Place::In)], "E").unwrap();
        assert_eq!(back.replace("  ### web1 (E) ###\n", ""), BLOCK);
    }

    #[test]
    fn a_block_without_an_end_is_told() {
        let words = |text: &str| place(text, &client(1)).unwrap_err().to_string();
        assert_eq!(words("\nBackEnd\nPort 1\nBackEnd\nEnd\n"), "line 2: `BackEnd` has no `End`");
        assert_eq!(words("BackEnd"), "line 1: `BackEnd` has no `End`");
        // In a comment it is none.
        assert_eq!(place("# BackEnd\n# a word\nEnd\n#BackEnd", &client(1)), Ok(None));
    }

    #[test]
    fn where_a_client_belongs_must_be_known() {
        let words = |text: &str| edit(text, &[(&client(1), Place::In)], "D").unwrap_err().to_string();
        assert!(words("ListenHTTP\nEnd\n").ends_with("and there is no `Service` to add one to"));
        assert!(words("Service\nEnd\nService\nEnd\n").contains("which of 2 `Service`s it belongs to"));
    }

    proptest! {
        #[test]
        fn any_text_is_edited_so_that_the_client_is_where_it_shall_be(
            text in "((  |#|##)?(BackEnd|Service|End|Address 127.0.0.1|Port 1|### web1 \\(D\\) ###|x|)(\n|\r\n)){0,14}",
            is_in: bool,
        ) {
            let wanted = if is_in { Place::In } else { Place::Out };
            if let Ok(edited) = edit(&text, &[(&client(1), wanted)], "D") {
                prop_assert_eq!(place(&edited, &client(1)), Ok(Some(wanted)), "{}", edited);
                prop_assert_eq!(edit(&edited, &[(&client(1), wanted)], "E").unwrap(), edited);
            }
        }

        #[test]
        fn a_round_trip_changes_nothing_but_the_mark(indent in "[ \t]{0,4}", extra in "[A-DF-Za-z#]{0,9}( [a-zE]{0,5})?", n in 0..3_usize) {
            let others = "BackEnd\nAddress 10.0.0.1\nPort 9\nEnd\n".repeat(n);
            let text = format!(
                "Service\n{others}{indent}BackEnd\n{indent} Address 127.0.0.1\n{indent} {extra}\n{indent} Port 1\n{indent}End\nEnd"
            );
            if place(&text, &client(1)) == Ok(Some(Place::In)) {
                let out = edit(&text, &[(&client(1), Place::Out)], "D").unwrap();
                let back = edit(&out, &[(&client(1), Place::In)], "D").unwrap();
                prop_assert_eq!(back.replacen(&format!("{indent}### web1 (D) ###\n"), "", 1), text);
            }
        }
    }
}
