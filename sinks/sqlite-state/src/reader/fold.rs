//! Searching whatever the case, in every script.

/// A text that is searched for.
#[derive(Debug)]
pub(super) struct Needle {
    folded: String,
}

impl Needle {
    pub(super) fn new(text: &str) -> Self {
        Self { folded: fold(text) }
    }

    pub(super) fn is_in(&self, text: &str) -> bool {
        if text.is_ascii() {
            return contains_ascii(text.as_bytes(), self.folded.as_bytes());
        }
        fold(text).contains(&self.folded)
    }
}

/// Upper case first, so that `ß` is `ss`, and the two small sigmas are one.
fn fold(text: &str) -> String {
    let upper = text.chars().flat_map(char::to_uppercase);
    upper.flat_map(char::to_lowercase).collect()
}

fn contains_ascii(text: &[u8], folded: &[u8]) -> bool {
    let Some(first) = folded.first() else {
        return true;
    };
    let starts = text.len().checked_sub(folded.len());
    starts.is_some_and(|last| {
        (0..=last).any(|at| {
            text[at].to_ascii_lowercase() == *first
                && text[at..at + folded.len()].eq_ignore_ascii_case(folded)
        })
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn holds(text: &str, needle: &str) -> bool {
        Needle::new(needle).is_in(text)
    }

    #[test]
    fn case_does_not_matter_in_any_script() {
        for (text, needle) in [
            ("Disk FULL", "disk full"),
            ("Die STRASSE ist gesperrt", "straße"),
            ("straße", "STRASSE"),
            ("ΌΔΟΣ", "όδος"),
            ("όδος", "ΌΔΟΣ"),
            ("ДИСК ПОЛОН", "диск"),
            ("eﬀect", "EFF"),
            ("\u{212a}elvin", "kelvin"),
            ("磁盘已满", "磁盘"),
            ("anything", ""),
        ] {
            assert!(holds(text, needle), "{text} {needle}");
        }
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        for (text, needle) in [
            ("disk", "disk full"),
            ("disk", "diß"),
            ("", "a"),
            ("cafe", "café"),
            ("a b", "ab"),
        ] {
            assert!(!holds(text, needle), "{text} {needle}");
        }
    }

    proptest! {
        #[test]
        fn each_part_of_a_text_is_found_in_each_case(text in ".{0,20}", a in 0..20_usize, b in 0..20_usize) {
            let part: String = text.chars().skip(a.min(b)).take(a.abs_diff(b)).collect();
            prop_assert!(holds(&text, &part));
            prop_assert!(holds(&text.to_uppercase(), &part));
            prop_assert!(holds(&text, &part.to_uppercase()));
        }

        #[test]
        fn ascii_is_searched_as_all_else_is(text in "[a-cA-C ]{0,12}", needle in "[a-cA-C]{0,3}") {
            let plain = fold(&text).contains(&fold(&needle));
            prop_assert_eq!(holds(&text, &needle), plain);
        }
    }
}
