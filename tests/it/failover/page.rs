//! The page for operators, taken apart into the commands it tells them to run.

use std::cell::Cell;

const PAGE: &str = include_str!("../../../docs/failover.md");

/// Where a block is run, by its first line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    EveryShell,
    Postern,
    OldPrimary,
    Standby,
}

impl Place {
    /// Reads `# On the standby, as postgres; …`.
    fn of(line: &str) -> Self {
        match line.split(';').next().unwrap() {
            "# In every shell" => Self::EveryShell,
            "# On Postern" => Self::Postern,
            "# On the old primary, as postgres" => Self::OldPrimary,
            "# On the standby, as postgres" => Self::Standby,
            other => panic!("docs/failover.md: a block must begin with where it is run, not with {other:?}"),
        }
    }
}

/// Commands to be run in one shell.
#[derive(Debug)]
pub struct Block {
    /// The number of its heading; 0 before the first.
    step: u32,
    pub place: Place,
    pub commands: String,
    was_run: Cell<bool>,
}

/// All blocks, in order.
pub struct Page(Vec<Block>);

impl Page {
    pub fn read() -> Self {
        let (mut blocks, mut step): (Vec<Block>, u32) = (Vec::new(), 0);
        let mut lines = PAGE.lines();
        while let Some(line) = lines.next() {
            let number =
                line.strip_prefix("## ").and_then(|heading| heading.split_once(". ")).map(|(number, _)| number);
            if let Some(number) = number {
                assert_eq!(number, (step + 1).to_string(), "docs/failover.md: {line}");
                step += 1;
            }
            if line == "```sh" {
                let commands: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
                let (place, commands) = (Place::of(commands[0]), commands.join("\n"));
                blocks.push(Block { step, place, commands, was_run: Cell::new(false) });
            }
        }
        Self(blocks)
    }

    /// The blocks of one step, about to be run.
    pub fn step(&self, number: u32) -> impl Iterator<Item = &Block> {
        let blocks = self.0.iter().filter(move |block| block.step == number);
        blocks.inspect(|block| block.was_run.set(true))
    }

    /// Fails when the page has a command that no one ran.
    pub fn assert_all_were_run(&self) {
        let left: Vec<_> = self.0.iter().filter(|block| !block.was_run.get()).collect();
        assert!(self.0.len() > 12 && left.is_empty(), "{left:#?}");
    }
}
