//! Completions and man pages.

use std::process::Command;

use longshore_cli::commands;

fn names() -> Vec<String> {
    let command = commands::command();
    command.get_subcommands().map(|command| command.get_name().to_owned()).collect()
}

#[test]
fn each_command_has_a_man_page() {
    let directory = std::env::temp_dir().join(format!("longshore-man-{}", std::process::id()));
    xtask::man::write(&directory).unwrap();
    for name in names() {
        let page = directory.join(format!("longshore-{name}.1"));
        let text = std::fs::read_to_string(&page).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(text.contains(".SH DESCRIPTION"), "{name}: {text}");
    }
    std::fs::remove_dir_all(directory).unwrap();
}

#[test]
fn each_shell_completes_each_command() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = Command::new(env!("CARGO_BIN_EXE_longshore"))
            .args(["completions", shell])
            .output()
            .unwrap();
        let script = String::from_utf8(output.stdout).unwrap();
        let missing: Vec<_> = names().into_iter().filter(|name| !script.contains(name)).collect();
        assert!(output.status.success() && missing.is_empty(), "{shell} lacks {missing:?}");
    }
}
