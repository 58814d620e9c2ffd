//! Whatever a client asks is understood piece by piece as it is in one piece; whatever a manager answers is read, and a
//! status that is written is read as the same.
#![no_main]

use recipe::wire::zdaemon::{Request, Seen, Status};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((size, data)) = data.split_first() else { return };
    // The limit is looked at after each piece, so that it is met at different lengths.
    if data.len() < 10_000 {
        let asked = |pieces: &mut dyn Iterator<Item = &[u8]>| {
            let mut request = Request::default();
            pieces.chain([&[][..]]).find_map(|piece| request.push(piece))
        };
        let whole = asked(&mut data.chunks(data.len().max(1)));
        assert_eq!(whole, asked(&mut data.chunks(usize::from(*size).max(1))));
        if let Some(Ok(command)) = whole {
            let mut again = Request::default();
            assert_eq!(again.push(command.line().as_bytes()), Some(Ok(command)));
        }
    }
    let text = String::from_utf8_lossy(data);
    if let Some(seen) = Seen::parse(&text) {
        let args = seen.args.unwrap_or_default();
        let status = Status { application: seen.pid, args, filename: text.into_owned(), ..Status::default() };
        let again = Seen::parse(&status.text()).expect("a status is read");
        assert_eq!((again.pid, again.args), (status.application, Some(status.args)));
    }
});
