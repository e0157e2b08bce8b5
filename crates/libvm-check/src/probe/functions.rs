//! One function with edge-case and hostile arguments.
#![forbid(unsafe_code)]

use super::{Loaded, Work, calls, misbehaviour};
use crate::arguments::{self, Argument, Parameter};
use crate::guest::{CALLBACK, Callee, MEMORY};
use crate::host::Result;

/// How many bytes beside a buffer are looked at.
const MARGIN: usize = 32;

/// Calls the function: without a permission, and again with those that were granted.
pub fn run(work: &Work<'_>) -> Result {
    let loaded = work.load()?;
    let Some(callee) = loaded.callees.get(work.job.item).cloned() else { return Ok(()) };
    let mut count = 0;
    for granted in [false, true] {
        if granted && work.job.grants.is_empty() {
            break;
        }
        // Without its permission none of its code runs: libvm refuses every call.
        let most = if !granted && !callee.info.permission.is_empty() { 1 } else { work.job.calls };
        count += call_all(work, &loaded, &callee, granted, most)?;
    }
    work.part("count", &[count.to_string()]);
    work.journal.begin("unloading it (`cleanup`)");
    Ok(())
}

fn call_all(work: &Work<'_>, loaded: &Loaded, callee: &Callee, granted: bool, most: usize) -> Result<usize> {
    work.journal.begin("creating an instance (`create`)");
    let mut context = work.context(loaded, Some("check"), granted)?;
    let instance = context.instantiate(&loaded.guest)?;
    let (memory, callback) = (context.memory(instance)?, context.function_ref(instance, CALLBACK)?);
    let images = [b'a', 0xff, 0].map(arguments::image);
    let (mut after, mut count) = (vec![0; MEMORY], 0);
    for (number, case) in arguments::cases(&callee.signature, most).into_iter().enumerate() {
        let title = format!("`{}({})`", callee.title(), arguments::show(&case));
        work.journal.begin(&title);
        let before = &images[number % images.len()];
        context.write(memory, before)?;
        let called = calls::call(&mut context, instance, work.job.item, callee, &case, callback);
        count += 1;
        if let Some(message) = called.as_ref().err().and_then(misbehaviour) {
            work.fault("answer", format!("{title}: {message}"), "");
            break;
        }
        context.read(memory, &mut after)?;
        if let Some(complaint) = damage(callee, &case, before, &after) {
            let remedy = "write only into `>~` and `*~` buffers, and no more bytes than their size";
            work.fault("buffer", format!("{title} {complaint}"), remedy);
            break;
        }
        if work.is_late(50) {
            break;
        }
    }
    work.journal.begin("destroying an instance (`destroy`)");
    Ok(count)
}

/// Returns what the function has written that it must not write: into a buffer that it only reads, or right beside one.
fn damage(callee: &Callee, case: &[Argument], before: &[u8], after: &[u8]) -> Option<&'static str> {
    let buffer = |(parameter, argument): (&Parameter, &Argument)| match parameter {
        Parameter::Buffer { writes } => Some((*writes, argument.range()?)),
        _ => None,
    };
    let buffers: Vec<_> = callee.signature.parameters.iter().zip(case).filter_map(buffer).collect();
    // What any parameter points to may be written through it.
    let points_near = |place: usize| {
        case.iter().any(|argument| {
            let address = match argument {
                Argument::I32(number) => i64::from(*number),
                Argument::I64(number) => *number,
                _ => return false,
            };
            usize::try_from(address).is_ok_and(|address| (address..address.saturating_add(65536)).contains(&place))
        })
    };
    let may_write = |place: usize| buffers.iter().any(|(writes, range)| *writes && range.contains(&place)) || points_near(place);
    let is_damaged = |place: usize| before[place] != after[place] && !may_write(place);
    for (writes, range) in &buffers {
        if !writes && range.clone().any(is_damaged) {
            return Some("changes a buffer that it may only read (`<~`)");
        }
        let around = (range.start.saturating_sub(MARGIN)..range.start).chain(range.end..(range.end + MARGIN).min(MEMORY));
        if *writes && around.into_iter().any(is_damaged) {
            return Some("writes beside its buffer");
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::FunctionInfo;

    #[test]
    fn damage_is_found_where_it_is_certain() {
        let info = FunctionInfo { signature: "(<~>~)".to_owned(), ..FunctionInfo::default() };
        let callee = &Callee::of(&[info])[0];
        let case = [Argument::Buffer(0x2000, 4, ""), Argument::Buffer(0x3000, 4, "")];
        let before = vec![1; MEMORY];
        let with = |place: usize| {
            let mut after = before.clone();
            after[place] = 2;
            damage(callee, &case, &before, &after)
        };
        assert_eq!((with(0x3000), with(0x3003), with(0x9000)), (None, None, None));
        assert!(with(0x2003).is_some_and(|complaint| complaint.contains("may only read")));
        assert!(with(0x3004).is_some_and(|complaint| complaint.contains("beside")));
    }
}
