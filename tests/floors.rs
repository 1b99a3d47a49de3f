//! Checks the rules of the source tree by reading `src/`: which module may import which, which
//! crate belongs to which module, and the length and names of files. A broken rule fails with its
//! file, its line and the remedy.

#[path = "floors/house.rs"]
mod house;
#[path = "floors/mentions.rs"]
mod mentions;
#[path = "floors/plan.rs"]
mod plan;
#[path = "floors/rules.rs"]
mod rules;
#[path = "floors/selftest.rs"]
mod selftest;
#[path = "floors/times.rs"]
mod times;
#[path = "floors/tools.rs"]
mod tools;

use house::House;

#[test]
fn the_house_follows_its_rules() {
    let house = House::open(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))).unwrap();
    assert!(house.rooms().count() > 50, "the checker has lost sight of the house: it found hardly any file in src");
    let faults = rules::check(&house);
    let lines: Vec<_> = faults.iter().map(ToString::to_string).collect();
    assert!(faults.is_empty(), "{} rules of the house are broken:\n\n{}\n", faults.len(), lines.join("\n"));
}
