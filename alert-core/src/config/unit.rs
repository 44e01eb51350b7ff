//! Numbers with units, as people write them: `1h 30m`, `64KiB`.

/// One number and its unit.
pub(super) struct Part<'t> {
    /// Digits before the point.
    pub(super) whole: u64,
    /// Digits after the point as a fraction: numerator and denominator.
    pub(super) fraction: (u64, u64),
    pub(super) unit: &'t str,
}

impl Part<'_> {
    /// The number times a scale, rounded down; `None` if it does not fit.
    pub(super) fn times(&self, scale: u128) -> Option<u128> {
        let (numerator, denominator) = self.fraction;
        let whole = u128::from(self.whole).checked_mul(scale)?;
        let rest = u128::from(numerator).checked_mul(scale)? / u128::from(denominator);
        whole.checked_add(rest)
    }
}

/// Splits `1h 30m` into its parts; `None` if the text is anything else.
pub(super) fn parts(text: &str) -> Option<Vec<Part<'_>>> {
    /// More parts than there are units make no sense.
    const MOST: usize = 16;
    let mut parts = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        if parts.len() == MOST {
            return None;
        }
        let (whole, after) = digits(rest)?;
        let (fraction, after) = match after.strip_prefix('.') {
            Some(after) => digits(after).map(|(digits, after)| (Some(digits), after))?,
            None => (None, after),
        };
        let after = after.trim_start();
        let end = after
            .find(|c: char| !c.is_alphabetic())
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        let fraction = match fraction {
            // Nine places are a nanosecond of a second; more are cut.
            Some(digits) => {
                let digits = &digits[..digits.len().min(9)];
                let places = u32::try_from(digits.len()).ok()?;
                (digits.parse().ok()?, 10_u64.pow(places))
            }
            None => (0, 1),
        };
        parts.push(Part {
            whole: whole.parse().ok()?,
            fraction,
            unit,
        });
        rest = after.trim_start();
    }
    (!parts.is_empty()).then_some(parts)
}

fn digits(text: &str) -> Option<(&str, &str)> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}
