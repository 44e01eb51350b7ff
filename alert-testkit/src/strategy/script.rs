use std::time::Duration;

use proptest::prelude::*;

use crate::Answer;

/// Any answer that comes: all but [`Answer::Hang`], which needs a gate.
pub fn answer() -> impl Strategy<Value = Answer> {
    let pause = prop_oneof![
        4 => (0_u64..60_000).prop_map(Duration::from_millis),
        1 => Just(Duration::MAX),
    ];
    prop_oneof![
        8 => Just(Answer::Ok),
        2 => "[a-z0-9]{1,6}".prop_map(Answer::Handle),
        1 => pause.clone().prop_map(Answer::NotBefore),
        6 => Just(Answer::Transient),
        2 => Just(Answer::NotSent),
        2 => Just(Answer::Ambiguous),
        2 => pause.prop_map(Answer::RateLimit),
        3 => Just(Answer::Rejected),
        2 => Just(Answer::Unusable),
        1 => Just(Answer::UntilChanged),
        1 => Just(Answer::Panic),
        1 => Just(Answer::PanicWithBadPayload),
    ]
}

/// What a sink answers, call by call: up to 30 answers.
pub fn script() -> impl Strategy<Value = Vec<Answer>> {
    prop::collection::vec(answer(), 0..30)
}
