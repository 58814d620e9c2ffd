//! The example of collective.recipe.supervisor's manual: as printed there, and the same in a native manifest.

use std::fs;
use std::path::Path;
use std::process::Command;

use libtest_mimic::Trial;
use recipe::base::Sources;
use recipe::conf::expand::Environ;
use recipe::conf::include::Context;
use recipe::conf::model::Config;
use recipe::conf::read;
use recipe::sources::host::Host;

use crate::harness::scratch::Scratch;
use crate::harness::{Outcome, project, recipe, session};

/// Both.
pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("readme::the_manuals_example_comes_out_as_printed", as_printed),
        Trial::test("readme::the_native_twin_means_the_same", twin),
    ]
}

fn built(manifest: &str) -> (Scratch, String) {
    let scratch = Scratch::copy_of(&project().join("fixtures/readme"));
    let output = Command::new(recipe()).args(["build", "-c", manifest]).current_dir(scratch.path()).output();
    let output = output.expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let conf = fs::read_to_string(scratch.path().join("parts/supervisor/supervisord.conf")).expect("built");
    (scratch, conf)
}

/// White space aside, as the manual's own test compares.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn as_printed() -> Outcome {
    let (scratch, conf) = built("buildout.cfg");
    let printed = fs::read_to_string(project().join("fixtures/readme/printed.conf"))?;
    let conf = conf.replace(&*scratch.path().to_string_lossy(), "/sample-buildout");
    if words(&conf) == words(&printed) { Ok(()) } else { Err(session::difference(&printed, &conf).into()) }
}

/// What a daemon would run, with the folder of the test called the same.
fn meaning(folder: &Path, conf: &str) -> Config {
    let conf = conf.replace(&*folder.to_string_lossy(), "/sample-buildout");
    let environ: Environ = std::iter::empty::<(String, String)>().collect();
    let context = Context { files: &Host, environ: &environ, host_node_name: "host", directory: "/", tempdir: "/tmp" };
    let reading = read::read(&mut Sources::new(), "/sample-buildout/supervisord.conf", conf, &context);
    assert!(reading.errors.is_empty(), "{:?}", reading.errors);
    reading.config
}

fn twin() -> Outcome {
    let (cfg, cfg_conf) = built("buildout.cfg");
    let (native, native_conf) = built("recipe.toml");
    let (cfg, native) = (meaning(&cfg.path(), &cfg_conf), meaning(&native.path(), &native_conf));
    if cfg == native {
        return Ok(());
    }
    Err(session::difference(&format!("{cfg:#?}"), &format!("{native:#?}")).into())
}
