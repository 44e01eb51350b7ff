#![deny(unused_must_use)]

use alert_core::{Alert, Pipeline};

fn main() {
    let pipeline = Pipeline::builder().build();
    Alert::warning("disk is filling");
    pipeline.emit_tracked(Alert::warning("disk is filling"));
    alert_core::install(pipeline);
}
