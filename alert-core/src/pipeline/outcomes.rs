use std::sync::Arc;

use crate::pipeline::Outcome;

/// The outcomes of a tracked alert so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcomes {
    pub(super) answers: Vec<Answer>,
    pub(super) complete: bool,
}

/// What one sink says of a tracked alert. A sink that filtered or suppressed it
/// and then got it as a fallback has two, in that order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub(super) sink: Arc<str>,
    pub(super) as_fallback: bool,
    pub(super) outcome: Option<Outcome>,
    pub(super) fallback: Option<Arc<str>>,
}

impl Answer {
    /// The sink.
    pub fn sink(&self) -> &str {
        &self.sink
    }

    /// Whether it got the alert in place of another that failed.
    pub fn is_as_fallback(&self) -> bool {
        self.as_fallback
    }

    /// What became of the alert there; `None` while it is on its way.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.outcome.as_ref()
    }

    /// The sink that has it instead, if it failed here: as a fallback, or
    /// because it had it already.
    pub fn fallback(&self) -> Option<&str> {
        self.fallback.as_deref()
    }
}

impl Outcomes {
    /// Whether every sink has answered, fallbacks included.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// What became of the alert at this sink at last, whether it got it first
    /// or as a fallback; `None` while it is on its way, if it did not go there,
    /// or if there is no such sink.
    pub fn get(&self, sink: &str) -> Option<&Outcome> {
        self.last(sink)?.outcome()
    }

    fn last(&self, sink: &str) -> Option<&Answer> {
        self.answers
            .iter()
            .rev()
            .find(|answer| *answer.sink == *sink)
    }

    /// Every sink that the alert went to, in the pipeline's order, then the
    /// fallbacks in the order in which they were used.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Answer> {
        self.answers.iter()
    }

    /// Whether at least one sink has it.
    pub fn any_delivered(&self) -> bool {
        let mut outcomes = self.iter().filter_map(Answer::outcome);
        outcomes.any(Outcome::is_delivered)
    }

    /// Whether this sink should have had it and neither it nor its fallback,
    /// nor the fallback's own, has it so far.
    pub fn is_lost(&self, sink: &str) -> bool {
        let mut sink = sink;
        // No chain is longer than the list.
        for step in 0..=self.answers.len() {
            let Some(answer) = self.last(sink) else {
                return step > 0;
            };
            match (&answer.outcome, &answer.fallback) {
                (Some(outcome), Some(fallback)) if outcome.verdict().is_loss() => sink = fallback,
                (Some(outcome), _) if step > 0 => return !outcome.is_delivered(),
                (Some(outcome), _) => return outcome.verdict().is_loss(),
                (None, _) => return step > 0,
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::Reason;

    fn answer(
        sink: &str,
        as_fallback: bool,
        reason: Option<Reason>,
        fallback: Option<&str>,
    ) -> Answer {
        Answer {
            sink: sink.into(),
            as_fallback,
            outcome: reason.map(Outcome::of),
            fallback: fallback.map(Into::into),
        }
    }

    fn outcomes(answers: Vec<Answer>) -> Outcomes {
        Outcomes {
            complete: answers.iter().all(|answer| answer.outcome.is_some()),
            answers,
        }
    }

    #[test]
    fn of_two_answers_of_a_sink_the_last_decides() {
        let told = outcomes(vec![
            answer("ops", false, Some(Reason::Refused), Some("log")),
            answer("log", false, Some(Reason::MinSeverity), None),
            answer("log", true, Some(Reason::Delivered), None),
        ]);
        assert!(told.get("log").unwrap().is_delivered());
        assert_eq!(told.iter().len(), 3);
        assert!(!told.is_lost("ops") && !told.is_lost("log"));
    }

    #[test]
    fn a_failure_is_made_up_for_by_the_end_of_the_chain() {
        for (end, lost) in [
            (Some(Reason::Delivered), false),
            (Some(Reason::QueueAlerts), true),
            (Some(Reason::Attempts), true),
            (None, true),
        ] {
            let told = outcomes(vec![
                answer("ops", false, Some(Reason::Age), Some("mail")),
                answer("mail", true, Some(Reason::Refused), Some("log")),
                answer("log", true, end, None),
            ]);
            assert_eq!(told.is_lost("ops"), lost, "{end:?}");
            assert_eq!(told.is_lost("mail"), lost, "{end:?}");
        }
    }

    #[test]
    fn what_a_sink_did_not_take_is_not_lost_there() {
        let told = outcomes(vec![
            answer("ops", false, Some(Reason::Duplicate), None),
            answer("log", false, None, None),
        ]);
        assert!(!told.is_lost("ops") && !told.is_lost("log") && !told.is_lost("none"));
        assert_eq!((told.get("log"), told.get("none")), (None, None));
    }
}
