//! Loads damaged copies of a plug-in and counts what becomes of them: `damage PLUGIN [COUNT] [SEED]`. fuzz/README.md says more.

fn main() {
    #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
    linux::main();
    #[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
    eprintln!("64-bit Linux only: it damages ELF files of that kind");
}

#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod linux {
    use libvm_fuzz_targets::damage::{Damager, Outcome, judge};
    use std::collections::BTreeMap;
    use std::{env, fs};

    pub fn main() {
        let mut arguments = env::args().skip(1);
        let plugin = arguments.next().expect("usage: damage PLUGIN [COUNT] [SEED]");
        let mut number = |default: u64| arguments.next().map_or(default, |text| text.parse().expect("a number"));
        let (count, seed) = (number(40_000), number(1));
        let damager = Damager::new(fs::read(&plugin).expect("the plug-in can be read"));
        let path = env::temp_dir().join(format!("libvm-damage-{}.so", std::process::id()));
        let (mut refused, mut not_opened, mut opened, mut killed) = (0, 0, 0, 0);
        let mut reasons: BTreeMap<String, u64> = BTreeMap::new();
        for number in 0..count {
            let (bytes, what) = damager.mutant(seed, number);
            fs::write(&path, bytes).expect("the folder for temporary files can be written");
            match judge(&path) {
                Outcome::Refused(why) => {
                    refused += 1;
                    *reasons.entry(why.replace(|letter: char| letter.is_ascii_digit(), "#")).or_default() += 1;
                }
                Outcome::NotOpened => not_opened += 1,
                Outcome::Opened => opened += 1,
                Outcome::Killed(how) => {
                    killed += 1;
                    println!("{number}: killed ({how}): {what}");
                }
            }
        }
        fs::remove_file(&path).expect("it was written just now");
        for (why, count) in reasons {
            println!("{count:6} refused: {why}");
        }
        println!("{count} mutants of {plugin}, seed {seed}:");
        println!("{refused} refused by libvm, {not_opened} by the system's loader, {opened} opened, {killed} killed the process");
    }
}
