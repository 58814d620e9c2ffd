//! Any cluster.ini is read, with places that are in it; what can be written is read as the same.
#![no_main]

use recipe::base::Sources;
use recipe::conf::monitor::{read, write};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let mut sources = Sources::new();
    let file = sources.add("cluster.ini", text);
    for finding in read(file, text).found {
        if let Some(span) = finding.span {
            assert!(text.get(span.range()).is_some());
        }
    }
    if let Ok(written) = write::value(text) {
        let conf = format!("[cluster]\nfrontend = a\n[connect]\npasswd = {written}\n[a]\ntype = TCPServer\n");
        let read = read(Sources::new().add("", conf.as_str()), &conf).monitor.expect("a configuration");
        assert_eq!(read.connect.password.map(|said| said.value).unwrap_or_default(), text);
    }
});
