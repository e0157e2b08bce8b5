//! Messages of the library, in words of the command: they name functions of C, which a user of the command does not call.

use crate::text;

/// What the library calls something, and what a user of the command does instead.
const WORDS: &[(&str, &str)] = &[
    ("VM_PackageDirectoryUse", "`libvm plugin use`"),
    ("VM_PackageDirectoryInstall", "`libvm plugin install`"),
    ("VM_PACKAGE_DOWNGRADE", "--downgrade"),
    ("VM_PACKAGE_INACTIVE", "--inactive"),
    ("VM_PACKAGE_REPLACE", "--replace"),
    ("set one with VM_PluginRegistrySetPackageDirectory", "set one with --package-dir"),
    ("VM_PluginRegistryAddSearchDirectory", "--plugin-dir"),
    ("VM_PluginLoadFromPath", "--plugin"),
    ("VM_PluginRegistrySetDataDirectory", "HOME"),
    ("VM_PluginRegistrySetModulePlugins", "`module-plugins` in the configuration"),
    ("VM_PluginRegistryWriteLock", "a host that calls VM_PluginRegistryWriteLock"),
    (", or accept the group with VM_PluginRegistryAddTrustedGroup", ""),
    ("VM_ContextConfigSetMemoryLimit raises it, UINT64_MAX lifts it", "--max-memory raises it"),
    (
        "VM_EngineConfigSetRecursionDepth and VM_EngineConfigSetStackSize",
        "`recursion-depth` and `stack-bytes` in the configuration",
    ),
    ("VM_EngineConfigSetStackSize", "`stack-bytes` in the configuration"),
    ("VM_EngineConfigSetCacheDirectory", "`cache-directory` in the configuration"),
    ("VM_ModuleLoadCompiled, libvm run --code", "`libvm run --code`"),
    ("VM_ModuleSaveCompiled, libvm compile", "`libvm compile`"),
    (" (VM_ModuleLoadFromFile)", ", which `libvm run` runs"),
    ("VM_ContextConfigSetMemorySizeLimit", "`memory-size-bytes` in the configuration"),
    ("VM_ContextConfigSetTableLimit", "`table-elements` in the configuration"),
    ("VM_ContextReset frees them, VM_ContextConfigSetReferenceLimit", "`references` in the configuration"),
    ("VM_ContextReset frees them, VM_ContextConfigSetInstanceLimit", "`instances` in the configuration"),
    ("; VM_ContextReset frees what earlier instances took", ""),
    ("VM_ContextConfigSetCallDepthLimit", "`call-depth` in the configuration"),
    ("VM_EngineConfigSetImportLimit", "`imports` in the configuration"),
    ("VM_EngineConfigSetFunctionLimit", "`functions` in the configuration"),
    ("VM_EngineConfigSetBodySizeLimit", "`body-bytes` in the configuration"),
    ("VM_EngineConfigSetLocalLimit", "`locals` in the configuration"),
    ("VM_EngineConfigSetNestingLimit", "`nesting-depth` in the configuration"),
    ("VM_TIER_INTERPRETER", "the tier `interpreter`"),
    ("VM_TIER_COMPILED", "the tier `compiled`"),
    ("VM_TIER_AUTO", "the tier `auto`"),
    ("turn fuel metering off, or choose another tier", "leave out --fuel, or choose another --tier"),
    (" (VM_EngineConfigSetFuelMetering)", " (`libvm compile --fuel`)"),
    (" (VM_EngineConfigSetInterruptible)", " (`libvm compile --interruptible`)"),
    (" (VM_EngineConfigSetBacktraces)", " (`libvm compile --backtraces`)"),
    ("VM_EngineConfigSetCanonicalNaNs", "`canonical-nans` in the configuration"),
    ("VM_EngineConfigSetSignalHandlers", "`signal-handlers` in the configuration"),
    ("set VM_PROFILER_NONE (VM_EngineConfigSetProfiler)", "set `profiler` in the configuration to \"none\""),
    ("set VM_PROFILER_NONE", "set `profiler` in the configuration to \"none\""),
    ("VM_PROFILER_JITDUMP", "`jitdump`"),
    ("VM_EngineConfigSetProfiler", "`profiler` in the configuration"),
    ("each (VM_EngineConfigSetPooling", "each (`pool-memory-bytes` in the configuration"),
    (
        "all are in use; delete or reset contexts, or raise VM_EngineConfigSetPooling",
        "all are in use; raise `pool-instances` in the configuration",
    ),
    ("; reset the context, or raise VM_EngineConfigSetPooling", "; raise `pool-memory-bytes` in the configuration"),
    ("VM_EngineConfigSetPooling", "the pool in the configuration"),
    ("; VM_EngineConfigSetProposal turns on proposals that are off", ""),
];

/// Returns a message of the library in words of the command.
pub fn of_command(message: &str) -> String {
    WORDS.iter().fold(message.to_owned(), |message, (library, command)| message.replace(library, command))
}

/// Returns the message of an error of the library, as it is printed.
pub fn message(error: &vm::Error) -> String {
    text::lines(&of_command(&error.message()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;

    /// Functions that only hosts call, and what is in the sources of plug-ins.
    const OTHERS: &[&str] = &[
        "VM_PluginRegistryUpdateFromPath",
        "VM_PluginRegistrySetLoop",
        "VM_PluginRegistryGrantPermission",
        "VM_EngineConfigSetFuelMetering",
        "VM_EngineConfigSetInterruptible",
        "VM_ContextConfigSetMayBlock",
    ];

    /// Returns the functions and flags of hosts that occur in strings of the sources in a directory.
    fn named(directory: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                named(&path, found);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let lines = text.split("#[cfg(test)]").next().unwrap_or_default().lines();
            for line in lines.filter(|line| !line.trim_start().starts_with("//")) {
                for part in line.split("VM_").skip(1) {
                    let name: String = part.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
                    if ["PACKAGE_", "Plugin", "Package", "EngineConfigSet", "ContextConfigSet"]
                        .iter()
                        .any(|start| name.starts_with(start))
                    {
                        found.push(format!("VM_{name}"));
                    }
                }
            }
        }
    }

    #[test]
    fn what_the_library_calls_is_a_word_of_the_command() {
        let mut found = Vec::new();
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../src");
        for room in ["package", "plugin/registry", "plugin/package", "files", "engine"] {
            named(&sources.join(room), &mut found);
        }
        assert!(found.len() > 8, "{found:?}");
        let known = |name: &String| WORDS.iter().any(|(word, _)| word.contains(&**name)) || OTHERS.contains(&&**name);
        let unknown: Vec<_> = found.iter().filter(|name| !known(name)).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
        let message = "make one active with VM_PackageDirectoryUse: 1.0";
        assert_eq!(of_command(message), "make one active with `libvm plugin use`: 1.0");
    }
}
