#include "guide.h"

static int lines;

static VM_Status VM_CALL count(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    lines++;
    return VM_STATUS_OK;
}

/* Reads the file from where the last run has ended. */
static void run(VM_PluginRegistry *registry)
{
    VM_Plugin *reader;
    VM_Stream *stream;

    VM_PluginRegistryFind(registry, "reader", &reader, &error);
    VM_StreamCreate(context, "lines", &stream, &error);
    VM_StreamSetSource(stream, reader, "file", &error);
    VM_StreamSetOption(stream, "source", "path", "lines", &error);
    VM_StreamAddCallbackStage(stream, "count", count, NULL, NULL, 0, &error);
    VM_StreamRun(stream, UINT64_MAX, &error);
    WELL();
    VM_StreamDelete(stream);
    VM_PluginRelease(reader);
}

int main(void)
{
    VM_PluginRegistry *registry;
    FILE *file;

    begin();
    VM_PluginRegistryCreate(&registry, &error);
    VM_PluginLoadFromPath(registry, "reader.so", NULL, &error);
    VM_ContextRegisterPlugins(context, registry, &error);
    run(registry);
    CHECK(lines == 3);
    file = fopen("lines", "a");
    fputs("four\n", file);
    fclose(file);
    run(registry);
    CHECK(lines == 4);
    VM_PluginRegistryDelete(registry);
    end();
}
