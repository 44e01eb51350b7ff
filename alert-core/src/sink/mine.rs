use std::cell::Cell;
use std::marker::PhantomData;

thread_local! {
    // How many guards live on this thread. `const` and without a destructor,
    // so that it can be asked while the thread's other locals are destroyed.
    static MINE: Cell<u32> = const { Cell::new(0) };
}

/// Marks this thread as the pipeline's own while the guard lives: an alert that
/// it raises is counted as feedback and not delivered.
///
/// The pipeline marks the threads it starts. A sink that starts threads of its
/// own (an async runtime, say) marks those.
///
/// ```
/// let _mine = alert_core::mine();
/// ```
#[must_use = "the thread is marked only while the guard lives"]
pub fn mine() -> Mine {
    MINE.with(|n| n.set(n.get() + 1));
    Mine(PhantomData)
}

/// The guard of [`mine`]; it stays on its thread.
#[derive(Debug)]
pub struct Mine(PhantomData<*const ()>);

impl Drop for Mine {
    fn drop(&mut self) {
        MINE.with(|n| n.set(n.get() - 1));
    }
}

/// Whether an alert raised here would be feedback.
pub(crate) fn is_mine() -> bool {
    MINE.with(|n| n.get() > 0)
}
