use super::{cfg, names, part, value};
use crate::base::{Diagnostics, Sources, secret};
use crate::compile::document::Node;

/// A buildout whose one part `p` has these options.
fn option(text: &str) -> String {
    let project = cfg(&format!("[buildout]\nparts = p\n[p]\nrecipe = x\n{text}")).project();
    value(&project, "p", "v")
}

#[test]
fn references_are_replaced_as_text() {
    assert_eq!(option("v = ${a:x}-${:y}\ny = 2\n[a]\nx = 1\n"), r#""1-2""#);
    assert_eq!(option("v = ${a:_buildout_section_name_}\n[a]\nx = 1\n"), r#""p""#);
    assert_eq!(option("v = $${a:x} $$$${:z} $$${:y} $x {y}\ny = 2\n"), r#""$${a:x} $$$${:z} $$2 $x {y}""#);
    assert_eq!(option("v = $<a:x> $<env\n[a]\nx = 1\n"), r#""1 $<env""#);
    assert_eq!(option("v = ${buildout:bin-directory}\n"), r#""/srv/shop/bin""#);
    assert_eq!(option("v = ${:location} ${buildout:eggs-directory}\n"), r#""/srv/shop/parts/p /srv/shop/eggs/v5""#);
    assert_eq!(option("v = ${a:x}\n[a]\nx = ${a:y}\ny = $${a:x}\n"), r#""$${a:x}""#);
}

#[test]
fn native_references_can_be_turned_off() {
    let text = "[buildout]\nparts = p\nrecipe-references = false\n[p]\nrecipe = x\nv = $<a:x> $$<a:x>\n";
    assert_eq!(value(&cfg(text).project(), "p", "v"), r#""$<a:x> $$<a:x>""#);
    let wrong = text.replace("false", "no");
    assert_eq!(cfg(&wrong).messages()[0], "buildout.cfg:3:21 `recipe-references` is `true` or `false`, not `no`");
}

#[test]
fn lines_are_added_and_taken_away() {
    let base = "[buildout]\nparts = p\n[p]\nrecipe = x\nv = 1\n    2\nw = 5\n";
    let merged = |text: &str| {
        let main = format!("[buildout]\nextends = base.cfg\n{text}");
        let project = cfg(&main).with("base.cfg", base).project();
        (value(&project, "p", "v"), value(&project, "p", "u"))
    };
    assert_eq!(merged("[p]\nv += 3\nu += 1\n"), (r#""1\n2\n3""#.into(), r#""\n1""#.into()));
    assert_eq!(merged("[p]\nv -= 1\nu -= 1\n"), (r#""2""#.into(), r#""""#.into()));
    assert_eq!(merged("[p]\nv = 7\nv += 8\nv -= 7\n"), (r#""8""#.into(), "(none)".into()));
    assert_eq!(merged("[buildout]\nparts += \n"), (r#""1\n2""#.into(), "(none)".into()));
    assert_eq!(option("v += 1\n"), r#""1""#);
    assert_eq!(option("v -= 1\n"), r#""""#);
}

#[test]
fn macros_take_in_options() {
    let text = "[buildout]\nparts = leaf\n[base]\nrecipe = x\nv = 1\n  2\nme = ${:_buildout_section_name_}\n[mid]\n<= base\nv += 3\n[leaf]\n<= mid\nv -= 1\n";
    let project = cfg(text).project();
    assert_eq!(value(&project, "leaf", "v"), r#""2\n3""#);
    assert_eq!(value(&project, "leaf", "me"), r#""leaf""#);
    assert_eq!(value(&project, "leaf", "<"), "(none)");
    let loops = "[buildout]\nparts = a\n[a]\n<= b\n[b]\n<= a\n  basf\n[base]\n";
    assert_eq!(
        cfg(loops).messages(),
        [
            "buildout.cfg:6:4 section `a` takes in itself [buildout.cfg:4:4 named by `a`] [buildout.cfg:6:4 named by `b`]",
            "buildout.cfg:7:3 no section named `basf` (did you mean `base`?) (`<=` takes one section per line)",
        ]
    );
}

#[test]
fn parts_come_after_what_they_refer_to() {
    let text = "[buildout]\nparts = a d\n[a]\nrecipe = x\nz = ${b:x}\ny = ${c:x}\n=> e\n[b]\nrecipe = x\nx = ${data:x}\n[c]\nrecipe = x\nx = 1\n[d]\nrecipe = x\nx = ${a:z}\n[e]\nrecipe = x\n[data]\nx = 1\n[idle]\nrecipe = x\nbad = ${no:thing}\n";
    let project = cfg(text).project();
    assert_eq!(names(&project), ["c", "b", "e", "a", "d"]);
    assert_eq!(part(&project, "a").kind.name, "foreign");
    assert_eq!(value(&project, "a", "<part-dependencies>"), "(none)");
    let idle: Vec<_> = project.unused.iter().map(|u| (u.name.as_str(), u.recipe.as_deref())).collect();
    assert_eq!(idle, [("idle", Some("x"))]);
}

#[test]
fn all_that_dangles_is_told_at_once() {
    let text = "[buildout]\nparts = a zopf\n[a]\nrecipe = collective.recipe.supervisor\nx = ${zop:x} ${zope:prot}\n  ${foo} ${a:b:c} ${:me}\nme = ${:me}\n[zope]\nport = 1\n";
    assert_eq!(
        cfg(text).messages(),
        [
            "buildout.cfg:2:11 part `zopf` is listed, but there is no section `[zopf]` (did you mean `zope`?)",
            "buildout.cfg:5:5 there is no section `zop` (did you mean `zope`?)",
            "buildout.cfg:5:14 `zope` has no `prot` (did you mean `port`?)",
            "buildout.cfg:6:3 the reference `${foo}` doesn't contain a colon (a reference is `${section:option}`; `$${` is no reference)",
            "buildout.cfg:6:10 the reference `${a:b:c}` has too many colons (a reference is `${section:option}`; `$${` is no reference)",
            "buildout.cfg:7:6 `a:me` refers to itself",
        ]
    );
}

#[test]
fn a_fragment_lists_no_parts_and_is_checked_all_the_same() {
    let text =
        "[buildout]\n[s]\nrecipe = collective.recipe.supervisor\nport = ${ports:main}\n[x]\nrecipe = x\nv = ${no:v}\n";
    assert_eq!(cfg(text).messages(), ["buildout.cfg:4:8 there is no section `ports`"]);
    let project = cfg(&text.replace("${ports:main}", "9001")).project();
    assert!(project.is_fragment);
    assert_eq!(names(&project), ["s"]);
    assert!(!cfg("[buildout]\nparts =\n").project().is_fragment);
}

#[test]
fn circles_are_shown_with_every_step() {
    let text =
        "[buildout]\nparts = a\n[a]\nrecipe = x\nv = 1 ${b:v}\n[b]\nv = 2 ${c:v}\n[c]\nv = 3 ${a:v}\nw = ${a:recipe}\n";
    assert_eq!(
        cfg(text).messages(),
        [
            "buildout.cfg:9:7 references go in a circle: a:v → b:v → c:v → a:v [buildout.cfg:5:7 `a:v` needs this] [buildout.cfg:7:7 `b:v` needs this]"
        ]
    );
}

#[test]
fn faults_of_parts_that_are_not_built_here_are_only_told() {
    let text = "[buildout]\nparts = zlib s other\n[zlib]\nrecipe = hexagonit.recipe.cmmi\n[other]\nrecipe = y\nu = ${no:where} ${foo}\nv = ${zlib:prefix}\n[s]\nrecipe = collective.recipe.supervisor\nv = V\n";
    let told = [
        "buildout.cfg:7:5 warning: there is no section `no`",
        "buildout.cfg:7:17 warning: the reference `${foo}` doesn't contain a colon (a reference is `${section:option}`; `$${` is no reference)",
        "buildout.cfg:8:5 info: `zlib` has no `prefix` (`hexagonit.recipe.cmmi` may set it when it runs, which it does not here: write `prefix = …` into `[zlib]`)",
    ];
    assert_eq!(cfg(text).messages(), told);
    let needed =
        ["warning: ", "info: "].iter().fold(told.map(str::to_owned), |all, word| all.map(|m| m.replace(word, "")));
    assert_eq!(cfg(&text.replace("v = V", "v = ${other:recipe}")).messages(), needed);
}

#[test]
fn passwords_keep_their_mark_through_references() {
    let text = "[buildout]\nparts = w\n[s]\nrecipe = collective.recipe.supervisor\npassword = pw-${:user}\nuser = u\n[w]\nrecipe = x\nv = a ${s:password} b\n";
    let project = cfg(text).project();
    let Some(Node::Scalar(v)) = part(&project, "w").table.get("v") else { panic!() };
    assert_eq!(secret::masked(&v.text), "a (secret) b");
    assert_eq!(secret::reveal(&v.text), "a pw-u b");
    let history = project.history.unwrap();
    assert!(history.steps("s", "password").iter().all(|step| secret::is_marked(&step.value)));
}

#[test]
fn every_line_points_at_where_it_is_written() {
    let text = "[buildout]\nparts = p\n[p]\nrecipe = x\nv =\n  one\n  ${q:lines}\n  a ${q:one}\n[q]\none = 1\nlines =\n  two\n  three\n";
    let outcome = cfg(text).run();
    let project = outcome.project.unwrap();
    let Some(Node::Scalar(v)) = part(&project, "p").table.get("v") else { panic!() };
    let lines: Vec<_> = v.text.split('\n').zip(&v.lines).map(|(l, s)| (l, outcome.sources.position(*s).line)).collect();
    assert_eq!(lines, [("one", 6), ("two", 12), ("three", 13), ("a 1", 8)]);
}

#[test]
fn the_last_word_of_the_command_line_wins() {
    let text = "[buildout]\nparts = p\n[p]\nrecipe = x\nv = 1\n";
    let with = |words: &[&str]| value(&cfg(text).and(words).project(), "p", "v");
    assert_eq!(with(&["p:v=3", "p:v=2"]), r#""2""#);
    assert_eq!(with(&["p:v+=2", "p:v-=1"]), r#""2""#);
    assert_eq!(with(&["p:v = ${q:x}", "q:x=new"]), r#""new""#);
    assert_eq!(with(&["bin-directory=/b", "p:v=${buildout:bin-directory}"]), r#""/b""#);
    let wrong = cfg(text).and(&["nothing", "a:b:c=1", ":x=1", "a:=1"]).messages();
    assert_eq!(wrong.len(), 4);
    assert_eq!(wrong[1], "command line:2:1 this is not of the form `section:key=value`");
}

#[test]
fn folders_are_relative_to_what_buildout_says() {
    let text = "[buildout]\nparts = p\nextends = sub/base.cfg\nbin-directory = ${a:x}/scripts\n[p]\nrecipe = x\nv = ${buildout:bin-directory} ${buildout:download-cache} ${buildout:eggs-directory} ${buildout:installed}\n[a]\nx = sub\n";
    let case = cfg(text)
        .with(
            "sub/base.cfg",
            "[buildout]\nparts-directory = deep/parts\ndownload-cache = dl\neggs-directory = ~/eggs\n",
        )
        .with("$HOME", "/home/me");
    let project = case.project();
    assert_eq!(
        value(&project, "p", "v"),
        r#""/srv/shop/sub/scripts /srv/shop/sub/dl /home/me/eggs/v5 /srv/shop/.installed.cfg""#
    );
    assert_eq!(project.parts_directory, "/srv/shop/deep/parts");
    assert_eq!((project.name.as_str(), project.directory.as_str()), ("shop", "/srv/shop"));
}

#[test]
fn the_history_is_what_annotate_shows() {
    let case = cfg("[buildout]\nextends = base.cfg\nparts += b\nlog-level = DEBUG\n")
        .with("base.cfg", "[buildout]\nparts = a\n");
    let case = case.and(&["parts-=a"]);
    let (mut sources, mut found) = (Sources::new(), Diagnostics::new());
    let merged = case.merged(&mut sources, &mut found).unwrap();
    let shown = |key: &str| -> Vec<String> {
        let steps = merged.history().unwrap().steps("buildout", key);
        steps.iter().map(|s| format!("{} {} {}", s.operation.name(), s.value, s.source(&sources))).collect()
    };
    assert_eq!(shown("parts"), ["SET a base.cfg", "ADD b buildout.cfg", "REMOVE a COMMAND_LINE_VALUE"]);
    assert_eq!(shown("log-level"), ["SET INFO DEFAULT_VALUE", "OVERRIDE DEBUG buildout.cfg"]);
    assert_eq!(shown("eggs-directory"), ["SET eggs DEFAULT_VALUE", "DIRECTORY /srv/shop/eggs DEFAULT_VALUE"]);
    assert_eq!(shown("directory"), ["SET /srv/shop COMPUTED_VALUE"]);
}

#[test]
fn booleans_are_those_of_zc_buildout() {
    let messages = |lines: &str| cfg(&format!("[buildout]\nparts =\n{lines}[x]\ny = maybe\n")).messages();
    for name in ["offline", "newest", "prefer-final", "abi-tag-eggs", "install-from-cache", "allow-unknown-extras"] {
        let expected = format!("buildout.cfg:3:{} `{name}` is `true` or `false`, not `True`", name.len() + 4);
        assert_eq!(messages(&format!("{name} = True\n")), [expected]);
        assert_eq!(messages(&format!("{name} = true\n")), Vec::<String>::new());
    }
    let unlooked = "offline = true\nnewest = maybe\nunzip = maybe\nlog-level = maybe\n";
    assert_eq!(messages(unlooked), Vec::<String>::new());
    let referred = "prefer-final = ${x:y}\nuse-dependency-links = ${x:z}\nshow-picked-versions =\n";
    let found = messages(referred);
    assert!(found[0].contains("`prefer-final` is `true` or `false`, not `maybe`"), "{found:?}");
    assert!(found[1].contains("`z`"), "{found:?}");
    assert!(found[2].contains("`show-picked-versions` is `true` or `false`, not empty"), "{found:?}");
    assert_eq!(found.len(), 3);
}

#[test]
fn program_sections_are_collected_and_multiplied() {
    let text = "[buildout]\nparts = s\n[programs]\nrecipe = collective.recipe.supervisorprograms\n=> many\n[many]\nrecipe = collective.recipe.supervisorprograms:multiplier\nprogram-section = web-program\ncount = 2\n[web-program]\npriority = 10\ncommand = /bin/web\n[s]\nrecipe = collective.recipe.supervisor\nprograms = ${programs:programs}\n";
    let project = cfg(text).project();
    assert_eq!(names(&project), ["many", "programs", "s"]);
    assert_eq!(value(&project, "s", "programs"), r#""10 web /bin/web\n10 web-1 /bin/web-1\n10 web-2 /bin/web-2""#);
    assert_eq!(project.collected.len(), 3);
}

#[test]
fn supervisors_of_one_port_are_told() {
    let two = |a: &str, b: &str, more: &str| {
        let part = |name: &str, lines: &str| format!("[{name}]\nrecipe = collective.recipe.supervisor\n{lines}\n");
        let text = ["[buildout]\nparts = a b\n", &part("a", a), &part("b", b), more].concat();
        let messages = cfg(&text).messages();
        messages.into_iter().filter(|message| message.contains("listen")).collect::<Vec<_>>()
    };
    assert_eq!(
        two("port = 9001", "port = *:9001", ""),
        ["buildout.cfg:8:8 warning: `b:port` and `a:port` listen on the same port 9001 [buildout.cfg:5:8 `a:port`]"]
    );
    let strange = cfg("[buildout]\nparts = a\n[a]\nrecipe = collective.recipe.supervisor\nport = a b:80\n").messages();
    assert!(strange[0].starts_with("buildout.cfg:5:8 warning: port `port` is `a b:80`, but"), "{strange:?}");
    assert_eq!(two("", "", "").len(), 1);
    assert_eq!(two("", "port = localhost:9001", "").len(), 1);
    assert_eq!(two("port = ${ports:http}", "port = ${ports:http}", "[ports]\nhttp = 80\n").len(), 1);
    assert_eq!(two("port = 9001", "port = ${a:port}", "").len(), 1);
    assert_eq!(two("port = 127.0.0.1:9001", "port = 127.0.0.2:9001", "").len(), 0);
    assert_eq!(two("", "http-socket = unix\nfile = /s", "").len(), 0);
    assert_eq!(two("", "sections = services", "").len(), 0);
    assert_eq!(two("", "sections = global http", "").len(), 0);
}
