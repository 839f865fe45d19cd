//! Starts the program.

use std::process::ExitCode;

fn main() -> ExitCode {
    match candor::cli::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => {
            eprintln!("{stop}");
            ExitCode::from(stop.code)
        }
    }
}
