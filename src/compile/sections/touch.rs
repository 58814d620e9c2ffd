//! Which sections count, and in what order parts are built: what is referred to comes before what refers to it.
//!
//! As in buildout, touching a section means: all its options are looked at (in a `.cfg` in the order of their names),
//! every section that they refer to is touched, then those named by `=>`; if it has a recipe, it is a part, and its turn
//! is now. So a part that is only referred to is built too, and two sections may refer to each other as long as their
//! values do not.

use crate::base::{Diagnostics, Span};
use crate::compile::document::{Entry, Node, Op, Table};
use crate::compile::parts::{self, Computed, Kind};

use super::builtin;
use super::merge_cfg::DEPENDENCIES;
use super::problem::Problem;
use super::resolve::Resolver;
use super::section::{Collector, Role, SectionState, SlotId, SlotState, SlotVisit};
use super::template::{What, may_refer};
use super::words;

/// A section or a slot whose references are being followed.
enum Visit {
    /// A section whose turn has come.
    Enter(usize),
    Section {
        number: usize,
        order: Vec<usize>,
        next: usize,
        stage: Stage,
    },
    Slot {
        id: SlotId,
        next: usize,
        chain: usize,
    },
}

/// Options from the names and options of other sections; see [`Computed::Options`].
type ComputeOptions = fn(&[(String, Table)], Span, &mut Diagnostics) -> Vec<Entry>;
/// Sections from a part's own options, and the name and options of another; see [`Computed::Sections`].
type ComputeSections = fn(&Table, &str, &Table, &mut Diagnostics) -> Vec<(String, Table)>;

/// What comes after the options of a section.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Options,
    Dependencies,
    Kind,
    Done,
}

impl Resolver<'_> {
    /// Touches a section and all that it leads to.
    pub(super) fn touch(&mut self, number: usize) {
        let mut open = Vec::new();
        self.enter(number, &mut open);
        while let Some(visit) = open.pop() {
            match visit {
                Visit::Enter(number) => self.enter(number, &mut open),
                Visit::Slot { id, next, chain } => self.visit_slot(id, next, chain, &mut open),
                Visit::Section { number, order, next, stage } => {
                    self.visit_section(number, order, next, stage, &mut open);
                }
            }
        }
    }

    fn enter(&mut self, number: usize, open: &mut Vec<Visit>) {
        if self.sections.list[number].state == SectionState::Touched {
            return;
        }
        self.collect(number, 0);
        let section = &mut self.sections.list[number];
        section.state = SectionState::Touched;
        // What a recipe adds has its turn when the recipe is made, when there is nothing left to touch.
        let is_written = |slot: &usize| (section.slots[*slot].path[0] as usize) < section.written;
        let mut order: Vec<usize> = (0..section.slots.len()).filter(is_written).collect();
        if self.is_cfg {
            let name =
                |slot: &usize| section.table.entries().get(section.slots[*slot].path[0] as usize).map(|e| &e.key.text);
            order.sort_by(|a, b| name(a).cmp(&name(b)));
        }
        open.push(Visit::Section { number, order, next: 0, stage: Stage::Options });
    }

    /// Goes on with a section. Whatever is pushed is done before the section's own turn comes again.
    fn visit_section(&mut self, number: usize, order: Vec<usize>, next: usize, stage: Stage, open: &mut Vec<Visit>) {
        if let Some(slot) = order.get(next) {
            let id = SlotId { section: number, slot: *slot };
            open.push(Visit::Section { number, order, next: next + 1, stage });
            self.chains += 1;
            self.enter_slot(id, self.chains, open);
            return;
        }
        let (next_stage, wanted) = match stage {
            Stage::Options => (Stage::Dependencies, self.dependencies(number)),
            Stage::Dependencies => (Stage::Kind, self.wanted_by_kind(number)),
            Stage::Kind => (Stage::Done, self.construct(number)),
            Stage::Done => return,
        };
        open.push(Visit::Section { number, order, next, stage: next_stage });
        open.extend(wanted.into_iter().rev().map(Visit::Enter));
    }

    /// A chain starts with each option of a section that is touched. One that comes upon a slot which another chain has
    /// open follows its references too, as buildout does: they may not be touched yet.
    fn enter_slot(&mut self, id: SlotId, chain: usize, open: &mut Vec<Visit>) {
        let slot = self.sections.slot_mut(id);
        if slot.visit != SlotVisit::Done && slot.visit != SlotVisit::Open(chain) {
            slot.visit = SlotVisit::Open(chain);
            open.push(Visit::Slot { id, next: 0, chain });
        }
    }

    fn visit_slot(&mut self, id: SlotId, next: usize, chain: usize, open: &mut Vec<Visit>) {
        let Some(piece) = self.sections.slot(id).pieces.get(next) else {
            self.sections.slot_mut(id).visit = SlotVisit::Done;
            return;
        };
        let What::Reference { section, key, .. } = &piece.what else {
            open.push(Visit::Slot { id, next: next + 1, chain });
            return;
        };
        let Some(scalar) = self.sections.node(id).and_then(Node::as_scalar) else { return };
        let Some(target) = self.section_of(id.section, &scalar.text[section.clone()]) else {
            open.push(Visit::Slot { id, next: next + 1, chain });
            return;
        };
        if self.sections.list[target].state != SectionState::Touched {
            open.push(Visit::Slot { id, next, chain });
            self.enter(target, open);
            return;
        }
        let at = self.sections.list[target].table.position(&scalar.text[key.clone()]);
        open.push(Visit::Slot { id, next: next + 1, chain });
        let Some(at) = at.and_then(|at| u32::try_from(at).ok()) else { return };
        let slots: Vec<usize> = self.sections.list[target].slots_at(&[at]).collect();
        for slot in slots.into_iter().rev() {
            self.enter_slot(SlotId { section: target, slot }, chain, open);
        }
    }

    /// Finds the slots of a section, from entry number `from` on.
    pub(super) fn collect(&mut self, number: usize, from: usize) {
        if from == 0 {
            if self.sections.list[number].state != SectionState::Untouched {
                return;
            }
            self.sections.list[number].state = SectionState::Collected;
            self.set_kind_early(number);
        }
        let section = &self.sections.list[number];
        let (sources, found) = (self.sources, &mut *self.found);
        let mut fault = |scalar: &crate::compile::document::Scalar, range: std::ops::Range<usize>, why| {
            let text = scalar.text.get(range.clone()).unwrap_or("").to_owned();
            found.push(Problem::Malformed { span: words::place(scalar, &range, sources), text, why });
        };
        let mut collector = Collector {
            grammar: self.grammar,
            has_passwords: section.role == Role::Part && !self.is_cfg,
            slots: Vec::new(),
            fault: &mut fault,
        };
        collector.table(&section.table, from);
        let slots = collector.slots;
        self.sections.list[number].slots.extend(slots);
    }

    /// A recipe that is plain text tells the kind before any reference is followed, so that a part's own options are
    /// there for all. Else it is told when the recipe is known ([`Resolver::construct`]).
    fn set_kind_early(&mut self, number: usize) {
        let recipe = self.sections.list[number].text("recipe");
        if recipe.is_none_or(|recipe| !may_refer(recipe)) {
            self.set_kind(number, false);
        }
    }

    fn set_kind(&mut self, number: usize, is_late: bool) {
        let section = &self.sections.list[number];
        let is_part = if self.is_cfg { section.role == Role::Data } else { section.role == Role::Part };
        let scalar = section.table.scalar("recipe").filter(|scalar| !self.is_cfg || !scalar.text.is_empty());
        let (span, kind) = match scalar.filter(|_| is_part && !self.has_failed(number, "recipe")) {
            Some(scalar) => (scalar.span, parts::find(&scalar.text, self.is_cfg, scalar.span)),
            // What is wrong with it has been said.
            None if is_part && !self.is_cfg => (section.span, Ok(&parts::UNKNOWN)),
            None => return,
        };
        let kind = kind.unwrap_or_else(|problem| {
            self.found.push(problem);
            &parts::UNKNOWN
        });
        self.sections.list[number].kind = Some(kind);
        self.mark_secrets(number, kind);
        let from = self.sections.list[number].table.len();
        self.add_exports(number, kind, span);
        if is_late {
            self.collect(number, from);
        }
    }

    /// Whether a value holds references that could not be followed, which has been reported.
    fn has_failed(&self, number: usize, key: &str) -> bool {
        let section = &self.sections.list[number];
        let at = section.table.position(key).and_then(|at| u32::try_from(at).ok());
        at.is_some_and(|at| section.slots_at(&[at]).any(|slot| section.slots[slot].state == SlotState::Failed))
    }

    /// Marks the options that hold passwords, so that whatever refers to them takes the marks along.
    fn mark_secrets(&mut self, number: usize, kind: &'static Kind) {
        let section = &mut self.sections.list[number];
        for option in parts::secret_options(kind) {
            if let Some(Node::Scalar(scalar)) = section.table.get_mut(option) {
                if !scalar.text.is_empty() && !scalar.text.contains('$') {
                    let (span, part) = (scalar.span, section.name.to_string());
                    self.found.push(Problem::LiteralPassword { span, part, is_cfg: true });
                }
                scalar.text = crate::base::secret::mark(&scalar.text).into();
            }
            if let Some(history) = &mut self.history {
                history.mark_secret(&section.name, option);
            }
        }
    }

    /// Adds what a part of this kind sets itself. Every part has a `location`.
    fn add_exports(&mut self, number: usize, kind: &'static Kind, span: Span) {
        self.add_elsewhere(number, kind, span, false);
        self.add_overrides(number, kind, span, false);
        let location = self.location(&self.sections.list[number].name);
        let exports = kind.exports.iter().copied().chain([("location", &*location)]);
        let table = &mut self.sections.list[number].table;
        for (key, value) in exports {
            if table.get(key).is_none() {
                table.push(builtin::string(key, value, span));
            }
        }
    }

    /// Adds what a part takes over from the section that one of its options names; what it says of that itself does not
    /// count. Where the option holds references, that is known only when they are resolved.
    fn add_elsewhere(&mut self, number: usize, kind: &'static Kind, span: Span, is_late: bool) {
        let Some(elsewhere) = kind.elsewhere else { return };
        let section = &self.sections.list[number];
        let Some(named) = section.text(elsewhere.option).map(str::trim).filter(|named| !named.is_empty()) else {
            return;
        };
        if may_refer(named) && !is_late {
            return;
        }
        let other = self.sections.find(named);
        let has_name = other.is_some_and(|other| self.sections.list[other].table.get("name").is_some());
        let name = if has_name { format!("${{{named}:name}}") } else { named.to_owned() };
        let named = named.to_owned();
        for (key, text) in elsewhere.exports {
            self.set(number, key, &text.replace("{of}", &named).replace("{name}", &name), span, is_late);
        }
    }

    /// Adds what a part sets whatever it says.
    fn add_overrides(&mut self, number: usize, kind: &'static Kind, span: Span, is_late: bool) {
        let set = kind.overrides.map(|overrides| overrides(&self.sections.list[number].table));
        for (key, text) in set.unwrap_or_default() {
            self.set(number, key, &text, span, is_late);
        }
    }

    /// Sets an option; late, when others may have seen it already, only one that is not there.
    fn set(&mut self, number: usize, key: &str, text: &str, span: Span, is_late: bool) {
        let entry = builtin::string(key, text, span);
        let table = &mut self.sections.list[number].table;
        match table.get_mut(key) {
            Some(node) if !is_late => *node = entry.node,
            Some(_) => {}
            None => table.push(entry),
        }
    }

    /// Where a part has its folder, as text that may hold references.
    fn location(&self, name: &str) -> String {
        if self.is_cfg {
            return "${buildout:parts-directory}/${:_buildout_section_name_}".to_owned();
        }
        format!("$<project:parts-directory>/{name}")
    }

    /// The sections that `=>` names.
    fn dependencies(&mut self, number: usize) -> Vec<usize> {
        if self.sections.list[number].role == Role::Project || !self.is_cfg {
            return Vec::new();
        }
        self.ensure_key(number, DEPENDENCIES);
        let Some(scalar) = self.sections.list[number].table.scalar(DEPENDENCIES) else { return Vec::new() };
        let names = words::of(scalar, self.sources);
        names.into_iter().filter_map(|word| self.named(&word.text, word.span)).collect()
    }

    /// The section of a name that stands at `span`.
    pub(super) fn named(&mut self, name: &str, span: Span) -> Option<usize> {
        let number = self.sections.find(name);
        if number.is_none() {
            let nearest = self.found.nearest(name, self.sections.names());
            self.found.push(Problem::NamesNoSection { span, name: name.to_owned(), nearest });
        }
        number
    }

    /// The sections that a part's kind works with, once its recipe is known.
    fn wanted_by_kind(&mut self, number: usize) -> Vec<usize> {
        if self.sections.list[number].kind.is_none() {
            self.ensure_key(number, "recipe");
            self.set_kind(number, true);
        }
        self.elsewhere_late(number);
        match self.sections.list[number].kind.and_then(|kind| kind.computed) {
            Some(Computed::Options { collects, .. }) => {
                let wanted = |other: &usize| *other != number && collects(&self.sections.list[*other].name);
                (0..self.sections.list.len()).filter(wanted).collect()
            }
            Some(Computed::Sections { of, .. }) => {
                self.ensure_key(number, of);
                let scalar = self.sections.list[number].table.scalar(of);
                let named = scalar.map(|s| (s.text.trim().to_owned(), s.span));
                named.and_then(|(name, span)| self.named(&name, span)).into_iter().collect()
            }
            None => Vec::new(),
        }
    }

    /// As [`Self::add_elsewhere`], for an option that holds references.
    fn elsewhere_late(&mut self, number: usize) {
        let Some(kind) = self.sections.list[number].kind else { return };
        let Some(elsewhere) = kind.elsewhere else { return };
        if self.sections.list[number].table.get("etc-directory").is_some() {
            return;
        }
        self.ensure_key(number, elsewhere.option);
        let section = &self.sections.list[number];
        let (from, span) = (section.table.len(), section.table.scalar("recipe").map_or(section.span, |s| s.span));
        self.add_elsewhere(number, kind, span, true);
        self.add_overrides(number, kind, span, true);
        self.collect(number, from);
    }

    /// Does what buildout does when it makes a recipe of a section: what it adds is there from now on.
    fn construct(&mut self, number: usize) -> Vec<usize> {
        let Some(kind) = self.sections.list[number].kind else { return Vec::new() };
        match kind.computed {
            Some(Computed::Options { collects, compute }) => self.compute_options(number, collects, compute),
            Some(Computed::Sections { of, compute }) => self.compute_sections(number, of, compute),
            None => {}
        }
        self.parts.push(number);
        Vec::new()
    }

    fn compute_options(&mut self, number: usize, collects: fn(&str) -> bool, compute: ComputeOptions) {
        let others: Vec<usize> = (0..self.sections.list.len())
            .filter(|other| *other != number && collects(&self.sections.list[*other].name))
            .collect();
        for other in &others {
            self.ensure_section(*other);
        }
        let tables: Vec<(String, Table)> = others.iter().map(|other| self.lend(*other)).collect();
        let entries = compute(&tables, self.sections.list[number].span, self.found);
        for (other, (_, table)) in others.into_iter().zip(tables) {
            self.sections.list[other].table = table;
        }
        for entry in entries {
            if self.sections.list[number].table.get(&entry.key.text).is_none() {
                self.sections.list[number].table.push(Entry { op: Op::Set, ..entry });
            }
        }
    }

    /// A section's name and table, which is to be put back.
    fn lend(&mut self, number: usize) -> (String, Table) {
        let section = &mut self.sections.list[number];
        let empty = Table::new(section.span);
        (section.name.to_string(), std::mem::replace(&mut section.table, empty))
    }

    fn compute_sections(&mut self, number: usize, of: &str, compute: ComputeSections) {
        self.ensure_section(number);
        let section = &self.sections.list[number];
        let Some(name) = section.text(of).map(str::trim) else {
            let (part, option, span) = (section.name.to_string(), of.to_owned(), section.span);
            self.found.push(parts::problem::Problem::MissingOption { part, option, span });
            return;
        };
        let Some(other) = self.sections.find(name) else { return };
        self.ensure_section(other);
        let (own, other) = (&self.sections.list[number], &self.sections.list[other]);
        let made = compute(&own.table, &other.name, &other.table, self.found);
        let span = own.span;
        for (name, table) in made {
            match self.sections.add(name.as_str().into(), span, Role::Data, table) {
                Ok(new) => self.sections.list[new].state = SectionState::Touched,
                Err(first) => {
                    let first = self.sections.list[first].span;
                    self.found.push(Problem::MadeTwice { span, name, first });
                }
            }
        }
    }
}
