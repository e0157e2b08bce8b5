//! Options with their defaults and edge values.
#![forbid(unsafe_code)]

use super::{Work, calls};
use crate::host::{Context, OptionInfo, Result};
use libvm_abi::{OPTION_TYPE_BOOL, OPTION_TYPE_ENUM, OPTION_TYPE_FLOAT, OPTION_TYPE_INTEGER, OPTION_TYPE_LIST};

/// Returns a value for an option that requires one.
pub fn made_up(option: &OptionInfo) -> String {
    let smallest = option.range.as_ref().map(|(smallest, _)| smallest.clone());
    match option.kind {
        OPTION_TYPE_BOOL => "false".to_owned(),
        OPTION_TYPE_INTEGER | OPTION_TYPE_FLOAT => smallest.unwrap_or_else(|| "1".to_owned()),
        OPTION_TYPE_ENUM => option.choices.first().cloned().unwrap_or_default(),
        _ => "check".to_owned(),
    }
}

/// Returns the values with which an option is tried. Those that libvm refuses are tried too.
fn values(option: &OptionInfo) -> Vec<String> {
    let strings = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let mut made = match option.kind {
        OPTION_TYPE_BOOL => strings(&["true", "false"]),
        OPTION_TYPE_INTEGER => strings(&["0", "1", "-1", "2147483648", "9223372036854775807", "-9223372036854775808"]),
        OPTION_TYPE_FLOAT => strings(&["0", "-0.0", "1", "1e308", "-1e308", "5e-324", "nan", "inf"]),
        OPTION_TYPE_ENUM => option.choices.clone(),
        OPTION_TYPE_LIST => {
            let many: Vec<String> = (0..1000).map(|number| format!("item-{number}")).collect();
            [strings(&["", "one", "one\ntwo", "\n\n", "../..\n%n%s\n\u{1f600}"]), vec![many.join("\n"), "x".repeat(65536)]]
                .concat()
        }
        _ => [
            strings(&["", " ", "x", "../../x", "%s%n%99999d", "a\nb", "\u{1f600}\u{fffd}", "$(x)`;\"'"]),
            vec!["x".repeat(65536)],
        ]
        .concat(),
    };
    if let Some((smallest, largest)) = &option.range {
        made.extend([smallest.clone(), largest.clone()]);
    }
    made
}

/// Creates an instance with each value of one option, and calls its functions.
pub fn run(work: &Work<'_>) -> Result {
    let loaded = work.load()?;
    let Some(option) = loaded.inventory.options.get(work.job.item) else { return Ok(()) };
    let mut count = 0;
    for value in values(option) {
        let shown: String = value.chars().take(40).collect();
        let what = format!("option `{}` = {shown:?}", option.key);
        work.journal.begin(&format!("creating an instance with {what}"));
        let mut context = Context::new(&loaded.engine, None)?;
        for (key, given) in work.values(&loaded.inventory.options).iter().filter(|(key, _)| *key != option.key) {
            context.set_option(&work.job.name, key, given)?;
        }
        // A value that is refused has run no code of the plug-in.
        let _ = context.set_option(&work.job.name, &option.key, &value);
        if context.register(&loaded.registry, None).is_ok() {
            count += 1;
            calls::usual(work, &loaded, &mut context, 0)?;
        }
        work.journal.begin(&format!("destroying an instance with {what}"));
        drop(context);
        if work.is_late(60) {
            break;
        }
    }
    work.part("count", &[count.to_string()]);
    work.journal.begin("unloading it (`cleanup`)");
    Ok(())
}
