use alert_core::{Alert, Pipeline, Verdict};
use std::time::Duration;

use super::{seen, title};
use crate::conformance::road::{end_of, road};
use crate::strategy::HOSTILE;
use crate::{Rig, Skip, TestPipeline};

const CLOSE: Duration = Duration::from_secs(10);

/// Text that has broken other programs, in every place of an alert, is taken
/// or refused, and changes nothing about the records beside it.
///
/// # Errors
/// Never: it applies to every sink.
///
/// # Panics
/// If the sink panics or fails, or what it wrote is not one record an alert.
pub fn hostile_text_does_no_harm<R: Rig>() -> Result<(), Skip> {
    let rig = R::fresh();
    let pipeline = TestPipeline::start(road(rig.config(), 1));
    let mut taken = 0;
    let mut plain = Vec::new();
    for (n, text) in HOSTILE.iter().copied().enumerate() {
        let in_title = rig.alert(text.to_owned()).dedup_key(format!("{text}{n}"));
        let elsewhere = rig.alert(format!("hostile text {n}"));
        taken += usize::from(send(&pipeline, in_title.build()));
        let everywhere = elsewhere
            .message(text)
            .source(text)
            .context(text, text)
            .context("odd", [f64::NAN, f64::INFINITY])
            .context("nested", serde_json::json!({ text: [text] }))
            .link(text, text)
            .build();
        taken += usize::from(send(&pipeline, everywhere));
        // In between, so that each is beside one that is well.
        let alert = rig.alert(title(n)).build();
        plain.push(alert.title().to_owned());
        assert!(
            send(&pipeline, alert),
            "a plain alert was refused after {text:?}"
        );
        taken += 1;
    }
    assert!(
        pipeline.close(CLOSE),
        "the sink did not close within {CLOSE:?}"
    );
    let records = rig.read_back();
    for title in plain {
        let times = seen(&records, &title);
        assert!(
            times == 1,
            "beside hostile text {title:?} is there {times} times: {records:#?}"
        );
    }
    assert!(
        records.len() == taken,
        "{taken} alerts were taken, and {} records are there: hostile text made or broke some: {records:#?}",
        records.len()
    );
    Ok(())
}

/// The largest alert there can be, cut to the sink's own limits, is taken.
///
/// # Errors
/// Never: it applies to every sink.
///
/// # Panics
/// If it is not: the limits promise more than the destination takes.
pub fn the_largest_alert_is_taken<R: Rig>() -> Result<(), Skip> {
    let rig = R::fresh();
    let pipeline = TestPipeline::start(road(rig.config(), 1));
    for piece in ["x", "\u{1f525}", "\u{1}"] {
        let long = |bytes: usize| piece.repeat(bytes.div_ceil(piece.len()));
        let mut alert = rig
            .alert(long(Alert::MAX_TITLE))
            .message(long(Alert::MAX_MESSAGE))
            .source(long(Alert::MAX_SOURCE));
        for n in 0..2_000 {
            alert = alert.context(format!("key {n}"), long(100));
        }
        let taken = send(&pipeline, alert.build());
        // Control characters may be refused; plain letters and emoji may not.
        assert!(
            taken || piece == "\u{1}",
            "the largest alert was refused: its limits are missing"
        );
    }
    assert!(
        pipeline.close(CLOSE),
        "the sink did not close within {CLOSE:?}"
    );
    rig.read_back();
    Ok(())
}

/// Sends it; says whether it was taken or refused, the only two ends.
#[track_caller]
fn send(pipeline: &Pipeline, alert: Alert) -> bool {
    let title = alert.title().to_owned();
    let outcome = end_of(&pipeline.emit_tracked(alert));
    match outcome.verdict() {
        Verdict::Delivered => true,
        Verdict::Rejected => false,
        _ => panic!("an alert is neither taken nor refused: {title:.200?} {outcome}"),
    }
}
