//! Loading, creating, many instances, unloading.
#![forbid(unsafe_code)]

use super::{Work, calls};
use crate::host::{Result, inventory};
use crate::meter;
use vm::plugin::Inspection;

/// Loads the plug-in, reports what it has, and unloads it.
pub fn load(work: &Work<'_>) -> Result {
    let loaded = match work.load() {
        Ok(loaded) => loaded,
        Err(error) => {
            work.fault("load", format!("it cannot be loaded: {}", error.message), "");
            return Ok(());
        }
    };
    for function in &loaded.inventory.functions {
        let fields = [&function.module, &function.name, &function.signature, &function.flags.to_string(), &function.permission];
        work.part("function", &fields.map(Clone::clone));
    }
    let each = |kind: &str, names: Vec<&String>| names.into_iter().for_each(|name| work.part(kind, std::slice::from_ref(name)));
    each("option", loaded.inventory.options.iter().map(|option| &option.key).collect());
    each("hook", loaded.inventory.hooks.iter().collect());
    each("source", loaded.inventory.sources.iter().map(|(name, _)| name).collect());
    each("sink", loaded.inventory.sinks.iter().map(|(name, _)| name).collect());
    each("compiler", loaded.inventory.kinds.iter().collect());

    work.journal.begin("loading it into a second registry of the process");
    let second = work.load()?;
    if inventory(&second.plugin).functions.len() != loaded.inventory.functions.len() {
        work.fault("load", "a second registry finds other functions in it", "return the same descriptor each time");
    }
    work.journal.begin("unloading it (`cleanup`)");
    drop(second);
    drop(loaded);
    let unloadable = Inspection::of_file(&work.job.path)
        .is_ok_and(|inspection| inspection.manifest().is_some_and(|manifest| manifest.flags & libvm_abi::PLUGIN_UNLOADABLE != 0));
    let file = work.job.path.file_name().unwrap_or_default().to_string_lossy();
    if unloadable && meter::is_mapped(&file) {
        let text = "it is marked as unloadable (VM_PLUGIN_UNLOADABLE), and the system keeps it after it was unloaded";
        let remedy = "unique symbols, thread-local data with destructors, and -Wl,-z,nodelete keep a library: remove what does, or the flag";
        work.fault("unload", text, remedy);
    }
    Ok(())
}

/// Creates and destroys an instance.
pub fn create(work: &Work<'_>) -> Result {
    let loaded = work.load()?;
    work.journal.begin("creating an instance (`create`)");
    match work.context(&loaded, None, false) {
        Ok(context) => {
            work.journal.begin("destroying an instance (`destroy`)");
            drop(context);
            work.part("created", &[]);
        }
        Err(error) => {
            let made_up = loaded.inventory.options.iter().any(|option| option.default.is_none());
            let text = format!("no instance can be created, so that its functions are not called: {}", error.message);
            let remedy = if made_up {
                "give the required options with --option KEY=VALUE"
            } else {
                "create should succeed with default options"
            };
            work.journal.write(&crate::journal::Line::Finding(
                crate::report::Severity::Warning,
                "create".to_owned(),
                text,
                remedy.to_owned(),
            ));
        }
    }
    Ok(())
}

/// Many instances at once, which are used, reset and destroyed in another order than they were created in.
pub fn instances(work: &Work<'_>) -> Result {
    const COUNT: usize = 50;
    let (loaded, mut contexts) = (work.load()?, Vec::new());
    loaded.registry.ask_plugins()?;
    for number in 0..COUNT {
        work.journal.begin(&format!("creating instance {} of {COUNT} (`create`)", number + 1));
        // Every second one shares the state of a name.
        let name = format!("check-{}", number / 4);
        let mut context = work.context(&loaded, (number % 2 == 0).then_some(name.as_str()), false)?;
        if number % 10 == 0 {
            work.journal.begin("answering what a module needs (`libvm.dependencies/1`)");
            context.set_module_plugins(&loaded.registry)?;
        }
        contexts.push(context);
        if work.is_late(40) {
            break;
        }
    }
    for (number, context) in contexts.iter_mut().enumerate() {
        if work.is_late(50) {
            break;
        }
        calls::usual(work, &loaded, context, 0)?;
        if number % 7 == 0 {
            work.journal.begin("resetting a context");
            context.reset()?;
            calls::usual(work, &loaded, context, 0)?;
        }
    }
    let count = contexts.len();
    work.part("count", &[count.to_string()]);
    let (even, odd): (Vec<_>, Vec<_>) = contexts.into_iter().enumerate().partition(|(number, _)| number % 2 == 0);
    work.journal.begin("destroying instances (`destroy`)");
    drop(odd);
    even.into_iter().rev().for_each(drop);
    work.journal.begin("unloading it (`cleanup`)");
    Ok(())
}
