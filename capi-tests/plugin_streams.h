/* For tests of the sources and sinks of plug-ins: streams with those of the plug-ins in LIBVM_TEST_PLUGINS. */
#ifndef PLUGIN_STREAMS_H
#define PLUGIN_STREAMS_H

#include "plugin_log.h"
#include "streams.h"

static inline VM_PluginRegistry *registry_of(const char *name)
{
    VM_PluginRegistry *registry = new_registry();
    NEED(VM_PluginLoadFromPath(registry, plugin_file(name).text, NULL, &error));
    return registry;
}

/* A stream from a source of a plug-in of the registry to a bin, if it is not NULL. */
static inline VM_Stream *stream_from(VM_Context *context, VM_PluginRegistry *registry, const char *name, const char *source, Bin *bin)
{
    VM_Stream *stream = new_stream(context, NULL, bin);
    VM_Plugin *plugin = NULL;
    NEED(VM_PluginRegistryFind(registry, name, &plugin, &error));
    NEED(VM_StreamSetSource(stream, plugin, source, &error));
    VM_PluginRelease(plugin);
    return stream;
}

static inline void add_sink(VM_Stream *stream, VM_PluginRegistry *registry, const char *name, const char *sink)
{
    VM_Plugin *plugin = NULL;
    NEED(VM_PluginRegistryFind(registry, name, &plugin, &error));
    NEED(VM_StreamAddSink(stream, plugin, sink, NULL, &error));
    VM_PluginRelease(plugin);
}

static inline void set(VM_Stream *stream, const char *part, const char *key, const char *value)
{
    NEED(VM_StreamSetOption(stream, part, key, value, &error));
}

static inline VM_StreamPartReport report_of(VM_Stream *stream, const char *part)
{
    VM_StreamPartReport report = VM_STREAMPARTREPORT_INIT;
    NEED(VM_StreamGetPartReport(stream, part, &report, &error));
    return report;
}

#endif
