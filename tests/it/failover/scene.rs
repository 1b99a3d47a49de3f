//! What a failover is played with: the pair, two gateways, the application and the smarthost, and
//! the shells an operator has open.

use super::page::{Block, Page, Place};
use crate::harness::app::{App, SECRET};
use crate::harness::gateway::{Gateway, PROGRAM};
use crate::harness::pair::{Cluster, Pair};
use crate::harness::process::{Answer, run};
use crate::harness::scripted::Scripted;
use std::cell::RefCell;
use std::path::Path;

/// Everything, running.
pub struct Scene {
    pub page: Page,
    pub pair: Pair,
    pub app: App,
    pub smarthost: Scripted,
    /// Its `store.url` is a name that moves; where the page says “on Postern”.
    pub by_name: Gateway,
    pub other: Gateway,
    /// What the page tells an operator to set, and what its steps printed.
    variables: RefCell<Vec<(&'static str, String)>>,
}

impl Scene {
    /// Two gateways on the old primary, with these variables; `store.url` of the other is as
    /// `other` says.
    pub fn begin(variables: &[(&str, &str)], other: fn(&Pair) -> String) -> Self {
        let (pair, app, smarthost) = (Pair::start(), App::answering("204 No Content"), Scripted::start());
        let gateway = |url: &str| {
            let mut gateway = Gateway::prepare(variables);
            let own = [("STORE__URL", url), ("APP__URL", &app.url()), ("RELAY__URL", &smarthost.url())];
            own.into_iter().chain([("APP__SECRET_FILE", "secret")]).for_each(|(name, value)| gateway.set(name, value));
            std::fs::write(gateway.path("secret"), SECRET).unwrap();
            gateway
        };
        let (mut by_name, mut other) = (gateway(&pair.moving_url()), gateway(&other(&pair)));
        by_name.console(&["migrate"]).well();
        by_name.begin();
        other.begin();
        let scene = Self { page: Page::read(), pair, app, smarthost, by_name, other, variables: RefCell::default() };
        for (name, value) in [
            ("OLD", scene.pair.data(Cluster::Old)),
            ("NEW", scene.pair.data(Cluster::New)),
            ("NEW_URL", scene.pair.url(Cluster::New)),
            ("NEW_CONNINFO", scene.pair.conninfo(Cluster::New)),
            ("WINDOW", "2999-12-01 02:00".to_owned()),
        ] {
            scene.set(name, value);
        }
        scene
    }

    /// A token for the forge.
    pub fn token(&self) -> String {
        self.by_name.console(&["token", "create", "forge", "--scope", "enqueue"]).well().trim().to_owned()
    }

    /// What a step printed and a later one needs.
    pub fn set(&self, name: &'static str, value: String) {
        self.variables.borrow_mut().push((name, value));
    }

    /// Checks that the page tells an operator to set what its commands are given here.
    pub fn set_names(&self) {
        let names: Vec<&Block> = self.page.step(0).collect();
        let [Block { place: Place::EveryShell, commands, .. }] = names[..] else { panic!("{names:?}") };
        for (name, _) in self.variables.borrow().iter() {
            assert!(commands.contains(&format!("\n{name}=")), "docs/failover.md does not say what {name} is");
        }
        run(self.by_name.here("sh").args(["-euc", commands])).well();
    }

    /// Runs the blocks of one step; what they printed, in order. Each must succeed.
    pub fn step(&self, number: u32) -> Vec<String> {
        self.page.step(number).map(|block| self.run(block).well()).collect()
    }

    /// Runs those for one place only.
    pub fn step_at(&self, number: u32, place: Place) -> Vec<String> {
        let here = self.page.step(number).filter(|block| block.place == place);
        here.map(|block| self.run(block).well()).collect()
    }

    /// Runs a block where the page says.
    pub fn run(&self, block: &Block) -> Answer {
        let variables = self.variables.borrow();
        match block.place {
            Place::OldPrimary => self.pair.run(Cluster::Old, &variables, &block.commands),
            Place::Standby => self.pair.run(Cluster::New, &variables, &block.commands),
            Place::Postern | Place::EveryShell => {
                let path = std::env::var("PATH").unwrap();
                let mut shell = self.by_name.here("sh");
                shell.args(["-euc", &block.commands]).envs(variables.iter().map(|(name, value)| (name, value)));
                run(shell.env("PATH", format!("{}:{path}", Path::new(PROGRAM).parent().unwrap().display())))
            }
        }
    }

    /// The SMTP and HTTP ports of both gateways.
    pub fn doors(&self) -> Vec<(u16, u16)> {
        [&self.by_name, &self.other].map(|gateway| (gateway.smtp_port, gateway.http_port)).to_vec()
    }
}
