//! Any pound.cfg and any nginx configuration can be edited; a client is then where it shall be, and stays there.
#![no_main]

use recipe::conf::pound::{Client, Place, edit, place};
use recipe::conf::upstream;

libfuzzer_sys::fuzz_target!(|input: (&str, bool)| {
    let (text, is_in) = input;
    let client = Client { name: "web".to_owned(), address: "a".to_owned(), port: 1 };
    let wanted = if is_in { Place::In } else { Place::Out };
    if let Ok(edited) = edit(text, &[(&client, wanted)], "date") {
        assert_eq!(place(&edited, &client), Ok(Some(wanted)));
        assert_eq!(edit(&edited, &[(&client, wanted)], "later").as_deref(), Ok(edited.as_str()));
    }
    if let Ok(edited) = upstream::set(text, "w", "a", 1, is_in) {
        assert_eq!(upstream::set(&edited, "w", "a", 1, is_in), Ok(edited));
    }
});
