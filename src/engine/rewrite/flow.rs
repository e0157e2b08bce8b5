//! Where the address of the next entry has to be set again: a call leaves it somewhere behind, and the function that called sets
//! it before it may trap, unless it calls or returns first.
#![forbid(unsafe_code)]

use wasmparser::Operator;

/// A block that is open.
struct Block {
    is_loop: bool,
    /// Whether the address may be wrong where the block ends.
    at_end: bool,
    /// Whether it may be wrong where the `else` of an `if` begins; `None` if there is or was no such place.
    at_else: Option<bool>,
}

/// What is known of the address at one place of a function.
pub struct Flow {
    blocks: Vec<Block>,
    /// Whether it may be wrong here.
    wrong: bool,
}

impl Flow {
    /// Begins a function, with its own block.
    pub fn new() -> Self {
        Self { blocks: vec![Block { is_loop: false, at_end: false, at_else: None }], wrong: false }
    }

    /// Records that a call returned.
    pub fn called(&mut self) {
        self.wrong = true;
    }

    /// Returns whether the address has to be set now, which makes it right.
    pub fn repair(&mut self) -> bool {
        std::mem::take(&mut self.wrong)
    }

    /// Returns whether the address has to be right before an instruction, because it leads to a place where it is expected to be.
    pub fn must_be_right(&self, operator: &Operator<'_>) -> bool {
        self.wrong
            && match operator {
                Operator::Loop { .. } => true,
                Operator::Br { relative_depth } | Operator::BrIf { relative_depth } => self.is_loop(*relative_depth),
                Operator::BrTable { targets } => {
                    self.is_loop(targets.default()) || targets.targets().any(|depth| depth.is_ok_and(|depth| self.is_loop(depth)))
                }
                Operator::ReturnCall { .. } | Operator::ReturnCallIndirect { .. } => true,
                _ => false,
            }
    }

    fn block(&mut self, depth: u32) -> Option<&mut Block> {
        let index = self.blocks.len().checked_sub(depth as usize + 1)?;
        self.blocks.get_mut(index)
    }

    fn is_loop(&self, depth: u32) -> bool {
        self.blocks.iter().nth_back(depth as usize).is_some_and(|block| block.is_loop)
    }

    fn branch(&mut self, depth: u32) {
        let wrong = self.wrong;
        if let Some(block) = self.block(depth) {
            block.at_end |= wrong;
        }
    }

    /// Follows an instruction.
    pub fn pass(&mut self, operator: &Operator<'_>) {
        match operator {
            Operator::Block { .. } => self.blocks.push(Block { is_loop: false, at_end: false, at_else: None }),
            Operator::Loop { .. } => self.blocks.push(Block { is_loop: true, at_end: false, at_else: None }),
            Operator::If { .. } => self.blocks.push(Block { is_loop: false, at_end: false, at_else: Some(self.wrong) }),
            Operator::Else => {
                let wrong = self.wrong;
                let block = self.blocks.last_mut();
                self.wrong = block.map_or(wrong, |block| {
                    block.at_end |= wrong;
                    block.at_else.take().unwrap_or(wrong)
                });
            }
            Operator::End => {
                if let Some(block) = self.blocks.pop() {
                    self.wrong |= block.at_end | block.at_else.unwrap_or_default();
                }
            }
            Operator::Br { relative_depth } => {
                self.branch(*relative_depth);
                self.wrong = false;
            }
            Operator::BrIf { relative_depth } => self.branch(*relative_depth),
            Operator::BrTable { targets } => {
                self.branch(targets.default());
                targets.targets().flatten().for_each(|depth| self.branch(depth));
                self.wrong = false;
            }
            Operator::Return | Operator::Unreachable => self.wrong = false,
            _ => {}
        }
    }
}
