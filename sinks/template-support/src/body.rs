//! Where a body grows, up to a limit.

use std::io;

/// The beginning of a body. It takes no more than its limit, and knows that it was asked to.
pub(crate) struct Body {
    bytes: Vec<u8>,
    most: usize,
    over: bool,
}

impl Body {
    pub(crate) fn within(most: usize) -> Body {
        Body {
            bytes: Vec::new(),
            most,
            over: false,
        }
    }

    /// Whether more came than there is room for.
    pub(crate) fn is_over(&self) -> bool {
        self.over
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

impl io::Write for Body {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        if piece.len() > self.most - self.bytes.len() {
            self.over = true;
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        self.bytes.extend_from_slice(piece);
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
