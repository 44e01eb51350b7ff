//! What a call costs the caller: one each 100 µs, in a burst, and after a quiet spell.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_queue::ArrayQueue;

use crate::measure::{Turns, nanoseconds, print_table, spin};
use crate::ours::{self, Dropping};
use crate::peers::{self, Full, Peer, ROOM};

const PUSH: &str = "build, push, consumer awake";
const BUILD: &str = "build, drop";
trait Contender {
    fn call(&self, n: u64);
    /// Its turn begins, or ends.
    fn turn(&self, _begins: bool) {}
}

struct Build;

impl Contender for Build {
    fn call(&self, n: u64) {
        drop(std::hint::black_box(ours::record(n)));
    }
}

/// The bare queue with a consumer that never sleeps while it is its turn.
struct Push {
    shared: Arc<(ArrayQueue<Arc<alert::Alert>>, AtomicBool)>,
    consumer: JoinHandle<()>,
}

impl Push {
    fn new() -> Self {
        let shared = Arc::new((ArrayQueue::new(ROOM), AtomicBool::new(false)));
        let theirs = shared.clone();
        let consumer = thread::spawn(move || {
            let (queue, awake) = &*theirs;
            loop {
                drop(queue.pop());
                if awake.load(Ordering::Acquire) {
                    std::hint::spin_loop();
                } else {
                    thread::park();
                }
            }
        });
        Self { shared, consumer }
    }
}

impl Contender for Push {
    fn call(&self, n: u64) {
        drop(self.shared.0.push(Arc::new(ours::record(n))));
    }

    fn turn(&self, begins: bool) {
        self.shared.1.store(begins, Ordering::Release);
        self.consumer.thread().unpark();
    }
}

impl Contender for Dropping {
    fn call(&self, n: u64) {
        self.emit(ours::record(n));
    }
}

impl Contender for Box<dyn Peer> {
    fn call(&self, n: u64) {
        self.emit(n);
    }
}

/// What one measurement is: so many turns of so many calls, this far apart, with such a pause before each turn.
struct Shape {
    title: &'static str,
    turns: u64,
    calls: u64,
    apart: Duration,
    /// Calls before the turn is measured, at the same pace.
    before: u64,
    pause: Duration,
}

pub(crate) fn run() {
    let folder = tempfile::tempdir().expect("there is room for temporary files");
    let mut contenders: Vec<(&'static str, Box<dyn Contender>)> = vec![
        (BUILD, Box::new(Build)),
        (PUSH, Box::new(Push::new())),
        ("emit, 1 sink", Box::new(Dropping::new(1))),
        ("emit, 16 sinks", Box::new(Dropping::new(16))),
    ];
    for name in peers::NAMES {
        contenders.push((name, Box::new(peers::open(name, folder.path(), Full::Drop))));
    }
    let paced = Shape {
        title: "one call each 100 µs, nanoseconds",
        turns: 40,
        calls: 300,
        apart: Duration::from_micros(100),
        before: 30,
        pause: Duration::from_millis(2),
    };
    let burst = Shape {
        title: "bursts of 200 calls, nanoseconds",
        turns: 300,
        calls: 200,
        apart: Duration::ZERO,
        before: 10,
        pause: Duration::from_millis(3),
    };
    measure(&contenders, &paced);
    measure(&contenders, &burst);
    after_a_quiet_spell(&contenders);
    idle();
    lost_in_a_flood();
}

fn measure(contenders: &[(&'static str, Box<dyn Contender>)], shape: &Shape) {
    let mut turns = Turns::new(contenders.iter().map(|contender| contender.0).collect());
    for turn in 0..shape.turns {
        for (index, (_, contender)) in contenders.iter().enumerate() {
            spin(shape.pause);
            contender.turn(true);
            let mut samples = Vec::with_capacity(shape.calls as usize);
            for n in 0..shape.before + shape.calls {
                spin(shape.apart);
                samples.push(nanoseconds(|| contender.call(turn << 32 | n)));
            }
            contender.turn(false);
            turns.record(index, samples.split_off(shape.before as usize));
        }
    }
    print(shape.title, &turns);
}

/// All are quiet together, then each is called once.
fn after_a_quiet_spell(contenders: &[(&'static str, Box<dyn Contender>)]) {
    let mut turns = Turns::new(contenders.iter().map(|contender| contender.0).collect());
    for turn in 0..12 {
        thread::park_timeout(Duration::from_millis(700));
        for (index, (_, contender)) in contenders.iter().enumerate() {
            contender.turn(true);
            spin(Duration::from_millis(1));
            turns.record(index, vec![nanoseconds(|| contender.call(turn))]);
            contender.turn(false);
        }
    }
    print("one call after 0.7 s of quiet, nanoseconds", &turns);
}

fn print(title: &str, turns: &Turns) {
    let row = |(index, name): (usize, &str)| {
        let mut row = vec![name.to_owned()];
        row.extend([0.5, 0.99, 0.999].map(|part| format!("{:.0}", turns.quantile(index, part))));
        row.extend(
            [&[PUSH], &peers::NAMES[1..], &peers::NAMES].map(|to| turns.ratio(index, to, f64::min)),
        );
        row
    };
    let head = [
        "",
        "p50",
        "p99",
        "p99.9",
        "to push",
        "to async peers' best",
        "to peers' best",
    ];
    print_table(title, &head, &turns.names().map(row).collect::<Vec<_>>());
}

/// What all threads of the pipelines use of a core when nothing has happened for over a second.
fn idle() {
    thread::park_timeout(Duration::from_millis(1_200));
    let (start, began) = (Instant::now(), pipelines_cpu());
    thread::park_timeout(Duration::from_secs(4));
    let used = pipelines_cpu().zip(began).map(|(now, began)| now - began);
    let percent = used.map(|used| 100.0 * used / start.elapsed().as_nanos() as f64);
    let percent = percent.map_or_else(
        || "not known here".to_owned(),
        |percent| format!("{percent:.4}"),
    );
    let row = vec!["pipelines of 1 and of 16 sinks".to_owned(), percent];
    print_table(
        "idle for a second, percent of a core",
        &["", "used"],
        &[row],
    );
}

/// Nanoseconds that the threads of pipelines have run so far, where the system tells.
fn pipelines_cpu() -> Option<f64> {
    let mut sum = None;
    for task in fs::read_dir("/proc/self/task").ok()?.flatten() {
        let read = |file| fs::read_to_string(task.path().join(file)).unwrap_or_default();
        if read("comm").starts_with("alert") {
            let ran: f64 = read("schedstat").split(' ').next()?.parse().ok()?;
            sum = Some(sum.unwrap_or(0.0) + ran);
        }
    }
    sum
}

/// Four threads call as fast as they can: what part of the records is lost, by the bare queue and by a pipeline with
/// one sink, both with consumers that only drop.
fn lost_in_a_flood() {
    const CALLS: u64 = 50_000;
    let flood = |call: &(dyn Fn(u64) + Sync)| {
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..CALLS).for_each(call));
            }
        });
    };
    let percent = |got: u64| 100.0 * (1.0 - got as f64 / (4 * CALLS) as f64);
    let mut turns = Turns::new(vec![PUSH, "emit, 1 sink"]);
    for _ in 0..7 {
        let (push, taken) = (Push::new(), AtomicU64::new(0));
        push.turn(true);
        flood(&|n| {
            let taken_now = push.shared.0.push(Arc::new(ours::record(n))).is_ok();
            taken.fetch_add(u64::from(taken_now), Ordering::Relaxed);
        });
        push.turn(false);
        turns.record(0, vec![percent(taken.into_inner())]);
        let dropping = Dropping::new(1);
        flood(&|n| dropping.emit(ours::record(n)));
        turns.record(1, vec![percent(dropping.delivered())]);
    }
    let row = |(index, name): (usize, &str)| {
        vec![
            name.to_owned(),
            format!("{:.1}", turns.quantile(index, 0.5)),
        ]
    };
    let rows: Vec<_> = turns.names().map(row).collect();
    print_table("four threads flood, percent lost", &["", "lost"], &rows);
}
