//! Nothing else waits for a stuck head, wherever it stands.

use proptest::prelude::*;

use super::aside::attempt;
use super::rig::Rig;
use super::thing::{s, transient};
use crate::pipeline::Reason;
use crate::pipeline::lane::Next;
use crate::policy::Delivery;
use crate::sink::{Delivered, Limits};

proptest! {
    /// A sink that fails exactly one alert for ever and passes all others.
    #[test]
    fn nothing_else_waits_for_a_stuck_head(
        batch in 1..6_usize, edits: bool, one_by_one: bool,
        keys in prop::collection::vec(prop::option::weighted(0.5, 0..4_u8), 2..40),
        place: prop::sample::Index,
        seed: u64,
    ) {
        let mut policy = Delivery::default();
        policy.retry.max_age = s(3_600);
        let limits = Limits::none().batch(batch);
        let limits = if edits { limits.edits() } else { limits };
        let mut rig = Rig::opened(policy, limits);
        rig.lane.random = fastrand::Rng::with_seed(seed);
        let poison = place.index(keys.len());
        for key in &keys {
            match key {
                Some(key) => rig.offer_keyed(&key.to_string()),
                None => rig.info(),
            };
        }
        let follows = |id: usize| id >= poison && keys[id].is_some() && keys[id] == keys[poison];
        let is_own = |id: u64| id == poison as u64 || follows(id as usize);
        let poison = poison as u64;
        let mut waiting: Vec<u64> = (0..keys.len() as u64).filter(|id| !is_own(*id)).collect();
        let (mut failures, mut order) = (0, Vec::new());
        while !waiting.is_empty() {
            let dues = rig.lane.aside.dues();
            let steps_aside = |(id, due): &(u64, Option<_>)| *id == poison && due.is_some();
            let aside = dues.iter().any(steps_aside);
            let members = attempt(&mut rig);
            failures += u32::from(members.contains(&poison) && !aside);
            if !members.contains(&poison) {
                rig.ok();
            } else if one_by_one {
                for (index, id) in members.iter().enumerate() {
                    let passes = *id != poison;
                    rig.settle(index, if passes { Ok(Delivered::new()) } else { Err(transient()) });
                }
                rig.ok();
            } else {
                rig.fail(transient());
            }
            for (id, outcome) in rig.outcomes() {
                prop_assert!(id == poison || outcome.reason() == Reason::Delivered);
                waiting.retain(|waits| *waits != id);
                order.push(id);
            }
        }
        // Those of one batch share two failures before they are asked alone.
        let most = if batch > 1 && !one_by_one { 3 } else { 2 };
        prop_assert!(failures <= most, "{failures} failures");
        let pauses = Delivery::default().retry.first * ((1 << most) - 1);
        prop_assert!(rig.now <= pauses, "{:?}", rig.now);
        let others = order.iter().copied().filter(|id| !is_own(*id));
        prop_assert!(one_by_one || others.is_sorted(), "{order:?}");

        // Then it gives up, and those of its key come through in order.
        while rig.pending() > 0 {
            match rig.next() {
                Next::Wait(until) => rig.now = until.unwrap_or(rig.now),
                Next::Deliver(work) if work.members[0].item.id == poison => rig.fail(transient()),
                _ => rig.ok(),
            }
            order.extend(rig.outcomes().into_iter().map(|(id, _)| id));
        }
        let own: Vec<u64> = order.into_iter().filter(|id| is_own(*id)).collect();
        // But for those that it travelled with.
        prop_assert!(one_by_one || own.is_sorted() && own[0] == poison, "{own:?}");
    }
}
