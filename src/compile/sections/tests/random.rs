//! No manifest, however odd, is a danger.

use proptest::prelude::*;

use super::{case, cfg, toml};

/// Lines that mean something to sections, in any order.
fn lines(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(words), 0..40).prop_map(|lines| lines.join("\n"))
}

const CFG: &[&str] = &[
    "[buildout]",
    "[a]",
    "[b]",
    "[c-program]",
    "parts = a b",
    "parts += c",
    "extends = x.cfg",
    "extends = buildout.cfg x.cfg",
    "recipe = x",
    "recipe = collective.recipe.supervisor",
    "recipe = collective.recipe.supervisorprograms",
    "recipe = collective.recipe.supervisorprograms:multiplier",
    "program-section = c-program",
    "count = 2",
    "recipe = ${b:x}",
    "<= a",
    "<= b\n  a",
    "=> a b",
    "x = ${a:x}",
    "x += ${b:y}",
    "x -= 1",
    "y = 1\n  ${:x}\n  2",
    "y = $$${a:x}",
    "y = $<a:x>",
    "password = ${a:y}",
    "directory = ${a:x}",
    "bin-directory = ${b:y}",
    "versions = a",
    "eggs-directory = ~/x",
    "x = ${env:X}",
    "x = ${a",
    "x = ${a:b:c}",
    "y = ${a:location}",
];

const TOML: &[&str] = &[
    "[project]",
    "[parts.a]",
    "[parts.b]",
    "[data]",
    "[parts.a.program.x]",
    "[env]",
    "extends = ['x.toml']",
    "extends = 5",
    "recipe = 'program'",
    "recipe = '$<b:x>'",
    "inherit = 'a'",
    "inherit = ['b', 'data']",
    "append.l = [1]",
    "remove.l = ['$<a:x>']",
    "l = [1, '$<b:l>']",
    "x = '$<a:x>'",
    "y = '$<b:t.x> $<:l>'",
    "t = { x = '$<data:t>', y = '$<:t>' }",
    "z = '$<data:t.y.x>'",
    "ports = { m = '$<a:ports.m>' }",
    "ports = { m = 80 }",
    "credentials = { password = { env = '$<b:x>' } }",
    "credentials = { password = '$<a:credentials.password>' }",
    "credentials = '$<b:credentials>'",
    "directory = '$<a:x>'",
    "append = 5",
    "x = '$<env:X>'",
    "x = '$<:location> $$<'",
    "parts-directory = '$<a:location>'",
];

const WORDS: &[&str] = &[
    "a:x=1",
    "x=1",
    "a:l+=1",
    "a:l=[1, 2]",
    "a:t.x.y=5",
    "project:directory=x",
    "extends=x.cfg",
    "a:append.l=1",
    "parts:a=1",
    "a:x",
    "env:x=1",
    "a:credentials.password=x",
    "a:recipe=program",
    ":=",
    "a:t={x = 1}",
    "é:é=é",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn cfg_files(main in lines(CFG), other in lines(CFG), words in prop::collection::vec(prop::sample::select(WORDS), 0..3)) {
        let main = format!("[buildout]\n{main}");
        cfg(&main).with("x.cfg", &format!("[b]\n{other}")).and(&words).messages();
    }

    #[test]
    fn toml_files(main in lines(TOML), other in lines(TOML), words in prop::collection::vec(prop::sample::select(WORDS), 0..3)) {
        toml(&main).with("x.toml", &other).with("$X", "$<a:x>").and(&words).messages();
    }

    #[test]
    fn any_text(text in r"([\[\]<>$={}:a-c\n .'-]|\PC)*") {
        for name in ["buildout.cfg", "recipe.toml", "recipe.yaml"] {
            case(name, &text).with("a", "").messages();
        }
    }
}
