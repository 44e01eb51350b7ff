struct PagerConfig;

alert_core::register_sink! {
    /// Sends alerts to a pager.
    pub PAGER: PagerConfig
}

fn main() {}
