//! `alert man`: the manual pages.

use std::io;
use std::path::Path;
use std::process::ExitCode;

use clap_mangen::Man as Page;
use clap_mangen::roff::{Roff, bold, roman};

use crate::arguments::Man;
use crate::failure::Failure;
use crate::parsed::definition;
use crate::screen::Screen;
use crate::written::{self, Existing, Readers};

pub(crate) fn run(arguments: &Man, screen: &Screen) -> ExitCode {
    let command = definition(100).disable_help_subcommand(true);
    let done = match &arguments.output {
        None => main_page(&command).map(|page| screen.out(&page)),
        Some(folder) => all(&command, folder),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.end(false, screen),
    }
}

fn all(command: &clap::Command, folder: &Path) -> Result<(), Failure> {
    written::folder(folder, Readers::Others).map_err(|error| {
        let why = error.to_string().to_lowercase();
        Failure::io(format!(
            "cannot make the folder `{}`: {why}",
            folder.display()
        ))
    })?;
    let write = |name: &str, page: String| {
        let path = folder.join(name);
        written::write(&path, &page, Readers::Others, Existing::Replace)
    };
    write("alert.1", main_page(command)?)?;
    let mut built = command.clone();
    built.build();
    let mut left: Vec<&clap::Command> = built.get_subcommands().collect();
    while let Some(subcommand) = left.pop() {
        let page = Page::new(subcommand.clone()).manual(MANUAL);
        write(&page.get_filename(), rendered(|to| page.render(to))?)?;
        // Those of `help` are those of the command itself once more.
        let below = subcommand.get_subcommands();
        left.extend(below.filter(|_| subcommand.get_name() != "help"));
    }
    Ok(())
}

const MANUAL: &str = "The alert command";

/// The page of the whole command; clap knows nothing of exit codes and variables.
fn main_page(command: &clap::Command) -> Result<String, Failure> {
    let page = Page::new(command.clone().after_help("")).manual(MANUAL);
    rendered(|to| {
        page.render_title(to)?;
        page.render_name_section(to)?;
        page.render_synopsis_section(to)?;
        page.render_description_section(to)?;
        page.render_options_section(to)?;
        page.render_subcommands_section(to)?;
        more().to_writer(to)?;
        page.render_version_section(to)
    })
}

fn rendered(render: impl FnOnce(&mut dyn io::Write) -> io::Result<()>) -> Result<String, Failure> {
    let mut page = Vec::new();
    render(&mut page).map_err(|error| Failure::io(error.to_string().to_lowercase()))?;
    Ok(ascii(&String::from_utf8_lossy(&page)))
}

/// What each piece of a page begins with; once is enough.
const PROLOGUE: &str = ".ie \\n(.g .ds Aq \\(aq\n.el .ds Aq '\n";

/// Not every reader of manual pages takes UTF-8; all take such names of characters.
fn ascii(page: &str) -> String {
    let page = page.replace(PROLOGUE, "");
    let mut text = PROLOGUE.to_owned();
    for c in page.chars() {
        match c {
            c if c.is_ascii() => text.push(c),
            c => text.push_str(&format!("\\[u{:04X}]", u32::from(c))),
        }
    }
    text
}

type Entries = &'static [(&'static str, &'static str)];

const EXITS: Entries = &[
    (
        "0",
        "The command did its work. alert emit: also if no sink took the alert, unless --strict is given.",
    ),
    (
        "1",
        "What was asked for did not hold or could not be done, as the page of each command says.",
    ),
    ("2", "Wrong usage, always."),
];

const VARIABLES: Entries = &[
    ("ALERT_CONFIG", "The config file, if there is no --config."),
    (
        "XDG_CONFIG_HOME, HOME, XDG_CONFIG_DIRS",
        "Where alert/alert.toml is looked for otherwise, at last in /etc.",
    ),
    ("ALERT_LOG", "Without a config: the path of the log alone."),
    (
        "ALERT_DATA_DIR, XDG_DATA_HOME",
        "The folder for data, by default ~/.local/share/alert: without a config, alerts.log and state.db are there.",
    ),
    (
        "SUDO_USER, USER, LOGNAME",
        "Who acts, for the audit trail, without --actor.",
    ),
    ("ALERT_WEBHOOK", "Without a config: a URL that is told too."),
    ("NO_COLOR, TERM=dumb", "No colour."),
    ("COLUMNS", "For how many columns text is laid out."),
];

const STABLE: Entries = &[
    (
        "Commands and options",
        "What is there stays and keeps its meaning; more may be added.",
    ),
    ("Exit codes", "As above."),
    (
        "--json",
        "Exactly one object in one line on standard output, also for wrong usage. Its version is 1; keys may be \
                added.",
    ),
    ("Texts for people", "They may change with every version."),
];

fn more() -> Roff {
    let mut roff = Roff::new();
    let sections = [
        ("EXIT STATUS", EXITS),
        ("ENVIRONMENT", VARIABLES),
        ("STABILITY", STABLE),
    ];
    for (heading, entries) in sections {
        roff.control("SH", [heading]);
        for (name, text) in entries {
            roff.control("TP", []);
            roff.text([bold(*name)]);
            roff.text([roman(*text)]);
        }
    }
    roff
}
