/// Where in a sink's life a double acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// While it is opened.
    Open,
    /// While it delivers.
    Deliver,
    /// While it flushes.
    Flush,
    /// While it is dropped.
    Drop,
}

impl Place {
    /// Every place.
    pub const ALL: [Place; 4] = [Place::Open, Place::Deliver, Place::Flush, Place::Drop];
}
