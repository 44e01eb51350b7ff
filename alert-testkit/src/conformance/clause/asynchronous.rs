use std::time::Duration;

use super::{alerts, assert_each_once};
use crate::conformance::road::{end_of, road};
use crate::{Rig, Skip, TestPipeline};

/// A pipeline with this sink is built, used and dropped inside a tokio
/// runtime's thread.
///
/// # Errors
/// Never: it applies to every sink.
///
/// # Panics
/// If something of the sink's (its `limits` or `check`, which run on the
/// thread that builds the pipeline) panics or fails there.
pub fn it_works_inside_an_async_program<R: Rig>() -> Result<(), Skip> {
    let rig = R::fresh();
    let alerts = alerts(&rig, 0, 3);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime without drivers asks nothing of the machine");
    runtime.block_on(async {
        let pipeline = TestPipeline::start(road(rig.config(), 1));
        for alert in &alerts {
            let outcome = end_of(&pipeline.emit_tracked(alert.clone()));
            assert!(
                outcome.is_delivered(),
                "inside a runtime an alert does not arrive: {outcome}"
            );
        }
        assert!(
            pipeline.close(Duration::from_secs(10)),
            "inside a runtime the sink does not close"
        );
    });
    assert_each_once(&rig.read_back(), &alerts);
    Ok(())
}
