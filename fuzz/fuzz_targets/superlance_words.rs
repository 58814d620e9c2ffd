//! Whatever words a listener of superlance's is given, its URL and its mail server are taken apart or refused, and whatever a
//! mail says, its headers stay as many as they are.
#![no_main]

use recipe::agents::mail::{Mail, Smtp};
use recipe::agents::superlance::page::Wanted;

libfuzzer_sys::fuzz_target!(|data: (&str, &str, &str)| {
    let (url, address, subject) = data;
    if let Ok(wanted) = Wanted::parse(url) {
        assert!(wanted.path.starts_with('/') && !wanted.host.is_empty());
    }
    if let Ok(server) = Smtp::new(url) {
        assert!(!server.host.is_empty());
    }
    let (to, subject) = (vec![address.to_owned()], Some(subject.to_owned()));
    let mail = Mail { from: None, to, subject, body: "body".to_owned() };
    assert_eq!(mail.text().lines().count(), 4);
});
