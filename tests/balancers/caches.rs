//! Caches that keep a page until they are made to forget it.

use libtest_mimic::{Failed, Trial};

use super::stack::{Front, Ports, Stack};
use super::{program, trial};
use crate::harness::Outcome;
use crate::harness::load::page;

/// All of them.
pub fn trials() -> Vec<Trial> {
    vec![
        trial("varnish_forgets", program("varnishd").is_some(), || forgets(varnish)),
        trial("squid_forgets", program("squid").is_some(), || forgets(squid)),
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
    let script = format!("#!/bin/sh\nsquid -N -f {folder}/squid.conf -z && exec squid -N -f {folder}/squid.conf\n");
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

fn forgets(front: fn(&std::path::Path, &Ports) -> Front) -> Outcome {
    let stack = Stack::start(|folder, ports| {
        // Where a squid that gives up its rights may write.
        let cache = folder.join("cache");
        let made = std::fs::create_dir(&cache)
            .and_then(|()| std::fs::set_permissions(&cache, std::os::unix::fs::PermissionsExt::from_mode(0o777)));
        made.expect("a folder for the cache");
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
