use proptest::prelude::*;

/// Texts that have broken something somewhere: each alone is worth a test.
pub const HOSTILE: &[&str] = &[
    "",
    " ",
    "nul \0 inside",
    "two\nlines",
    "two\r\nlines",
    "bare \r return",
    "next\u{85}line",
    "line\u{2028}separator and paragraph\u{2029}separator",
    "vertical \u{b} tab, form \u{c} feed",
    "\u{1b}[2J\u{1b}[31mred\u{1b}]0;title\u{7}",
    "C1 \u{9b}31m csi, \u{9d} osc",
    "delete \u{7f} and backspace \u{8}\u{8}\u{8}",
    "\u{202e}reordered\u{202c} and \u{2066}isolated\u{2069}",
    "zero\u{200b}width\u{feff}",
    r"\ud800 \u0000 \x00 \n %0a %00 &#10; &lt;",
    "\u{fffd}\u{ffff}\u{10ffff}",
    "@everyone @here <@&1> <#2> [x](javascript:y) `code` ```",
    "\"quoted\" 'single' \\ backslash",
    "'; DROP TABLE alerts; --",
    "${HOME} $(id) `id` %s %n {} {{x}}",
    "<script>alert(1)</script> & ]]>",
    "Subject: x\r\nBcc: y\r\n\r\nbody",
    "../../etc/passwd",
    "-rf --help",
    "{\"severity\": \"critical\"}",
    "2026-01-02T03:04:05.000Z CRITICAL forged",
    "👩‍👩‍👧‍👦🏳️‍🌈🇩🇪",
    "Z̴̢͚̈́͊a̶͖͐l̵͇̈g̸͉͝ö̷̱́ e\u{301}\u{301}\u{301}",
    "שלום مرحبا नमस्ते 你好 ｆｕｌｌ",
    "İıſßﬁ",
];

/// Any text, most of it hostile: control characters, line breaks of every
/// kind, terminal escapes, reordering, escapes of other formats, emoji,
/// combining marks, and now and then a very long one (up to 300,000 bytes).
pub fn hostile_text() -> impl Strategy<Value = String> + Clone {
    let known = prop::sample::select(HOSTILE).prop_map(str::to_owned);
    let mixed = prop::collection::vec(
        prop_oneof![
            prop::sample::select(HOSTILE).prop_map(str::to_owned),
            any::<char>().prop_map(String::from),
            // Control characters of both sets.
            prop_oneof![0_u32..0x20, 0x7f_u32..0xa0]
                .prop_map(|c| char::from_u32(c).map(String::from).unwrap_or_default()),
        ],
        0..12,
    )
    .prop_map(|parts| parts.concat());
    let long = (prop::sample::select(HOSTILE), 1_usize..300_000).prop_map(|(piece, bytes)| {
        let piece = if piece.is_empty() { "x" } else { piece };
        piece.repeat(bytes.div_ceil(piece.len()))
    });
    prop_oneof![4 => known, 8 => mixed, 4 => any::<String>(), 1 => long]
}
