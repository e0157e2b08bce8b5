#include "guide.h"

#include "stages.c"

int main(void)
{
    VM_PluginRegistry *registry;
    VM_Stream *marked;

    begin();
    load("guest.wasm");
    VM_PluginRegistryCreate(&registry, &error);
    VM_PluginRegistrySetDataDirectory(registry, VM_DIRECTORY_DATA, "data", &error);
    VM_PluginLoadFromPath(registry, "reader.so", NULL, &error);
    VM_PluginLoadFromPath(registry, "writer.so", NULL, &error);
    VM_ContextRegisterPlugins(context, registry, &error);
    WELL();
#include "running-a-stream.c"
    WELL();
    /* The callback of the page passes on what it gets. */
    VM_StreamCreate(context, "marked", &marked, &error);
    VM_StreamSetSource(marked, reader, "file", &error);
    VM_StreamSetOption(marked, "source", "path", "orders.txt", &error);
    VM_StreamAddCallbackStage(marked, "mark", mark, NULL, NULL, 0, &error);
    VM_StreamAddSink(marked, writer, "file", NULL, &error);
    VM_StreamSetOption(marked, "sink-1", "name", "marked", &error);
    VM_StreamRun(marked, UINT64_MAX, &error);
    WELL();
    VM_StreamDelete(marked);
    VM_PluginRelease(reader);
    VM_PluginRelease(writer);
    VM_PluginRegistryDelete(registry);
    end();
}
