//! Misuse of the sink contract is told in words that help, with the caret in
//! the user's code. What rustc prints differs between its releases: run with
//! `TRYBUILD=overwrite` after an update, and read the difference.

#[test]
fn misuse_of_the_sink_contract_is_told_in_words_that_help() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/a_sink_need_not_be_send.rs");
    cases.compile_fail("tests/ui/not_a_config.rs");
    cases.compile_fail("tests/ui/not_a_sink.rs");
    cases.compile_fail("tests/ui/bad_kind.rs");
    cases.compile_fail("tests/ui/no_debug.rs");
    cases.compile_fail("tests/ui/plan_is_not_send.rs");
    cases.compile_fail("tests/ui/outcome_is_thrown_away.rs");
}
