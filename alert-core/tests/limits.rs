//! What a sink's limits do to an alert, for each unit in which a length is counted.

use alert_core::{Alert, Limits, Text, Unit, Value, fit, fit_counted};
use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation as _;

const UNITS: [Unit; 3] = [Unit::Bytes, Unit::Chars, Unit::Utf16];

/// The length as the services count it, each its own way.
fn length(text: &str, unit: Unit) -> usize {
    match unit {
        Unit::Bytes => text.len(),
        Unit::Chars => text.chars().count(),
        Unit::Utf16 => text.encode_utf16().count(),
        _ => unreachable!("there are three units"),
    }
}

fn unit() -> impl Strategy<Value = Unit> {
    prop::sample::select(&UNITS[..])
}

fn limit(most: usize) -> impl Strategy<Value = Text> {
    (0..most, unit()).prop_map(|(max, unit)| Text { max, unit })
}

/// What is one to a reader and several to a computer, and what breaks the reading order.
const CLUSTERS: [&str; 14] = [
    "a",
    "é",
    "e\u{301}\u{302}",
    "😀",
    "👍🏽",
    "👩‍👩‍👧‍👦",
    "🇩🇪🇫🇷",
    "नि",
    "각",
    "\u{202e}שלום\u{202c}",
    "\u{200b}\u{feff}",
    "\r\n",
    "… ",
    "\u{10ffff}",
];

fn text(most: usize) -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(&CLUSTERS[..]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
        1 => Just("\u{301}".repeat(90)),
    ];
    prop::collection::vec(piece, 0..most).prop_map(|pieces| pieces.concat())
}

fn alert(title: &str, message: &str) -> Alert {
    Alert::warning(title.to_owned())
        .message(message.to_owned())
        .build()
}

/// A text between whose beginning and end something else stands.
fn is_cut_from(cut: &str, whole: &str, mark: &str) -> bool {
    cut.match_indices(mark).any(|(at, _)| {
        let (head, tail) = (&cut[..at], &cut[at + mark.len()..]);
        whole.starts_with(head) && whole.ends_with(tail) && head.len() + tail.len() <= whole.len()
    })
}

proptest! {
    #[test]
    fn a_cut_text_is_within_its_limit_in_the_unit_of_the_sink(
        title in text(60), message in text(200), titles in limit(120), messages in limit(400), shows_id: bool,
    ) {
        let mut limits = Limits::none().title(titles).message(messages);
        limits.shows_id = shows_id;
        let alert = alert(&title, &message);
        let cut = limits.fit(&alert);
        for (now, before, limit) in [
            (cut.title(), alert.title(), titles),
            (cut.message(), alert.message(), messages),
        ] {
            prop_assert!(length(now, limit.unit) <= limit.max);
            if length(before, limit.unit) <= limit.max {
                prop_assert_eq!(now, before);
            } else {
                prop_assert!(now.len() < before.len() || length(now, limit.unit) < length(before, limit.unit));
            }
        }
        prop_assert_eq!(
            (cut.id(), cut.time(), cut.severity(), cut.source(), cut.context()),
            (alert.id(), alert.time(), alert.severity(), alert.source(), alert.context())
        );
        // Once is enough.
        prop_assert_eq!(limits.fit(&cut).into_owned(), cut.into_owned());
    }

    #[test]
    fn a_cut_text_keeps_both_ends_and_names_the_alert(message in text(200), max in 60..400_usize, unit in unit()) {
        let limit = Text { max, unit };
        prop_assume!(!limit.holds(&message));
        let alert = alert("t", &message);
        let limits = Limits::none().message(limit);
        let cut = limits.fit(&alert).into_owned();
        let (long, short) = (format!(" [… cut, alert {} …] ", alert.id()), format!("…{}…", alert.id()));
        let mark = if 2 * length(&long, unit) <= max { long } else { short };
        prop_assert!(is_cut_from(cut.message(), &message, &mark), "{}", cut.message());
    }

    #[test]
    fn an_id_that_is_shown_elsewhere_is_not_in_the_cut(message in text(200), limit in limit(400)) {
        prop_assume!(!limit.holds(&message));
        let alert = alert("t", &message);
        let cut = Limits::none().message(limit).shows_id().fit(&alert).into_owned();
        prop_assert!(!cut.message().contains(&alert.id().to_string()));
        if limit.max >= 5 {
            prop_assert!(cut.message().contains('…'));
        }
    }

    #[test]
    fn a_cluster_is_whole_or_gone_unless_it_has_no_end(text in text(80), limit in limit(160)) {
        prop_assume!(!limit.holds(&text));
        // A control character joins nothing.
        let mark = "\u{1}";
        prop_assume!(!text.contains(mark));
        let cut = fit(&text, limit, mark);
        let (head, tail) = cut.split_once(mark).unwrap_or((&cut, ""));
        for end in [head.len(), text.len() - tail.len()] {
            let mut clusters = text.grapheme_indices(true);
            let split = clusters.find(|(at, cluster)| *at < end && end < at + cluster.len());
            prop_assert!(split.is_none_or(|(_, cluster)| cluster.len() > 64), "{:?}", split);
        }
    }

    #[test]
    fn no_entry_is_uncounted(entries in 0..60_usize, most in 0..70_usize, odd: bool) {
        let mut builder = Alert::warning("t");
        for n in 0..entries {
            // A program may have a key of that name itself.
            let key = if odd && n == 1 { "…".to_owned() } else { format!("k{n}") };
            builder = builder.context(key, n);
        }
        let alert = builder.build();
        let limits = Limits::none().entries(most);
        let cut = limits.fit(&alert);
        let context: Vec<_> = cut.context().iter().collect();
        prop_assert!(context.len() <= most);
        if entries <= most {
            prop_assert_eq!(cut.context(), alert.context());
        } else if let Some(((key, told), kept)) = context.split_last() {
            prop_assert!(alert.context().iter().take(kept.len()).eq(kept.iter().copied()));
            prop_assert_eq!(*key, "…");
            let left = entries - kept.len();
            let word = if left == 1 { "entry" } else { "entries" };
            prop_assert_eq!(*told, &Value::from(format!("{left} more {word} cut")));
        }
    }
}

#[test]
fn each_service_counts_its_own_way() {
    let flags = "🇩🇪".repeat(100);
    for (unit, kept) in [(Unit::Bytes, 24), (Unit::Chars, 99), (Unit::Utf16, 49)] {
        let limit = Text { max: 199, unit };
        let cut = fit(&flags, limit, "…");
        assert_eq!(cut.matches("🇩🇪").count(), kept, "{unit:?}");
        assert!(length(&cut, unit) <= 199);
    }
}

#[test]
fn marks_shrink_with_the_limit_until_only_a_beginning_is_left() {
    let alert = alert("t", &"m".repeat(1_000));
    let id = alert.id();
    let cut = |max: usize, shows_id: bool| {
        let mut limits = Limits::none().message(Text::chars(max));
        limits.shows_id = shows_id;
        limits.fit(&alert).message().to_owned()
    };
    let m = |n: usize| "m".repeat(n);
    assert_eq!(
        cut(120, false),
        format!("{} [… cut, alert {id} …] {}", m(33), m(32))
    );
    assert_eq!(cut(60, false), format!("{}…{id}…{}", m(11), m(11)));
    assert_eq!(cut(20, false), format!("{}…{}", m(10), m(9)));
    assert_eq!(cut(3, false), "m…m");
    assert_eq!(cut(2, false), "mm");
    assert_eq!(cut(0, false), "");
    assert_eq!(
        cut(100, true),
        format!("{}[… 926 characters cut …]{}", m(37), m(37))
    );
    assert_eq!(cut(20, true), cut(20, false));
}

#[test]
fn what_a_program_left_out_and_what_a_sink_leaves_out_are_one_sum() {
    let mut builder = Alert::warning("t");
    for n in 0..1_500 {
        builder = builder.context(format!("k{n}"), n);
    }
    let alert = builder.build();
    let cut = Limits::none().entries(10).fit(&alert).into_owned();
    assert_eq!(cut.context().len(), 10);
    assert_eq!(cut.context().get("k8"), Some(&Value::from(8)));
    assert_eq!(
        cut.context().get("…"),
        Some(&Value::from("1,491 more entries cut"))
    );
}

#[test]
fn an_endless_cluster_is_cut_all_the_same_and_quickly() {
    for piece in ["\u{301}", "\u{200d}", "🇩", "👍\u{200d}"] {
        let text = format!("a{}", piece.repeat(300_000 / piece.len()));
        for unit in UNITS {
            let limit = Text { max: 1_000, unit };
            let cut = fit_counted(&text, limit);
            assert!(length(&cut, unit) <= 1_000);
            assert!(length(&cut, unit) >= 1_000 - 140, "{piece:?} {unit:?}");
        }
    }
}
