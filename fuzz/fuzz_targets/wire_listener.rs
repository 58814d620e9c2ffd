//! Whatever a listener says is understood piece by piece as it is in one piece, in bounded memory and time; whatever a
//! daemon says is an event or refused, and an event that is written again is the same.
#![no_main]

use recipe::wire::listener::{Awaited, Events, Word, Words, envelope};

/// What the daemon makes of the output, up to what a listener is given up for.
fn words(pieces: impl Iterator<Item = Vec<u8>>) -> Vec<Word> {
    let (mut words, mut awaited, mut found) = (Words::default(), Awaited::Ready, Vec::new());
    for piece in pieces {
        words.push(&piece);
        while let Some(word) = words.next_word(awaited) {
            awaited = if word == Word::Ready { Awaited::Result } else { Awaited::Ready };
            let end = matches!(word, Word::Junk | Word::BadResultLine(_));
            found.push(word);
            if end {
                return found;
            }
        }
    }
    found
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((size, data)) = data.split_first() else { return };
    let cut = data.chunks(usize::from(*size).max(1)).map(<[u8]>::to_vec);
    assert_eq!(words(std::iter::once(data.to_vec())), words(cut));

    let mut events = Events::default();
    events.push(data);
    loop {
        match events.next_event() {
            Ok(Some(event)) => {
                let mut again = Events::default();
                let header = &event.header;
                let is_plain = header.len == event.payload.chars().count();
                again.push(&envelope(header, &event.payload));
                assert!(!is_plain || again.next_event() == Ok(Some(event)), "what was written is read");
            }
            Ok(None) => break,
            Err(_) => {}
        }
    }
});
