//! Any text is read or refused as the configuration of a cluster, with all places within it; steps that are written are
//! read as the same again, those of a line of a manifest as well.
#![no_main]

use recipe::base::Sources;
use recipe::conf::cluster::{Action, Step, quote, read, step_of_line};

fn file(steps: &[Step]) -> String {
    let steps: Vec<String> = steps.iter().map(Step::written).collect();
    let name = quote("c");
    format!(
        "name = {name}\ndirectory = \"/d\"\npid-file = \"p\"\nlog = \"/l\"\nstartsecs = 1\nstopwaitsecs = 2\n\
         start = [{}]\nstop = []\nrestart = []\n",
        steps.join(", ")
    )
}

fn again(steps: Vec<Step>) {
    let text = file(&steps);
    let mut sources = Sources::new();
    let id = sources.add("again", &text);
    let cluster = read(id, &text).expect("what was written");
    assert_eq!(cluster.start, steps);
}

libfuzzer_sys::fuzz_target!(|text: &str| {
    let mut sources = Sources::new();
    let id = sources.add("cluster.toml", text);
    match read(id, text) {
        Ok(cluster) => again([cluster.start, cluster.stop, cluster.restart].concat()),
        Err(found) => {
            for span in found.iter().filter_map(|finding| finding.span) {
                assert!(text.get(span.range()).is_some());
            }
        }
    }
    if let Ok(action) = step_of_line(text) {
        let is_text = !matches!(&action, Action::Shell(line) if line.is_empty());
        if is_text {
            again(vec![Step { action, shown: Some(text.to_owned()) }]);
        }
    }
});
