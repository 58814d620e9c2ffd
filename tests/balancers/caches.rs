//! Caches that keep a page until they are made to forget it.

use std::process::Command;

use libtest_mimic::{Failed, Trial};

use super::haproxy::{self, good, is};
use super::stack::{Front, Ports, Stack};
use super::{program, trial};
use crate::harness::Outcome;
use crate::harness::load::{Load, page};

/// All of them.
pub fn trials() -> Vec<Trial> {
    vec![
        trial("varnish_forgets", program("varnishd").is_some(), || forgets(varnish)),
        trial("squid_forgets", program("squid").is_some(), || forgets(squid)),
        trial("varnish_forgets_in_a_roll", program("varnishd").and(program("haproxy")).is_some(), forgets_in_a_roll),
        trial("squid_a_ctl_killed_in_a_purge_is_made_up_for", program("squid").is_some(), killed),
    ]
}

fn varnish(folder: &std::path::Path, ports: &Ports) -> Front {
    let command = format!(
        "varnishd -F -a 127.0.0.1:{} -b 127.0.0.1:{} -T 127.0.0.1:{} -S {folder}/secret -n {folder}/varnish",
        ports.front,
        ports.clients[0],
        ports.other,
        folder = folder.display()
    );
    Front {
        files: vec![("secret", "the secret\n".to_owned())],
        programs: vec![("varnish", command)],
        sections: format!(
            "[varnish]\ntype = Varnish\nip = 127.0.0.1\nport = {}\ncontrol = supervisor:varnish\nadmin = 127.0.0.1:{}\n\
             secret_file = secret\n",
            ports.front, ports.other
        ),
        frontends: "varnish",
    }
}

fn squid(folder: &std::path::Path, ports: &Ports) -> Front {
    let folder = folder.display();
    let conf = format!(
        "http_port 127.0.0.1:{} accel defaultsite=localhost\n\
         cache_peer 127.0.0.1 parent {} 0 no-query originserver\nhttp_access allow all\n\
         cache_dir ufs {folder}/cache 10 4 4\ncache_mem 0 MB\ncache_log {folder}/squid.log\naccess_log none\n\
         pid_filename {folder}/squid.pid\ncoredump_dir {folder}\nshutdown_lifetime 0 seconds\npinger_enable off\n\
         logfile_rotate 0\nvisible_hostname localhost\n",
        ports.front, ports.clients[0]
    );
    let make = format!("{folder}/squid.sh");
    let script = format!(
        "#!/bin/sh\n[ -d {folder}/cache/00 ] || squid -N -f {folder}/squid.conf -z\nexec squid -N -f {folder}/squid.conf\n"
    );
    Front {
        files: vec![("squid.conf", conf), ("squid.sh", script)],
        programs: vec![("squid", format!("sh {make}"))],
        sections: format!(
            "[squid]\ntype = Squid\nip = 127.0.0.1\nport = {}\ncontrol = supervisor:squid\ncache_dir = {folder}/cache\n\
             exe = squid\nconf = {folder}/squid.conf\n",
            ports.front
        ),
        frontends: "squid",
    }
}

/// Varnish, before an HAProxy, before the clients.
fn both(folder: &std::path::Path, ports: &Ports) -> Front {
    let Ports { clients, front, other, inner } = *ports;
    let behind = haproxy::front(folder, &Ports { clients, front: inner, other, inner });
    let mut all = varnish(folder, &Ports { clients: [inner; 3], front, other, inner });
    all.files.extend(behind.files);
    all.programs.extend(behind.programs);
    Front { sections: all.sections + &behind.sections, frontends: "varnish, haproxy", ..all }
}

fn forgets_in_a_roll() -> Outcome {
    let stack = Stack::start(both)?;
    let kept = || page(stack.ports.front, "/kept").map_err(|why| Failed::from(format!("{why:?}")));
    let (first, pids) = (kept()?, stack.pids()?);
    let loads = [stack.ports.front, stack.ports.inner].map(|port| Load::on(port, false));
    let (status, said) = stack.ctl(&["-a", "start", "-P", "-c", "cluster.ini"])?;
    loads.into_iter().try_for_each(|load| good(&load.off()))?;
    let are_all = stack.pids()?.iter().zip(&pids).all(|(after, before)| after != before);
    is("all are restarted", status == 0 && are_all && !stack.has_journal(), &said)?;
    is("it has forgotten", kept()? != first, &said)
}

/// A ctl that is killed when the Squid is stopped, and when its folder is aside.
fn killed() -> Outcome {
    let stack = Stack::start(prepared)?;
    let folder = stack.folder();
    // It waits while the file `hold` is there, and says so by its pid.
    let exe = "#!/bin/sh\nif [ -e hold ]; then echo $$ > held.new; mv held.new held; exec sleep 1000; fi\nexec squid \"$@\"\n";
    std::fs::write(folder.join("make.sh"), exe)?;
    std::fs::set_permissions(folder.join("make.sh"), std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    let cluster = stack.read("cluster.ini").replace("exe = squid", &format!("exe = {}/make.sh", folder.display()));
    std::fs::write(folder.join("cluster.ini"), cluster)?;
    let is_away = || std::net::TcpStream::connect(("127.0.0.1", stack.ports.front)).is_err();
    let (hold, held, aside) = (folder.join("hold"), folder.join("held"), folder.join("cacheold"));
    for step in ["stopped", "aside"] {
        let first = page(stack.ports.front, "/kept").map_err(|why| format!("{step}: {why:?}"))?;
        let _ = std::fs::remove_file(&held);
        std::fs::write(&hold, "")?;
        let mut ctl = stack.command(&["-a", "purge", "-c", "cluster.ini"]).spawn()?;
        stack.until(step, || if step == "aside" { held.exists() } else { is_away() })?;
        ctl.kill()?;
        ctl.wait()?;
        std::fs::remove_file(&hold)?;
        is(step, is_away() && (step == "stopped" || aside.exists()), "")?;
        if held.exists() {
            // What ctl has started is not killed with it.
            Command::new("kill").args(["-9", stack.read("held").trim()]).status()?;
        }
        let (_, said) = stack.ctl(&["-a", "repair", "-c", "cluster.ini"])?;
        stack.until("a page after the repair", || page(stack.ports.front, "/kept").is_ok())?;
        let (status, again) = stack.ctl(&["-a", "purge", "-c", "cluster.ini"])?;
        let said = format!("{step}\n{said}\n{again}");
        stack.until("a page after the purge", || page(stack.ports.front, "/kept").is_ok())?;
        is("the purge is done", status == 0 && !aside.exists(), &said)?;
        let after = page(stack.ports.front, "/kept").map_err(|why| format!("{why:?}"))?;
        is("it has forgotten", after != first, &said)?;
    }
    Ok(())
}

/// A squid with a folder in which it may write if it gives up its rights.
fn prepared(folder: &std::path::Path, ports: &Ports) -> Front {
    with_cache(folder);
    squid(folder, ports)
}

fn with_cache(folder: &std::path::Path) {
    let cache = folder.join("cache");
    let made = std::fs::create_dir(&cache)
        .and_then(|()| std::fs::set_permissions(&cache, std::os::unix::fs::PermissionsExt::from_mode(0o777)));
    made.expect("a folder for the cache");
}

fn forgets(front: fn(&std::path::Path, &Ports) -> Front) -> Outcome {
    let stack = Stack::start(|folder, ports| {
        with_cache(folder);
        front(folder, ports)
    })?;
    let get = |what: &str| page(stack.ports.front, "/kept").map_err(|why| Failed::from(format!("{what}: {why:?}")));
    let first = get("the first page")?;
    if get("the page again")? != first {
        return Err("it does not keep pages".into());
    }
    let (status, said) = stack.ctl(&["-a", "purge", "-c", "cluster.ini"])?;
    stack.until("a page after the purge", || page(stack.ports.front, "/kept").is_ok())?;
    let after = get("the page after the purge")?;
    if status == 0 && after != first { Ok(()) } else { Err(format!("{status} {first} {after}\n{said}").into()) }
}
