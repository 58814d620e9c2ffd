use proptest::prelude::*;

use super::*;
use crate::wire::problem::Problem;

fn header(server: &str, serial: u64, payload: &str) -> Header {
    let (pool, eventname) = ("l".to_owned(), "TICK_5".to_owned());
    Header { server: server.to_owned(), serial, pool, poolserial: 10, eventname, len: payload.chars().count() }
}

/// All words of `text`, each awaited as a daemon does that answers each READY with an event.
fn words(pieces: &[&[u8]]) -> Vec<Word> {
    let (mut reader, mut awaited, mut found) = (Words::default(), Awaited::Ready, Vec::new());
    for piece in pieces {
        reader.push(piece);
        while let Some(word) = reader.next_word(awaited) {
            awaited = match word {
                Word::Ready => Awaited::Result,
                _ => Awaited::Ready,
            };
            found.push(word);
        }
    }
    found
}

fn result(line: &[u8]) -> Option<Word> {
    let mut reader = Words::default();
    reader.push(line);
    reader.next_word(Awaited::Result)
}

#[test]
fn an_event_is_written_as_the_original_writes_it() {
    assert_eq!(
        envelope(&header("supervisor", 21, "when:5"), "when:5").as_slice(),
        b"ver:3.0 server:supervisor serial:21 pool:l poolserial:10 eventname:TICK_5 len:6\nwhen:5"
    );
}

#[test]
fn len_counts_characters() {
    let payload = "aé\u{20ac}\u{1d11e}";
    let mut events = Events::default();
    events.push(&envelope(&header("s", 0, payload), payload));
    let event = events.next_event().unwrap().unwrap();
    assert_eq!((event.header.len, event.payload.as_str()), (4, payload));
}

#[test]
fn a_listener_is_understood() {
    let said = words(&[b"READY\nRESULT 2\nOKREADY\nRESULT 4\nFAIL", b"READY\nRES", b"ULT 2\nO", b"K"]);
    let (ok, fail) = (Word::Result(Verdict::Processed), Word::Result(Verdict::Rejected));
    assert_eq!(said, [Word::Ready, ok.clone(), Word::Ready, fail, Word::Ready, ok]);
}

#[test]
fn only_the_end_of_a_result_line_counts() {
    let ok = Some(Word::Result(Verdict::Processed));
    for line in [&b"RESULT 2\nOK"[..], b"nothing2\nOK", b"RESULT  +2 \r\nOK", b"RESULT 0_2\nOK"] {
        assert_eq!(result(line), ok, "{}", String::from_utf8_lossy(line));
    }
    for line in
        [&b"RESULT \n"[..], b"READY\n", b"\n", b"RESULT 2x\n", b"RESULT -1\n", b"RESULT 1__0\n", b"RESULT \xd9\xa1\n"]
    {
        assert_eq!(result(line), Some(Word::BadResultLine(line[..line.len() - 1].to_vec())));
    }
    assert_eq!(result(b"RESULT 2"), None);
}

#[test]
fn any_other_result_is_a_rejection() {
    let rejected = Some(Word::Result(Verdict::Rejected));
    for text in ["RESULT 0\n", "RESULT 1\nO", "RESULT 2\nok", "RESULT 3\nOK!", "RESULT 3\n OK"] {
        assert_eq!(result(text.as_bytes()), rejected, "{text}");
    }
    assert_eq!(result(b"RESULT 99999999999999999999999\nOK"), None);
}

#[test]
fn what_was_not_awaited_is_junk() {
    assert_eq!(words(&[b"RESULT 2\nOK"]), [Word::Junk]);
    assert_eq!(words(&[b"hi!\n"]), []);
    let mut reader = Words::default();
    assert_eq!(reader.next_word(Awaited::Silence), None);
    reader.push(b"x");
    assert_eq!(reader.next_word(Awaited::Silence), Some(Word::Junk));
    assert_eq!(reader.next_word(Awaited::Silence), None);
}

#[test]
fn a_line_without_an_end_is_not_kept_for_ever() {
    let said = result(&[b'x'; 5000]);
    assert!(matches!(said, Some(Word::BadResultLine(line)) if line.len() == 1024));
}

#[test]
fn a_header_is_read_tolerantly() {
    let line = "len:3 eventname:TICK_5 server:my own colour:red serial:x";
    let header = Header::parse(line).unwrap();
    assert_eq!((header.server.as_str(), header.serial, header.pool.as_str()), ("my", 0, ""));
    assert_eq!((header.eventname.as_str(), header.len), ("TICK_5", 3));
    assert_eq!(Header::parse("len:3"), Err(Problem::NoEventHeader("len:3".to_owned())));
    assert!(Header::parse("len:-3 eventname:TICK_5").is_err());
    let mut events = Events::default();
    events.push(b"hello\nlen:1 eventname:TICK\nx");
    assert!(events.next_event().is_err());
    assert_eq!(events.next_event().unwrap().unwrap().payload, "x");
}

/// `data` cut into pieces at most `size` long.
fn pieces(data: &[u8], size: usize) -> impl Iterator<Item = &[u8]> {
    data.chunks(size.max(1))
}

proptest! {
    #[test]
    fn events_survive_the_way(
        payloads in proptest::collection::vec("\\PC{0,20}|[\\n\u{1d11e}é]{0,5}", 0..5),
        server in "[a-z]{1,4}",
        serial: u64,
        size in 1_usize..9,
    ) {
        let sent: Vec<_> = payloads.iter().map(|payload| (header(&server, serial, payload), payload)).collect();
        let bytes: Vec<u8> = sent.iter().flat_map(|(header, payload)| envelope(header, payload)).collect();
        let mut events = Events::default();
        let mut got = Vec::new();
        for piece in pieces(&bytes, size) {
            events.push(piece);
            while let Some(event) = events.next_event().unwrap() {
                got.push(event);
            }
        }
        let got: Vec<_> = got.iter().map(|event| (event.header.clone(), &event.payload)).collect();
        prop_assert_eq!(got, sent);
    }

    #[test]
    fn answers_survive_the_way(processed: Vec<bool>, size in 1_usize..9) {
        let verdict = |ok: &bool| if *ok { Verdict::Processed } else { Verdict::Rejected };
        let bytes: Vec<u8> = processed.iter().flat_map(|ok| [READY, verdict(ok).bytes()].concat()).collect();
        let pieces: Vec<_> = pieces(&bytes, size).collect();
        let expected: Vec<_> = processed.iter().flat_map(|ok| [Word::Ready, Word::Result(verdict(ok))]).collect();
        prop_assert_eq!(words(&pieces), expected);
    }

    #[test]
    fn however_output_is_cut_it_says_the_same(data in "(READY\n|RESULT |[0-3]|\n|O|OK|x){0,12}", size in 1_usize..9) {
        let cut: Vec<_> = pieces(data.as_bytes(), size).collect();
        let (whole, cut) = (words(&[data.as_bytes()]), words(&cut));
        // Junk takes with it what has come, which depends on the pieces.
        let ends = |word: &Word| matches!(word, Word::Junk | Word::BadResultLine(_));
        let upto = |words: &[Word]| words.iter().position(ends).map_or(words.len(), |at| at + 1);
        prop_assert_eq!(&whole[..upto(&whole)], &cut[..upto(&cut)]);
    }
}
