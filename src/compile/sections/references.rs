//! Working out one value: what it refers to first, then itself, in place.
//!
//! There is no recursion, so that a chain of references may be as long as the manifest. Substituted text is not looked
//! at again. The sum of all substituted text is bounded: a value that names another one twice, which names another one
//! twice, and so on, would fill any memory.

use crate::base::Span;
use crate::compile::document::{Node, Scalar, ScalarKind};

use super::credentials;
use super::fill::{Value, fill};
use super::lookup::{Miss, Target};
use super::problem::{Problem, Step};
use super::resolve::Resolver;
use super::section::{Role, SectionState, SlotId, SlotState, node_at};
use super::template::{Piece, What};
use super::words;

/// How many bytes all references of a manifest may bring together.
pub(super) const BUDGET: usize = 64 * 1024 * 1024;

/// A slot that is being worked out.
struct Frame {
    id: SlotId,
    /// The piece that comes next.
    next: usize,
    targets: Vec<Target>,
    failed: bool,
}

impl Frame {
    fn new(id: SlotId) -> Self {
        Self { id, next: 0, targets: Vec::new(), failed: false }
    }
}

impl Resolver<'_> {
    /// Works out all slots of a section.
    pub(super) fn ensure_section(&mut self, section: usize) {
        for slot in 0..self.sections.list[section].slots.len() {
            self.ensure(SlotId { section, slot });
        }
    }

    /// Works out the value of a key at the top of a section.
    pub(super) fn ensure_key(&mut self, section: usize, key: &str) {
        let Some(at) = self.sections.list[section].table.position(key) else { return };
        let path = [u32::try_from(at).unwrap_or(u32::MAX)];
        let slots: Vec<usize> = self.sections.list[section].slots_at(&path).collect();
        for slot in slots {
            self.ensure(SlotId { section, slot });
        }
    }

    /// Works out one slot, and before it all that it needs.
    pub(super) fn ensure(&mut self, id: SlotId) {
        if self.sections.slot(id).state != SlotState::Waiting {
            return;
        }
        self.sections.slot_mut(id).state = SlotState::Open;
        let mut open = vec![Frame::new(id)];
        while let Some(frame) = open.last_mut() {
            let Some(needed) = self.advance(frame) else {
                if let Some(frame) = open.pop() {
                    self.finish(&frame);
                }
                continue;
            };
            if self.sections.slot(needed).state == SlotState::Open {
                self.report_cycle(&open, needed);
                if let Some(frame) = open.last_mut() {
                    frame.failed = true;
                    frame.next += 1;
                }
            } else {
                self.sections.slot_mut(needed).state = SlotState::Open;
                open.push(Frame::new(needed));
            }
        }
    }

    /// Follows the references of a slot as far as they are worked out; the slot that is not, if there is one.
    fn advance(&mut self, frame: &mut Frame) -> Option<SlotId> {
        loop {
            let slot = self.sections.slot(frame.id);
            let Some(piece) = slot.pieces.get(frame.next) else { return self.below(frame) };
            let What::Reference { section, key, is_native } = &piece.what else {
                frame.next += 1;
                continue;
            };
            let scalar = self.sections.node(frame.id).and_then(Node::as_scalar)?;
            let (section, key) = (&scalar.text[section.clone()], &scalar.text[key.clone()]);
            if let Some(number) = self.section_of(frame.id.section, section)
                && self.sections.list[number].state == SectionState::Untouched
            {
                self.collect(number, 0);
                continue;
            }
            let is_port = !self.is_cfg && key.starts_with("ports.");
            match self.lookup(frame.id.section, section, key, *is_native) {
                Ok(target) => {
                    if let Target::Node(number, path) = &target {
                        let is_other = *number != frame.id.section;
                        if is_port && is_other {
                            let place = words::place(scalar, &piece.range, self.sources);
                            self.uses.push((frame.id.section, *number, place));
                        }
                        let section = &mut self.sections.list[*number];
                        section.is_referred |= is_other;
                        if self.is_cfg || section.role == Role::Project {
                            self.referred.extend(path.first().map(|at| (*number, *at)));
                        }
                    }
                    frame.targets.push(target);
                }
                Err(Miss::Wait(needed)) => return Some(needed),
                Err(Miss::Failed) => frame.failed = true,
                Err(miss) => {
                    let span = words::place(scalar, &piece.range, self.sources);
                    frame.failed = true;
                    if matches!(miss, Miss::Key { foreign: Some(_), .. }) {
                        self.deferred.push((span, miss));
                    } else {
                        self.found.push(Problem::Dangling { span, miss });
                    }
                }
            }
            frame.next += 1;
        }
    }

    /// For a password that is a table: the first slot in it that is not worked out.
    fn below(&self, frame: &mut Frame) -> Option<SlotId> {
        let SlotId { section, slot } = frame.id;
        let slots = &self.sections.list[section].slots;
        if frame.failed || !slots[slot].is_password {
            return None;
        }
        for at in self.sections.list[section].slots_at(&slots[slot].path).filter(|at| *at != slot) {
            match slots[at].state {
                SlotState::Done => {}
                SlotState::Failed => frame.failed = true,
                SlotState::Waiting | SlotState::Open => return Some(SlotId { section, slot: at }),
            }
        }
        None
    }

    fn finish(&mut self, frame: &Frame) {
        let is_literal = self.sections.slot(frame.id).pieces.is_empty();
        let done = !frame.failed && self.substitute(frame);
        let done = done && (!self.sections.slot(frame.id).is_password || self.password(frame.id, is_literal));
        let slot = self.sections.slot_mut(frame.id);
        slot.state = if done { SlotState::Done } else { SlotState::Failed };
    }

    fn substitute(&mut self, frame: &Frame) -> bool {
        let pieces = std::mem::take(&mut self.sections.slot_mut(frame.id).pieces);
        if pieces.is_empty() {
            return true;
        }
        let Some(Node::Scalar(scalar)) = self.sections.node_mut(frame.id) else { return false };
        let blank = Scalar { text: Box::default(), ..Scalar::string("", scalar.span) };
        let template = std::mem::replace(scalar, blank);
        if let Some(node) = self.whole(&template, &pieces, &frame.targets) {
            return self.put(frame.id, node);
        }
        let node = self.filled(template, &pieces, &frame.targets);
        self.put(frame.id, node)
    }

    fn put(&mut self, id: SlotId, value: Node) -> bool {
        match self.sections.node_mut(id) {
            Some(node) => {
                *node = value;
                true
            }
            None => false,
        }
    }

    /// A value that is one reference to something that is no text keeps its type.
    fn whole(&mut self, template: &Scalar, pieces: &[Piece], targets: &[Target]) -> Option<Node> {
        let ([Piece { range, what: What::Reference { is_native: true, .. } }], [Target::Node(section, path)]) =
            (pieces, targets)
        else {
            return None;
        };
        let node = node_at(&self.sections.list[*section].table, path)?;
        let is_text = node.as_scalar().is_some_and(|s| s.kind == ScalarKind::String);
        if *range != (0..template.text.len()) || is_text {
            return None;
        }
        let size = size(node);
        let node = match node {
            Node::Scalar(scalar) => {
                Node::Scalar(Scalar { span: template.span, lines: Box::default(), ..scalar.clone() })
            }
            other => other.clone(),
        };
        Some(if self.spend(size, template.span) { node } else { Node::Scalar(template.clone()) })
    }

    fn filled(&mut self, template: Scalar, pieces: &[Piece], targets: &[Target]) -> Node {
        let mut values = Vec::with_capacity(targets.len());
        let mut wrong = Vec::new();
        for (target, piece) in targets.iter().zip(pieces.iter().filter(|p| p.what != What::Escape)) {
            match target {
                Target::Text(text) => values.push(Value::Text(text)),
                Target::Node(section, path) => match node_at(&self.sections.list[*section].table, path) {
                    Some(Node::Scalar(scalar)) if scalar.kind != ScalarKind::Null => values.push(Value::Scalar(scalar)),
                    Some(other) => wrong.push((piece.range.clone(), other.kind())),
                    None => {}
                },
            }
        }
        let size = values.iter().map(Value::len).sum();
        if wrong.is_empty() && self.budget >= size {
            self.budget -= size;
            return Node::Scalar(fill(template, pieces, &values));
        }
        for (range, kind) in wrong {
            let span = words::place(&template, &range, self.sources);
            self.found.push(Problem::NoText { span, kind });
        }
        self.spend(size, template.span);
        Node::Scalar(template)
    }

    /// Whether so many bytes may still be substituted; it is said once that they may not.
    fn spend(&mut self, bytes: usize, span: Span) -> bool {
        if self.budget >= bytes {
            self.budget -= bytes;
            return true;
        }
        if !self.is_spent {
            self.is_spent = true;
            self.found.push(Problem::Explosion { span, limit: BUDGET });
        }
        false
    }

    fn password(&mut self, id: SlotId, is_literal: bool) -> bool {
        let part = self.sections.list[id.section].name.to_string();
        let Some(node) = self.sections.node(id) else { return false };
        let maker = credentials::Maker {
            part: &part,
            directory: self.directory.as_str(),
            secrets: self.world.secrets,
            distrusted: if self.world.allow_fetched_commands { &[] } else { &self.fetched },
        };
        match maker.password(node, is_literal, self.found) {
            Some(scalar) => self.put(id, Node::Scalar(scalar)),
            None => false,
        }
    }

    fn report_cycle(&mut self, open: &[Frame], needed: SlotId) {
        let Some(from) = open.iter().position(|f| f.id == needed) else { return };
        let chain: Vec<Step> = open[from..].iter().map(|frame| self.chain_step(frame)).collect();
        self.found.push(Problem::Cycle { chain });
    }

    fn chain_step(&self, frame: &Frame) -> Step {
        let section = &self.sections.list[frame.id.section];
        let slot = &section.slots[frame.id.slot];
        let name = format!("{}:{}", section.name, section.path_name(&slot.path));
        let node = self.sections.node(frame.id);
        let span = match (node.and_then(Node::as_scalar), slot.pieces.get(frame.next)) {
            (Some(scalar), Some(piece)) => words::place(scalar, &piece.range, self.sources),
            _ => node.map_or(section.span, Node::span),
        };
        Step { name, span }
    }
}

/// About how many bytes a copy takes.
fn size(node: &Node) -> usize {
    let own = size_of::<Node>();
    own + match node {
        Node::Scalar(scalar) => scalar.text.len(),
        Node::List(list) => list.items.iter().map(size).sum(),
        Node::Table(table) => table.entries().iter().map(|e| e.key.text.len() + size(&e.node)).sum(),
    }
}
