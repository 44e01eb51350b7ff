//! G1 and G7: `emit` returns and never panics, wherever it is called, and what
//! the pipeline itself raises is counted and not delivered.

mod doubles;

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, mpsc};
use std::thread;

use alert_core::{
    Alert, Attempt, Delivered, Emitter, LaneState, Observer, Outcome, Pipeline, Reason, Receipt,
    Sink, SinkEntry, SinkError,
};
use doubles::{LIMIT, Record, assert_ended, secs};

fn recorded() -> (Pipeline, Record) {
    let record = Record::new();
    let pipeline = Pipeline::builder().entry(record.sink("record")).build();
    (pipeline, record)
}

/// Closes and returns the titles that arrived.
fn delivered(pipeline: &Pipeline, record: &Record) -> Vec<String> {
    assert!(pipeline.close(LIMIT));
    assert_ended(pipeline);
    record.titles()
}

#[test]
fn emit_works_in_a_panic_hook() {
    let (pipeline, record) = recorded();
    let emitter = pipeline.emitter();
    let before = Arc::new(panic::take_hook());
    panic::set_hook({
        let before = before.clone();
        Box::new(move |info| {
            if thread::current().name() == Some("panics") {
                emitter.emit(Alert::critical("from a hook"));
            } else {
                before(info);
            }
        })
    });
    let panics = thread::Builder::new()
        .name("panics".to_owned())
        .spawn(|| panic!("expected"));
    assert!(panics.unwrap().join().is_err());
    let _ = panic::take_hook();
    panic::set_hook(Box::new(move |info| before(info)));
    assert_eq!(delivered(&pipeline, &record), ["from a hook"]);
}

struct EmitsInDrop(Emitter, &'static str);

impl Drop for EmitsInDrop {
    fn drop(&mut self) {
        self.0.emit(Alert::warning(self.1));
        let _ = self.0.emit_tracked(Alert::warning(self.1));
        self.0.emit_within(Alert::warning(self.1), secs(1));
    }
}

#[test]
fn emit_works_in_drop_while_unwinding() {
    let (pipeline, record) = recorded();
    let emitter = pipeline.emitter();
    let unwound = panic::catch_unwind(AssertUnwindSafe(|| {
        let _emits = EmitsInDrop(emitter, "from drop");
        panic::resume_unwind(Box::new("expected"));
    }));
    assert!(unwound.is_err());
    assert_eq!(delivered(&pipeline, &record), ["from drop"; 3]);
}

#[test]
fn emit_works_in_a_thread_locals_destructor() {
    thread_local! {
        static LAST: RefCell<Option<EmitsInDrop>> = const { RefCell::new(None) };
    }
    let (pipeline, record) = recorded();
    let emitter = pipeline.emitter();
    let thread = thread::spawn(move || {
        LAST.with(|last| *last.borrow_mut() = Some(EmitsInDrop(emitter, "from a local")));
    });
    thread.join().unwrap();
    assert_eq!(delivered(&pipeline, &record), ["from a local"; 3]);
}

#[test]
fn what_is_emitted_after_close_is_counted() {
    let (pipeline, record) = recorded();
    let emitter = pipeline.emitter();
    pipeline.emit(Alert::info("before"));
    assert_eq!(delivered(&pipeline, &record), ["before"]);
    pipeline.emit(Alert::info("after"));
    assert!(
        !pipeline.emit_within(Alert::info("after"), secs(60)),
        "at once"
    );
    let receipt = pipeline.emit_tracked(Alert::info("after"));
    let outcomes = receipt.wait(LIMIT);
    assert_eq!(outcomes.get("record").unwrap().reason(), Reason::Closed);
    drop(pipeline);
    assert!(emitter.is_closed());
    emitter.emit(Alert::critical("after its pipeline is gone"));
    let process = emitter.stats().process;
    assert_eq!((process.closed, process.routed), (4, 1));
    assert!(process.is_balanced());
    assert_eq!(record.titles(), ["before"]);
}

#[test]
fn emits_that_race_a_close_are_all_counted_and_their_receipts_answered() {
    for _ in 0..30 {
        let (pipeline, _) = recorded();
        let receipts = thread::scope(|scope| {
            let threads: Vec<_> = (0..3)
                .map(|_| {
                    scope.spawn(|| {
                        let emit = |n| pipeline.emit_tracked(Alert::info(format!("{n}")));
                        (0..200).map(emit).collect::<Vec<Receipt>>()
                    })
                })
                .collect();
            scope.spawn(|| pipeline.close(LIMIT));
            threads
                .into_iter()
                .flat_map(|thread| thread.join().unwrap())
                .collect::<Vec<_>>()
        });
        for receipt in receipts {
            assert!(receipt.wait(LIMIT).is_complete());
        }
        let stats = assert_ended(&pipeline);
        assert_eq!(stats.process.emitted, 600);
    }
}

type Slot = Arc<OnceLock<Emitter>>;

fn feed(slot: &Slot) -> Option<Receipt> {
    let emitter = slot.get()?;
    emitter.emit(Alert::critical("feedback"));
    emitter.emit_within(Alert::critical("feedback"), secs(60));
    Some(emitter.emit_tracked(Alert::critical("feedback")))
}

#[test]
fn what_a_sink_raises_is_feedback() {
    struct Feeds(Slot, Record, mpsc::Sender<Receipt>);
    impl Sink for Feeds {
        fn deliver(&mut self, alert: &Alert, at: &Attempt<'_>) -> Result<Delivered, SinkError> {
            self.1.push(alert, at);
            let sent = feed(&self.0).map(|receipt| self.2.send(receipt));
            assert!(sent.is_none_or(|sent| sent.is_ok()));
            Ok(Delivered::new())
        }
    }
    let (slot, record) = (Slot::default(), Record::new());
    let (send, receipts) = mpsc::channel();
    let entry = {
        let (slot, record) = (slot.clone(), record.clone());
        let open = move || Feeds(slot.clone(), record.clone(), send.clone());
        SinkEntry::opener("feeds", move |_| Ok(open()))
    };
    let pipeline = Pipeline::builder().entry(entry).build();
    assert!(slot.set(pipeline.emitter()).is_ok());
    pipeline.emit(Alert::info("one"));
    let receipt = receipts.recv_timeout(LIMIT).unwrap();
    let outcomes = receipt.wait(LIMIT);
    assert!(outcomes.is_complete());
    assert_eq!(outcomes.get("feeds").unwrap().reason(), Reason::Feedback);
    assert_eq!(delivered(&pipeline, &record), ["one"]);
    assert_eq!(pipeline.stats().process.feedback, 3);
}

#[test]
fn what_a_thread_marked_as_a_sinks_own_raises_is_feedback() {
    let (pipeline, record) = recorded();
    {
        let _mine = alert_core::mine();
        let _nested = alert_core::mine();
        pipeline.emit(Alert::info("mine"));
    }
    pipeline.emit(Alert::info("not mine"));
    assert_eq!(delivered(&pipeline, &record), ["not mine"]);
    assert_eq!(pipeline.stats().process.feedback, 1);
}

#[test]
fn what_an_observer_raises_is_feedback() {
    struct Feeds(Slot, mpsc::Sender<()>);
    impl Observer for Feeds {
        fn outcome(&mut self, _: &str, _: &Alert, _: &Outcome) {
            feed(&self.0);
            let _ = self.1.send(());
        }

        fn lane(&mut self, _: &str, _: &LaneState) {
            feed(&self.0);
        }
    }
    let (slot, record) = (Slot::default(), Record::new());
    let (send, heard) = mpsc::channel();
    let pipeline = Pipeline::builder()
        .entry(record.sink("record"))
        .observer(Feeds(slot.clone(), send))
        .build();
    assert!(slot.set(pipeline.emitter()).is_ok());
    pipeline.emit(Alert::info("one"));
    heard.recv_timeout(LIMIT).unwrap();
    assert_eq!(delivered(&pipeline, &record), ["one"]);
    assert!(pipeline.stats().process.feedback >= 3);
}

#[test]
fn what_a_subscriber_raises_is_feedback() {
    let slot = Slot::default();
    let heard = Arc::new(AtomicBool::new(false));
    let lines = doubles::Lines::that_call({
        let (slot, heard) = (slot.clone(), heard.clone());
        move || {
            if feed(&slot).is_some() {
                heard.store(true, Ordering::Release);
            }
        }
    });
    let record = Record::new();
    let pipeline = lines.listening(|| {
        Pipeline::builder()
            .entry(record.sink("record"))
            .entry(SinkEntry::opener("broken", |_| {
                Err::<doubles::Recorder, _>(SinkError::unusable("it is broken"))
            }))
            .build()
    });
    assert!(slot.set(pipeline.emitter()).is_ok());
    pipeline.emit(Alert::info("one"));
    record.wait_for(1);
    // At the latest the losses at close are said.
    pipeline.close(secs(1));
    lines.wait_for(&["broken", "alerts were lost"]);
    assert!(heard.load(Ordering::Acquire));
    let stats = assert_ended(&pipeline);
    assert!(stats.process.feedback > 0);
    assert_eq!(record.titles(), ["one"]);
}
