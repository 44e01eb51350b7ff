//! Who sits at the keyboard, as far as that is known. A name for other people, no proof.

use std::ffi::OsStr;

use alert::config::Environment;

/// The longest name in bytes.
const LONGEST: usize = 256;

/// The name that is given, else who has called `sudo`, else whose session it is, else the number
/// of the user.
pub(super) fn name(given: Option<&OsStr>, environment: &Environment) -> String {
    let variables = ["SUDO_USER", "USER", "LOGNAME"].into_iter();
    let known = variables.filter_map(|name| environment.get(name));
    let names = given.into_iter().chain(known);
    let mut names = names.map(|name| cut(name.to_string_lossy().trim()).to_owned());
    names.find(|name| !name.is_empty()).unwrap_or_else(nameless)
}

#[cfg(unix)]
fn nameless() -> String {
    format!("uid {}", rustix::process::getuid().as_raw())
}

#[cfg(not(unix))]
fn nameless() -> String {
    "somebody".to_owned()
}

fn cut(name: &str) -> &str {
    let ends = name.char_indices().map(|(at, c)| at + c.len_utf8());
    let end = ends.take_while(|end| *end <= LONGEST).last();
    &name[..end.unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_given_counts_then_that_of_sudo_then_that_of_the_session() {
        let mut environment = Environment::empty();
        assert!(name(None, &environment).starts_with("uid "));
        for (variable, who) in [("LOGNAME", "l"), ("USER", "u"), ("SUDO_USER", "s")] {
            environment = environment.with(variable, who);
            assert_eq!(name(None, &environment), who);
        }
        assert_eq!(name(Some(OsStr::new("ann")), &environment), "ann");
        assert_eq!(name(Some(OsStr::new(" ")), &environment), "s");
        let unknown = environment.with("SUDO_USER", "");
        assert_eq!(name(None, &unknown), "u");
    }

    #[test]
    fn a_long_name_is_cut_between_characters() {
        let long = "é".repeat(200);
        let kept = name(Some(OsStr::new(&format!("x{long}"))), &Environment::empty());
        assert_eq!(kept.len(), 255);
        assert!(kept.ends_with('é'));
    }
}
