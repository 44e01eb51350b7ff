//! Where alerts wait between the thread that emits and the dispatcher: one bounded ring per severity, so that no
//! severity displaces another, and one ticket for all, which restores the order. No locks; a thread waits for another
//! only for the few instructions between claiming a slot of a ring and filling or emptying it.

use super::sync::{ArrayQueue, AtomicU64, AtomicUsize, CachePadded, Ordering};

/// One ring per severity, indexed by it.
pub(crate) const RINGS: usize = 3;
/// Entries a ring holds unless told otherwise.
pub(crate) const DEFAULT_ENTRIES: usize = 4_096;
/// Bytes a ring holds unless told otherwise.
pub(crate) const DEFAULT_BYTES: usize = 16 << 20;
/// No cap in bytes is higher, so that no sum of weights, those being pushed included, overflows.
const HIGHEST_BYTES: u64 = 1 << 40;

struct Entry<T> {
    ticket: u64,
    weight: u64,
    item: T,
}

struct Ring<T> {
    entries: ArrayQueue<Entry<T>>,
    /// A weight is added before its entry is pushed and taken off after it was popped: it never falls below what the
    /// ring holds, so it cannot underflow, and each entry carries its weight, so it cannot drift.
    bytes: CachePadded<AtomicU64>,
    shed: AtomicU64,
    /// How many entries the dispatcher holds in its hand: 0 or 1, written by it alone.
    held: AtomicUsize,
}

impl<T> Ring<T> {
    fn pop(&self) -> Option<Entry<T>> {
        let entry = self.entries.pop()?;
        self.bytes.fetch_sub(entry.weight, Ordering::Relaxed);
        Some(entry)
    }

    fn len(&self) -> usize {
        self.entries.len() + self.held.load(Ordering::Relaxed)
    }
}

/// The rings. A severity is given as an index; one out of range counts as the highest.
pub(crate) struct Intake<T> {
    tickets: CachePadded<AtomicU64>,
    rings: [Ring<T>; RINGS],
    cap: u64,
}

impl<T> Intake<T> {
    /// Rings of `entries` entries (at least one) and `bytes` bytes each. The room for the entries is taken at once.
    pub(crate) fn new(entries: usize, bytes: usize) -> Self {
        let ring = |_| Ring {
            entries: ArrayQueue::new(entries.max(1)),
            bytes: CachePadded::new(AtomicU64::new(0)),
            shed: AtomicU64::new(0),
            held: AtomicUsize::new(0),
        };
        Self {
            tickets: CachePadded::new(AtomicU64::new(0)),
            rings: std::array::from_fn(ring),
            cap: in_bytes(bytes).min(HIGHEST_BYTES),
        }
    }

    /// Takes a ticket and adds the item. A ring that is full sheds its own oldest; an item heavier than a whole ring
    /// is shed itself. What is shed is counted here and handed to `on_shed`. Never allocates, never waits for the
    /// dispatcher. Pushes that race may exceed the bytes by their own weight for a moment, or shed one entry too many.
    pub(crate) fn push(&self, severity: usize, weight: usize, item: T, mut on_shed: impl FnMut(T)) {
        let (ring, weight) = (self.ring(severity), in_bytes(weight));
        let mut shed = |item| {
            ring.shed.fetch_add(1, Ordering::Relaxed);
            on_shed(item);
        };
        if weight > self.cap {
            return shed(item);
        }
        let heavy = ring.bytes.fetch_add(weight, Ordering::Relaxed) + weight > self.cap;
        let ticket = self.tickets.fetch_add(1, Ordering::Relaxed);
        let entry = Entry {
            ticket,
            weight,
            item,
        };
        if let Some(oldest) = ring.entries.force_push(entry) {
            ring.bytes.fetch_sub(oldest.weight, Ordering::Relaxed);
            shed(oldest.item);
        }
        // After the push, not before: what other threads are about to push cannot be shed yet, and they come here too.
        while heavy && ring.bytes.load(Ordering::Relaxed) > self.cap {
            let Some(oldest) = ring.pop() else { return };
            shed(oldest.item);
        }
    }

    /// Whether an item of that weight would fit now.
    pub(crate) fn has_room(&self, severity: usize, weight: usize) -> bool {
        let ring = self.ring(severity);
        !ring.entries.is_full()
            && ring
                .bytes
                .load(Ordering::Relaxed)
                .saturating_add(in_bytes(weight))
                <= self.cap
    }

    /// The next ticket, as a barrier: what was pushed before this call has come out as soon as a
    /// [`Drain::next_before`] it, begun after this call, returns nothing.
    pub(crate) fn tickets(&self) -> u64 {
        self.tickets.load(Ordering::Relaxed)
    }

    /// How many wait, those in the dispatcher's hand included; exact when nothing moves.
    pub(crate) fn len(&self) -> usize {
        self.rings.iter().map(Ring::len).sum()
    }

    /// Whether nothing waits. To the dispatcher, whose hand is empty, this cannot say yes when a push came before.
    pub(crate) fn is_empty(&self) -> bool {
        self.rings
            .iter()
            .all(|ring| ring.entries.is_empty() && ring.held.load(Ordering::Relaxed) == 0)
    }

    /// How many of that severity were shed so far.
    pub(crate) fn shed(&self, severity: usize) -> u64 {
        self.ring(severity).shed.load(Ordering::Relaxed)
    }

    /// Takes out everything, lowest severity first, counting nothing. For a push that finds the pipeline closed after
    /// it, when no dispatcher will look again. Any thread may call it.
    pub(crate) fn sweep(&self, mut each: impl FnMut(usize, T)) {
        for (severity, ring) in self.rings.iter().enumerate() {
            while let Some(entry) = ring.pop() {
                each(severity, entry.item);
            }
        }
    }

    fn ring(&self, severity: usize) -> &Ring<T> {
        &self.rings[severity.min(RINGS - 1)]
    }
}

/// The dispatcher's hand: at most one entry of each ring. An intake has one, and all its life the same.
pub(crate) struct Drain<T> {
    heads: [Option<Entry<T>>; RINGS],
}

impl<T> Drain<T> {
    pub(crate) fn new() -> Self {
        Self {
            heads: [None, None, None],
        }
    }

    /// The next item, with its ticket and severity, if its ticket is below the barrier; otherwise it stays in the hand.
    /// What one thread pushed comes out in the order it was pushed, whatever the severities; between threads the
    /// tickets decide, except where two pushed to one ring at once.
    ///
    /// Why the lowest head may go: suppose a thread pushed X, then Z, and Z is a head. If X waits in its ring, then in
    /// front of it, or as the head, is only what was pushed before X, with tickets that were taken before Z's. If that
    /// ring had no head when Z was taken out, it was looked at once more after that, and X was visible by then.
    ///
    /// Why nothing that was pushed before [`Intake::tickets`] is left when this returns nothing: whatever is in front
    /// of it in its ring was pushed before it, so has a ticket below the barrier too, and would be a head that may go.
    pub(crate) fn next_before(
        &mut self,
        barrier: u64,
        intake: &Intake<T>,
    ) -> Option<(u64, usize, T)> {
        while self.fill(intake) {}
        let heads = self.heads.iter().enumerate();
        let (_, first) = heads
            .filter_map(|(i, head)| head.as_ref().map(|entry| (entry.ticket, i)))
            .min()
            .filter(|(ticket, _)| *ticket < barrier)?;
        let Entry { ticket, item, .. } = self.heads[first].take()?;
        intake.rings[first].held.store(0, Ordering::Relaxed);
        Some((ticket, first, item))
    }

    /// Looks once at each ring that has no head; true if one was found.
    fn fill(&mut self, intake: &Intake<T>) -> bool {
        let mut found = false;
        for (head, ring) in self.heads.iter_mut().zip(&intake.rings) {
            // Asking first is cheaper than a pop that finds nothing, which is the usual case.
            if head.is_none() && !ring.entries.is_empty() {
                *head = ring.pop();
                ring.held
                    .store(usize::from(head.is_some()), Ordering::Relaxed);
                found |= head.is_some();
            }
        }
        found
    }
}

/// A weight as it is counted, the same on every platform.
fn in_bytes(weight: usize) -> u64 {
    u64::try_from(weight).unwrap_or(u64::MAX)
}
