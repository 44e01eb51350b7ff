//! `alert init`: a config to begin with.

mod common;

use common::{Home, golden};

/// Where a config is looked for first.
const PLACE: &str = ".config/alert/alert.toml";

/// With every sample switched on, as its own first lines tell.
fn uncommented(text: &str) -> String {
    let sample = |line: &str| {
        let rest = line
            .strip_prefix('#')
            .filter(|rest| !rest.starts_with([' ', ':']));
        rest.unwrap_or(line).to_owned()
    };
    text.lines().map(|line| sample(line) + "\n").collect()
}

#[test]
fn a_config_is_written_where_it_is_found_for_this_user_alone() {
    let home = Home::new();
    let ran = home.run(["init"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(ran.out.starts_with("wrote "), "{ran:?}");
    let text = std::fs::read_to_string(home.at(PLACE)).unwrap();
    // Below are samples of every linked type.
    let first = ["\n# discord: ", "\n# file: "].map(|heading| text.find(heading));
    let (head, samples) = text.split_at(first.into_iter().flatten().min().unwrap());
    golden("init.toml", head);
    #[cfg(feature = "discord")]
    assert!(samples.contains("#type = \"discord\"\n#url = \"${ALERT_DISCORD_URL}\"\n"));
    #[cfg(feature = "generic-webhook")]
    assert!(samples.contains("#type = \"generic-webhook\"\n#url = \"${ALERT_WEBHOOK_URL}\"\n"));
    assert!(samples.contains("#[sinks.my-file]\n") && samples.contains("#[sinks.my-tracing]\n"));
    #[cfg(unix)]
    for (path, mode) in [(PLACE, 0o600), (".config/alert", 0o700), (".config", 0o700)] {
        use std::os::unix::fs::PermissionsExt as _;
        let found = home.at(path).metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(found, mode, "{path}");
    }
    let ran = home.run(["validate"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(
        ran.out.ends_with("alert.toml: 2 sinks, no problem\n"),
        "{ran:?}"
    );
    home.run(["emit", "info", "t"]);
    assert_eq!(home.log().len(), 1, "it logs where it did without a config");
    assert!(home.at(".local/share/alert/state.db").exists());
}

#[test]
fn every_sample_in_it_is_valid() {
    let home = Home::new();
    let printed = home.run(["init", "--print"]);
    let all = uncommented(&printed.out);
    let samples = all.lines().filter(|line| !line.starts_with('#')).count();
    assert!(samples > 15, "{all}");
    home.write("alert.toml", &all);
    let mut validate = home.with_addresses();
    let ran = common::run(validate.args(["validate", "--config", "alert.toml"]));
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{all}");
}

#[test]
fn it_is_printed_and_nothing_written_if_that_is_asked_for() {
    let home = Home::new();
    let printed = home.run(["init", "--print"]);
    assert_eq!(printed.out, home.run(["init", "-"]).out);
    assert!(printed.out.starts_with("#:schema ./alert.schema.json\n"));
    let json = home.run(["init", "--print", "--json"]).json();
    assert_eq!(json["text"], printed.out);
    assert!(!home.at(".config").exists());
}

#[test]
fn a_file_that_is_there_is_only_replaced_by_force() {
    let home = Home::new();
    home.write("mine.toml", "# mine\n");
    let ran = home.run(["init", "mine.toml"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert_eq!(
        ran.err,
        "error: `mine.toml` is there already, give --force to replace it\n"
    );
    let ran = home.run(["init", "mine.toml", "--json"]);
    assert_eq!(ran.json()["error"]["class"], "io");
    assert_eq!(
        std::fs::read_to_string(home.at("mine.toml")).unwrap(),
        "# mine\n"
    );
    assert_eq!(home.run(["init", "mine.toml", "--force"]).code, 0);
    let text = std::fs::read_to_string(home.at("mine.toml")).unwrap();
    assert!(text.starts_with("#:schema"));
    let left = std::fs::read_dir(home.path()).unwrap().count();
    assert_eq!(left, 1, "no temporary file stays");
}

#[test]
fn the_place_follows_the_variables_that_say_where_a_config_is_found() {
    let home = Home::new();
    let mut command = home.command();
    let ran = common::run(
        command
            .arg("init")
            .env("ALERT_CONFIG", home.at("named.toml")),
    );
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(home.at("named.toml").exists());
    let mut command = home.command();
    let ran = common::run(command.arg("init").env("XDG_CONFIG_HOME", home.at("c")));
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(home.at("c/alert/alert.toml").exists());
    let mut command = home.command();
    let ran = common::run(command.arg("init").env_remove("HOME"));
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert_eq!(
        ran.err,
        "error: there is no place for a config, since HOME is not set: name a file\n"
    );
}

#[test]
fn a_place_that_cannot_be_written_is_told() {
    let home = Home::new();
    home.write("file", "");
    for place in ["file/alert.toml", "."] {
        let ran = home.run(["init", place]);
        assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{ran:?}");
        assert!(
            ran.err
                .starts_with(&format!("error: cannot write `{place}`: ")),
            "{ran:?}"
        );
    }
}
