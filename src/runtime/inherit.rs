//! What processes have from `[supervisord]`.

use crate::conf::model::Config;

/// Puts the environment of `[supervisord]` beneath that of each process, whose own values win. Done once to each
/// configuration that is read, so that a change of it is a change of all processes.
pub(super) fn environment(config: &mut Config) {
    let common = &config.supervisord.environment;
    if common.is_empty() {
        return;
    }
    for process in config.groups.iter_mut().flat_map(|group| &mut group.processes) {
        let own = std::mem::replace(&mut process.environment, common.clone());
        process.environment.extend(own);
    }
}
