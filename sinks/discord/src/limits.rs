//! What Discord takes, from its documentation ("Embed Limits" of the message resource, "Execute
//! Webhook"). All are inclusive and count code points.

pub(crate) const EMBEDS: usize = 10;
pub(crate) const TITLE: usize = 256;
pub(crate) const DESCRIPTION: usize = 4_096;
pub(crate) const FIELDS: usize = 25;
pub(crate) const FIELD_NAME: usize = 256;
pub(crate) const FIELD_VALUE: usize = 1_024;
pub(crate) const FOOTER: usize = 2_048;
/// Over all embeds of a message: titles, descriptions, names and values of fields, footers.
pub(crate) const SUM: usize = 6_000;
pub(crate) const USERNAME: usize = 80;
pub(crate) const THREAD_NAME: usize = 100;
/// How many a severity may mention: with three severities and 20 digits each that stays within the
/// 2,000 characters of a content and the 100 roles and 100 users that may be allowed.
pub(crate) const MENTIONS: usize = 25;
/// How many tags a thread may have.
pub(crate) const TAGS: usize = 5;
/// Up to this length, fields stand side by side.
pub(crate) const INLINE: usize = 40;

/// How much one embed may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Room {
    pub(crate) title: usize,
    pub(crate) description: usize,
    pub(crate) name: usize,
    pub(crate) value: usize,
    pub(crate) footer: usize,
    pub(crate) sum: usize,
}

impl Room {
    /// All that Discord documents.
    pub(crate) const WHOLE: Room = Room {
        title: TITLE,
        description: DESCRIPTION,
        name: FIELD_NAME,
        value: FIELD_VALUE,
        footer: FOOTER,
        sum: SUM,
    };

    /// Half of it, for a text that is within the limits and was refused for its length all the same.
    pub(crate) const HALF: Room = Room {
        title: TITLE / 2,
        description: DESCRIPTION / 2,
        name: FIELD_NAME / 2,
        value: FIELD_VALUE / 2,
        footer: FOOTER / 2,
        sum: SUM / 2,
    };

    /// With at most so much in all.
    pub(crate) fn within(self, sum: usize) -> Room {
        Room {
            sum: self.sum.min(sum),
            ..self
        }
    }
}
