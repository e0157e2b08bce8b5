//! The command `libvm`.
#![forbid(unsafe_code)]

fn main() {
    let exit = libvm_cli::main(std::env::args_os());
    std::process::exit(exit.code());
}
