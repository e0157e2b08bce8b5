//! Sources and sinks
//!
//! The sources and sinks that plug-ins have for streams. docs/streams.md describes how they are written.

use super::plugin::{Plugin, PluginOption, PluginSink, PluginSource};

/// Returns the number of sources that a plug-in has for streams.
///
/// @param plugin the plug-in; NULL has none
/// @return the number
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginGetSourceCount(plugin: Option<&Plugin>) -> usize {
    plugin.map_or(0, |plugin| plugin.streams.sources.len())
}

/// Returns the description of a source of a plug-in.
///
/// @param plugin the plug-in; NULL has none
/// @param index from 0, in the plug-in's order
/// @return the description; NULL if the index is past the end
/// @par Ownership
/// The description and its strings belong to the plug-in and live until VM_PluginRelease.
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginGetSource(plugin: Option<&Plugin>, index: usize) -> Option<&PluginSource> {
    plugin.and_then(|plugin| plugin.streams.sources.get(index))
}

/// Returns the description of an option of a source of a plug-in.
///
/// @param plugin the plug-in; NULL has none
/// @param source the source's index, from 0
/// @param index the option's index, from 0
/// @return the description; NULL if an index is past the end
/// @par Ownership
/// The description and its strings belong to the plug-in and live until VM_PluginRelease.
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginGetSourceOption(plugin: Option<&Plugin>, source: usize, index: usize) -> Option<&PluginOption> {
    plugin.and_then(|plugin| plugin.streams.options.0.get(source)?.shown.get(index))
}

/// Returns the number of sinks that a plug-in has for streams.
///
/// @param plugin the plug-in; NULL has none
/// @return the number
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginGetSinkCount(plugin: Option<&Plugin>) -> usize {
    plugin.map_or(0, |plugin| plugin.streams.sinks.len())
}

/// Returns the description of a sink of a plug-in.
///
/// @param plugin the plug-in; NULL has none
/// @param index from 0, in the plug-in's order
/// @return the description; NULL if the index is past the end
/// @par Ownership
/// The description and its strings belong to the plug-in and live until VM_PluginRelease.
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginGetSink(plugin: Option<&Plugin>, index: usize) -> Option<&PluginSink> {
    plugin.and_then(|plugin| plugin.streams.sinks.get(index))
}

/// Returns the description of an option of a sink of a plug-in.
///
/// @param plugin the plug-in; NULL has none
/// @param sink the sink's index, from 0
/// @param index the option's index, from 0
/// @return the description; NULL if an index is past the end
/// @par Ownership
/// The description and its strings belong to the plug-in and live until VM_PluginRelease.
/// @par Threads
/// [thread-safe]
/// @since 0.4
#[unsafe(no_mangle)]
pub extern "C" fn VM_PluginGetSinkOption(plugin: Option<&Plugin>, sink: usize, index: usize) -> Option<&PluginOption> {
    plugin.and_then(|plugin| plugin.streams.options.1.get(sink)?.shown.get(index))
}
