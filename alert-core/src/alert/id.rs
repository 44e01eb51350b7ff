//! What an alert is called.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher;
use std::process;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::{Builder, Uuid};

use super::time::{InvalidText, Timestamp};
use super::wire::parsed;

/// The last tick given out: 48 bits of milliseconds, then 12 bits that divide each into 4,096.
static LAST: AtomicU64 = AtomicU64::new(0);

/// Random bits of this process; zero until the first id.
static BITS: AtomicU64 = AtomicU64::new(0);

/// The id of one alert, a UUID version 7: unique in the world, and growing within a process whatever the clock does.
///
/// Its random part is made once per process. The child of a `fork` without `exec` inherits it until it builds a pipeline of
/// its own; ids that parent and child make before that may be the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AlertId(Uuid);

impl AlertId {
    /// A new id, greater than all that this process made before. Never blocks, never panics.
    #[inline]
    pub fn next() -> AlertId {
        AlertId::at(Timestamp::now())
    }

    /// A new id for an alert of this time; one call of the clock serves both.
    #[inline]
    pub(super) fn at(time: Timestamp) -> AlertId {
        compose(advance(&LAST, ticks(time)), bits())
    }

    /// Makes the random part of later ids anew, so that a forked child's differ from its parent's.
    pub(crate) fn reseed() -> u64 {
        let seed = (process::id(), Timestamp::now().as_micros());
        // Zero means "not made yet"; the top bit keeps it apart, and the variant overwrites it.
        let bits = RandomState::new().hash_one(seed) | (1 << 63);
        BITS.store(bits, Ordering::Relaxed);
        bits
    }

    /// The sixteen bytes, in network order; they sort as the ids do.
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0.into_bytes()
    }

    /// The id with these sixteen bytes, in network order.
    pub const fn from_bytes(bytes: [u8; 16]) -> AlertId {
        AlertId(Uuid::from_bytes(bytes))
    }
}

#[inline]
fn bits() -> u64 {
    match BITS.load(Ordering::Relaxed) {
        0 => AlertId::reseed(),
        bits => bits,
    }
}

/// The clock's tick: 4,096 a millisecond.
#[inline]
fn ticks(time: Timestamp) -> u64 {
    let micros = time.as_micros();
    let (millis, rest) = (micros / 1_000, micros % 1_000);
    (millis << 12) | (rest * 4_096 / 1_000)
}

/// The clock's tick, or the one after the last if the clock stands or goes back. Never gives one twice.
#[inline]
fn advance(last: &AtomicU64, clock: u64) -> u64 {
    let mut before = last.load(Ordering::Relaxed);
    loop {
        // The latest time is 2^48 milliseconds short of an overflow by ten per cent: never reached by counting.
        let tick = clock.max(before.wrapping_add(1));
        match last.compare_exchange_weak(before, tick, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => return tick,
            Err(now) => before = now,
        }
    }
}

/// Version 7: milliseconds, the rest of the tick where the first random bits may be, then the process's bits.
#[inline]
fn compose(tick: u64, bits: u64) -> AlertId {
    let mut rest = [0; 10];
    rest[..2].copy_from_slice(&((tick & 0xfff) as u16).to_be_bytes());
    rest[2..].copy_from_slice(&bits.to_be_bytes());
    AlertId(Builder::from_unix_timestamp_millis(tick >> 12, &rest).into_uuid())
}

impl fmt::Display for AlertId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.0.as_hyphenated(), f)
    }
}

impl FromStr for AlertId {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<AlertId, InvalidText> {
        match Uuid::try_parse(text) {
            Ok(id) => Ok(AlertId(id)),
            Err(_) => Err(InvalidText("not an alert id")),
        }
    }
}

impl Serialize for AlertId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut buffer = Uuid::encode_buffer();
        serializer.serialize_str(self.0.as_hyphenated().encode_lower(&mut buffer))
    }
}

impl<'de> Deserialize<'de> for AlertId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<AlertId, D::Error> {
        parsed(deserializer, "an alert id")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::thread;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_id_is_a_uuid_of_version_7_that_tells_the_time() {
        let time = Timestamp::from_micros(1_795_499_337_123_456);
        let id = compose(ticks(time), 7);
        assert_eq!(id.0.get_version_num(), 7);
        assert_eq!(id.0.get_variant(), uuid::Variant::RFC4122);
        let millis = u64::from_be_bytes(id.to_bytes()[..8].try_into().unwrap()) >> 16;
        assert_eq!(millis, 1_795_499_337_123);
        assert_eq!(AlertId::from_bytes(id.to_bytes()), id);
    }

    #[test]
    fn ids_of_many_threads_are_unique_and_grow_in_each() {
        let threads: Vec<_> = (0..8)
            .map(|_| thread::spawn(|| (0..10_000).map(|_| AlertId::next()).collect::<Vec<_>>()))
            .collect();
        let mut seen = HashSet::new();
        for thread in threads {
            let ids = thread.join().unwrap();
            assert!(ids.is_sorted());
            for id in ids {
                assert!(seen.insert(id), "{id} was given twice");
            }
        }
    }

    #[test]
    fn an_id_made_in_a_thread_local_destructor_does_not_panic() {
        struct Last;
        impl Drop for Last {
            fn drop(&mut self) {
                AlertId::next();
                AlertId::reseed();
            }
        }
        thread_local!(static LAST: Last = const { Last });
        thread::spawn(|| LAST.with(|_| ())).join().unwrap();
    }

    #[test]
    fn text_that_is_no_id_is_refused_without_being_repeated() {
        let error = "hunter2".parse::<AlertId>().unwrap_err();
        assert_eq!(error.to_string(), "not an alert id");
    }

    #[test]
    fn a_new_seed_changes_the_random_part_alone() {
        assert_ne!(AlertId::reseed(), AlertId::reseed());
        let (a, b) = (compose(5, 1), compose(6, 0));
        assert!(a < b);
    }

    proptest! {
        #[test]
        fn ids_grow_whatever_the_clock_does(clocks in prop::collection::vec(any::<u64>(), 1..50)) {
            let last = AtomicU64::new(0);
            let mut before = None;
            for micros in clocks {
                let time = Timestamp::from_micros(micros % (Timestamp::MAX.as_micros() + 9));
                let id = compose(advance(&last, ticks(time)), 42);
                prop_assert!(Some(id) > before);
                before = Some(id);
            }
        }

        #[test]
        fn an_id_is_read_back_from_its_text(tick in 0..1_u64 << 60, bits in any::<u64>()) {
            let id = compose(tick, bits);
            prop_assert_eq!(id.to_string().parse::<AlertId>(), Ok(id));
            let json = serde_json::to_string(&id).unwrap();
            prop_assert_eq!(serde_json::from_str::<AlertId>(&json).unwrap(), id);
        }
    }
}
