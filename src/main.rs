//! The `postern` program: reads the command line, runs it, and says by its exit code what came of
//! it.

use std::process::ExitCode;

fn main() -> ExitCode {
    postern::run::cli::main()
}
