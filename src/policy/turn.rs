//! The order of sending: which of the due deliveries are claimed first.
//!
//! Pages come first, then system mail and mail that a person waits for (resets, invitations), then
//! news; within each group, the oldest first. So after a long maintenance a reset does not queue
//! behind the backlog of notifications. No class starves: each group behind the first keeps a share
//! of the places and bytes of every claim, as long as it has deliveries due.

use crate::domain::id::DeliveryId;
use crate::domain::notification::Class;
use jiff::Timestamp;

/// Each group behind the first keeps one in this many places (and bytes) of a claim.
const SHARE: i64 = 8;

/// The number of groups.
const TURNS: usize = 3;

/// A delivery that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The delivery's id.
    pub id: DeliveryId,
    /// Its class.
    pub class: Class,
    /// When it became due.
    pub due_at: Timestamp,
    /// The size of its message.
    pub size_bytes: i64,
}

/// The group of a class; 0 is sent first.
#[must_use]
pub fn turn(class: Class) -> usize {
    match class {
        Class::Paging => 0,
        Class::System | Class::WriteDependent => 1,
        Class::Ordinary | Class::Unclassified => 2,
    }
}

/// The limits of one claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Deliveries at most.
    pub places: i64,
    /// Bytes of messages; the delivery that exceeds them is the last of its group.
    pub bytes: i64,
    /// Any number that differs from claim to claim. With fewer than eight places per claim, it
    /// spreads the kept shares over eight claims.
    pub draw: i64,
}

impl Room {
    /// The places kept for a group behind the first. Over eight consecutive draws it is an eighth
    /// of all places, and the groups together never keep more places than there are.
    fn kept(self, turn: usize) -> i64 {
        let offset = if turn % 2 == 1 { SHARE / 2 } else { 0 };
        (self.places + (self.draw + offset).rem_euclid(SHARE)) / SHARE
    }
}

/// The deliveries of `due` to claim, in sending order.
#[must_use]
pub fn choose(due: Vec<Due>, room: Room) -> Vec<DeliveryId> {
    let mut turns: [Vec<Due>; TURNS] = Default::default();
    for one in due {
        turns[turn(one.class)].push(one);
    }
    let kept: [(i64, i64); TURNS] = std::array::from_fn(|turn| {
        let waiting = i64::try_from(turns[turn].len()).unwrap_or(i64::MAX);
        let places = if turn == 0 { 0 } else { room.kept(turn).min(waiting) };
        (places, if places > 0 { room.bytes / SHARE } else { 0 })
    });
    let (mut places, mut bytes, mut chosen) = (room.places, room.bytes, Vec::new());
    for (turn, mut waiting) in turns.into_iter().enumerate() {
        let behind = |part: fn(&(i64, i64)) -> i64| kept[turn + 1..].iter().map(part).sum::<i64>();
        let mut may_take = places - behind(|(places, _)| *places);
        // A group's kept bytes stay its own, however big the messages of earlier groups were.
        let mut may_fill = (bytes - behind(|(_, bytes)| *bytes)).max(kept[turn].1);
        waiting.sort_unstable_by_key(|one| (one.due_at, one.id));
        for one in waiting {
            if may_take < 1 || may_fill < 1 {
                break;
            }
            (may_take, may_fill) = (may_take - 1, may_fill - one.size_bytes);
            (places, bytes) = (places - 1, bytes - one.size_bytes);
            chosen.push(one.id);
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn due(class: Class, second: i64, size_bytes: i64) -> Due {
        let due_at = Timestamp::from_second(second).unwrap();
        Due { id: DeliveryId::mint(due_at), class, due_at, size_bytes }
    }

    fn many(class: Class, number: i64) -> Vec<Due> {
        (0..number).map(|second| due(class, second, 100)).collect()
    }

    fn room(places: i64) -> Room {
        Room { places, bytes: 1_000_000, draw: 0 }
    }

    /// The classes of the chosen deliveries, in order.
    fn classes(all: &[Due], chosen: &[DeliveryId]) -> Vec<Class> {
        chosen.iter().map(|id| all.iter().find(|one| one.id == *id).unwrap().class).collect()
    }

    #[test]
    fn pages_come_first_then_resets_then_news_each_oldest_first() {
        let all = [
            due(Class::Ordinary, 1, 1),
            due(Class::Unclassified, 0, 1),
            due(Class::WriteDependent, 9, 1),
            due(Class::System, 8, 1),
            due(Class::Paging, 20, 1),
        ];
        let chosen = choose(all.to_vec(), room(32));
        let expected = [Class::Paging, Class::System, Class::WriteDependent, Class::Unclassified, Class::Ordinary];
        assert_eq!(classes(&all, &chosen), expected);
    }

    #[test]
    fn a_reset_does_not_queue_behind_what_piled_up() {
        let mut all = many(Class::Unclassified, 40_000);
        all.push(due(Class::WriteDependent, 90_000, 100));
        assert_eq!(classes(&all, &choose(all.clone(), room(1))), [Class::WriteDependent]);
    }

    #[test]
    fn a_flood_of_pages_leaves_each_turn_behind_it_its_share() {
        let all = [many(Class::Paging, 500), many(Class::WriteDependent, 500), many(Class::Ordinary, 500)].concat();
        let chosen = classes(&all, &choose(all.clone(), room(32)));
        let number = |wanted| chosen.iter().filter(|class| **class == wanted).count();
        assert_eq!(
            (number(Class::Paging), number(Class::WriteDependent), number(Class::Ordinary), chosen.len()),
            (24, 4, 4, 32)
        );
    }

    #[test]
    fn big_messages_leave_the_turns_behind_them_their_bytes() {
        let mut all = (0..10).map(|second| due(Class::Paging, second, 900_000)).collect::<Vec<_>>();
        all.extend(many(Class::WriteDependent, 3));
        all.extend(many(Class::Ordinary, 3));
        let chosen = classes(&all, &choose(all.clone(), room(32)));
        let rest = [Class::WriteDependent, Class::Ordinary].map(|class| [class; 3]).concat();
        assert_eq!(chosen, [vec![Class::Paging], rest].concat());
    }

    /// Sends from a flood of every class, `places` per claim, until the last delivery of `class`
    /// that was due at the start has been sent. Returns the number of claims.
    fn claims_until_sent(class: Class, behind: i64, places: i64) -> i64 {
        let mut waiting: Vec<Due> = Class::ALL.iter().flat_map(|class| many(*class, behind)).collect();
        let awaited: Vec<DeliveryId> = waiting.iter().filter(|one| one.class == class).map(|one| one.id).collect();
        for claims in 0.. {
            if !awaited.iter().any(|id| waiting.iter().any(|one| one.id == *id)) {
                return claims;
            }
            let chosen = choose(waiting.clone(), Room { draw: claims, ..room(places) });
            assert!(i64::try_from(chosen.len()).unwrap() <= places);
            waiting.retain(|one| !chosen.contains(&one.id));
            // The flood continues: each sent delivery is replaced by a later one.
            let flood = |class: &Class| (0..places).map(|_| due(*class, 1000 + claims, 100)).collect::<Vec<_>>();
            waiting.extend(Class::ALL.iter().flat_map(flood));
            waiting.sort_unstable_by_key(|one| (one.due_at, one.id));
        }
        unreachable!("claims end only by the return above")
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(40) })]
        #[test]
        fn no_class_starves(which in 0..Class::ALL.len(), behind in 1i64..6, places in 1i64..40) {
            // An eighth of all places, shared by the two classes of a group, rounded up to whole
            // rounds of eight draws.
            let bound = 8 * (2 * behind).div_euclid(places) + 16;
            let took = claims_until_sent(Class::ALL[which], behind, places);
            prop_assert!(took <= bound, "{took} claims of {places} for {behind} of {}", Class::ALL[which]);
        }

        #[test]
        fn no_claim_takes_more_than_its_room_and_none_leaves_places_empty(
            numbers in proptest::array::uniform5(0i64..60), places in 1i64..60, draw in any::<i64>()
        ) {
            let all: Vec<Due> = Class::ALL.iter().zip(numbers).flat_map(|(class, number)| many(*class, number)).collect();
            let chosen = choose(all.clone(), Room { draw, ..room(places) });
            let due = i64::try_from(all.len()).unwrap();
            prop_assert_eq!(i64::try_from(chosen.len()).unwrap(), due.min(places));
        }
    }
}
