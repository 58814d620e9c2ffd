//! The [`Marks`] of a cluster, kept between runs: noted before each start, written down at once, and heeded by whoever
//! searches a log.

use super::keeper::Keeper;
use super::marks::{Mark, Marks};
use super::report::Level;
use super::world::World;
use crate::conf::monitor::{Monitor, Service};

/// What is noted.
pub(super) struct Noted<'s> {
    monitor: &'s Monitor,
    keeper: Box<dyn Keeper + 's>,
    /// Read when they are first asked for.
    marks: Option<Marks>,
    /// What went wrong, and nobody has taken yet.
    wrong: Vec<(Level, String)>,
}

impl<'s> Noted<'s> {
    /// Nothing is read yet.
    pub(super) fn new(monitor: &'s Monitor, keeper: Box<dyn Keeper + 's>) -> Self {
        Self { monitor, keeper, marks: None, wrong: Vec::new() }
    }

    /// Where the log of a service ended when it was started last, if that is known.
    pub(super) fn of(&mut self, service: &Service) -> Option<Mark> {
        self.marks().get(service.name())
    }

    /// Notes where the log of a service ends, which is about to be started. If that cannot be known, the mark of an earlier
    /// start counts on: nothing that is newer is before it.
    pub(super) fn before_start(&mut self, world: &mut dyn World, service: &Service) {
        let Some(log) = &service.log_file else { return };
        match world.end_of(&log.value) {
            Ok(mark) => self.set(|own| own.name() == service.name(), mark),
            Err(why) => {
                let message = format!("{} : cannot note where {} ends: {why}", service.name(), log.value);
                self.wrong.push((Level::Warning, message));
            }
        }
    }

    /// A log has been saved, and begins anew.
    pub(super) fn is_emptied(&mut self, log: &str) {
        self.set(|service| service.log_file.as_ref().is_some_and(|own| own.value == log), Mark::EMPTY);
    }

    /// What went wrong since this was asked last.
    pub(super) fn wrong(&mut self) -> Vec<(Level, String)> {
        std::mem::take(&mut self.wrong)
    }

    /// Marks some services, and writes it down. Those that are no services any more are forgotten.
    fn set(&mut self, is_meant: impl Fn(&Service) -> bool, mark: Mark) {
        let services = &self.monitor.services[..];
        let marks = self.marks();
        let before = marks.clone();
        for service in services.iter().filter(|service| is_meant(service)) {
            marks.set(service.name(), mark);
        }
        if *marks == before {
            return;
        }
        marks.retain(|name| services.iter().any(|service| service.name() == name));
        let text = marks.written();
        if let Err(why) = self.keeper.write(Some(&text)) {
            self.wrong.push((Level::Error, why));
        }
    }

    fn marks(&mut self) -> &mut Marks {
        if self.marks.is_none() {
            self.marks = Some(self.read());
        }
        self.marks.get_or_insert_default()
    }

    /// What is kept. Without it more of the logs counts, which is no fault of the services.
    fn read(&mut self) -> Marks {
        let (level, why) = match self.keeper.read() {
            Ok(None) => return Marks::default(),
            Ok(Some(text)) => match Marks::read(&text) {
                Some(marks) => return marks,
                None => (Level::Error, format!("{}: these are no marks of ctl in logs", self.keeper.place())),
            },
            Err(why) => (Level::Warning, why),
        };
        let lost = "errors from before the last start may count";
        self.wrong.push((level, format!("{why}; {lost}")));
        Marks::default()
    }
}
