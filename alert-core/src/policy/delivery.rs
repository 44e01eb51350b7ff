use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::sink::ErrorClass;

/// How one sink is served: what is suppressed, how long and how often it is
/// tried, how much may wait.
///
/// Nothing is suppressed unless asked for.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Delivery {
    /// Suppresses repeats. Off by default.
    pub dedup: Option<Dedup>,
    /// Limits the rate. Off by default.
    pub throttle: Option<Throttle>,
    /// How a failed attempt is repeated.
    pub retry: Retry,
    /// How long one attempt, or opening the sink, may take. Default 10 s.
    pub attempt_timeout: Duration,
    /// How much may wait.
    pub queue: Queue,
    /// How alerts are gathered.
    pub batch: BatchPolicy,
    /// How many requests may be under way at once, at most as many as the sink
    /// allows; 0 is read as 1. Above 1 only alerts of one dedup key arrive in
    /// order. Default 1.
    pub in_flight: usize,
    /// When the lane stops trying at full pace.
    pub circuit: Circuit,
    /// How long a lane must have failed before the pipeline tells the other
    /// sinks. Default 5 min.
    pub notice_after: Duration,
    /// Gathers a flood into few messages. Off by default.
    pub digest: Option<DigestPolicy>,
    /// The sink that takes what this one rejected, gave up or abandoned, unless
    /// it has it already. None by default.
    pub fallback: Option<Arc<str>>,
    /// What a failure with this code means here, whatever the sink says of it:
    /// of an alert, of a whole batch, and of opening the sink, which is tried
    /// again in any case. A pause that the sink asked for holds in every class;
    /// `ambiguous` counts if the class is now transient, `until_changed` if it
    /// is now unusable. Empty by default.
    pub class: BTreeMap<String, ErrorClass>,
}

impl Default for Delivery {
    fn default() -> Self {
        Self {
            dedup: None,
            throttle: None,
            retry: Retry::default(),
            attempt_timeout: Duration::from_secs(10),
            queue: Queue::default(),
            batch: BatchPolicy::default(),
            in_flight: 1,
            circuit: Circuit::default(),
            notice_after: Duration::from_secs(300),
            digest: None,
            fallback: None,
            class: BTreeMap::new(),
        }
    }
}

/// Suppresses an alert whose key was let through less than `within` ago. The
/// key is the dedup key, else a fingerprint of severity, source and title;
/// firing and resolved are told apart, and the resolved alert of a key that is
/// open at this sink is no repeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dedup {
    /// How long after an alert its repeats are suppressed.
    pub within: Duration,
}

/// A token bucket: at most `at_most` alerts at once, refilled evenly over
/// `every`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Throttle {
    /// The bucket's size; 0 is read as 1.
    pub at_most: u32,
    /// How long an empty bucket takes to fill; zero means: no limit.
    pub every: Duration,
    /// Which alerts share a bucket.
    pub same: Same,
}

/// Which alerts share a throttle's bucket.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Same {
    /// All alerts of the sink.
    #[default]
    Sink,
    /// Those of one source.
    Source,
    /// Those of one severity.
    Severity,
    /// Those of one dedup key or fingerprint.
    Key,
}

/// Gathers a flood: the first alert of a quiet lane opens a window of `every`,
/// the first `after` alerts of it go at once, and the rest become one message at
/// its end.
///
/// A flood goes on: after a window with more than `after` alerts the next begins
/// at once, and nothing of that one goes at once; so an hour's flood with
/// `after = 5, every = "1m"` is 65 messages. It is over once a window brings no
/// more than `after`. One gathered alert alone goes as itself. Critical alerts
/// pass by and are not counted towards `after`; resolved and tracked ones are
/// gathered like others, and a receipt gets the digest's outcome. Flush and
/// close end a window at once. Of `max_age`, which counts from the first
/// gathered alert, at least half is left at the window's end.
///
/// A window keeps at most 1,000 alerts and 1 MiB of them, or a quarter of what
/// may wait in bytes if that is less (the first is always kept); further ones
/// are only counted, and tracked ones among them go at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DigestPolicy {
    /// How many alerts of a window go at once; 0: none but critical ones.
    pub after: u32,
    /// How long a window is; zero means: no digest.
    pub every: Duration,
}

/// How a failed attempt is repeated: after a random pause below
/// `first` × 2ⁿ, at most `cap`.
///
/// One alert that its service keeps failing does not hold up the others: after
/// two failures of its own (no rate limit, no failure to connect) the next one
/// is tried. If that passes, the first is retried aside, at a pace of its own,
/// with the later alerts of its dedup key behind it; at most 16 alerts of a
/// sink stand aside. If it fails too, the circuit opens and nothing overtakes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// After how many counted attempts an alert is given up; 0 is read as 1.
    /// Rate limits, failures to connect and attempts while the circuit is open
    /// are not counted. Default 5.
    pub max_attempts: u32,
    /// How long after its acceptance an alert is given up, waiting aside or
    /// for an open circuit included. One that only waits behind others in a
    /// healthy lane is still delivered. Default 10 min.
    pub max_age: Duration,
    /// The bound of the first pause. Default 0.5 s.
    pub first: Duration,
    /// The bound of every pause. Default 30 s.
    pub cap: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            max_attempts: 5,
            max_age: Duration::from_secs(600),
            first: Duration::from_millis(500),
            cap: Duration::from_secs(30),
        }
    }
}

/// How much may wait in a lane, what is being delivered included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Queue {
    /// Alerts; 0 is read as 1. Default 10,000.
    pub alerts: usize,
    /// Bytes of alert text. Default 16 MiB.
    pub bytes: usize,
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            alerts: 10_000,
            bytes: 16 * 1024 * 1024,
        }
    }
}

/// How alerts are gathered into one attempt, for sinks that take several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchPolicy {
    /// At most this many, and at most what the sink takes; 0 is read as 1.
    /// Default: what the sink takes.
    pub max: usize,
    /// How long after one batch the next may wait to fill. The first alert of
    /// a quiet lane goes at once. Default zero.
    pub linger: Duration,
}

impl Default for BatchPolicy {
    fn default() -> Self {
        Self {
            max: usize::MAX,
            linger: Duration::ZERO,
        }
    }
}

/// When a lane stops trying at full pace: after `after` failures in a row, or
/// once both a failing alert and the next one tried in its place have failed,
/// it sends one alert every `wait` until one passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Circuit {
    /// Failures in a row; 0 is read as 1. With 1 the circuit opens before an
    /// alert can be told from its service, and none is retried aside.
    /// Default 3.
    pub after: u32,
    /// The pause between probes. Default 30 s.
    pub wait: Duration,
}

impl Default for Circuit {
    fn default() -> Self {
        Self {
            after: 3,
            wait: Duration::from_secs(30),
        }
    }
}
