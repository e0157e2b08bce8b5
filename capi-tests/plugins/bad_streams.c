/* The extension of sources and sinks is invalid: the environment variable LIBVM_TEST_BAD is the number of the fault. */
#include <libvm/plugin.h>
#include <stdio.h>
#include <stdlib.h>

static VM_Status pull(void *opened, VM_StreamEvent *event)
{
    (void)opened;
    (void)event;
    return VM_STATUS_COMPLETE;
}

static VM_Status start(void *opened)
{
    (void)opened;
    return VM_STATUS_OK;
}

static VM_Status take(void *opened, const VM_StreamEvent *event)
{
    (void)opened;
    (void)event;
    return VM_STATUS_OK;
}

static const VM_OptionDescriptor options[] = { VM_OPTION_BOOL("own", 0, NULL) };
static const VM_OptionDescriptor twice[] = { VM_OPTION_BOOL("same", 0, NULL), VM_OPTION_BOOL("same", 0, NULL) };
static const VM_OptionDescriptor untyped[] = { VM_OPTION_WITH(77, 0, "odd", NULL, NULL, 0, 0, NULL) };

#define GOOD VM_SOURCE_INIT, .name = "good", .pull = pull
static const VM_SourceDescriptor sources[][2] = {
    { { GOOD }, { GOOD } },
    { { GOOD }, { VM_SOURCE_INIT, .name = "bad" } },
    { { GOOD }, { VM_SOURCE_INIT, .name = "bad", .start = start } },
    { { GOOD }, { VM_SOURCE_INIT, .name = "bad", .start = start, .pull = pull } },
    { { GOOD }, { VM_SOURCE_INIT, .pull = pull } },
    { { GOOD }, { VM_SOURCE_INIT, .name = "\xff", .pull = pull } },
    { { GOOD }, { .size = 8, .name = "bad", .pull = pull } },
    { { GOOD }, { VM_SOURCE_INIT, .flags = 0x20000, .name = "bad", .pull = pull } },
    { { GOOD }, { VM_SOURCE_INIT, .name = "bad", .pull = pull, .options = VM_TABLE(options) } },
    { { GOOD }, { VM_SOURCE_INIT, .name = "bad", .pull = pull, .options = VM_TABLE(twice) } },
    { { GOOD }, { VM_SOURCE_INIT, .name = "bad", .pull = pull, .options = VM_TABLE(untyped) } },
};
enum { SOURCES = sizeof sources / sizeof sources[0] };
static const VM_SinkDescriptor sinks[] = { { VM_SINK_INIT, .name = "good", .write = take }, { VM_SINK_INIT, .name = "bad" } };

static VM_StreamExtension extension = VM_STREAM_EXTENSION_OF(VM_TABLE_EMPTY, VM_TABLE_EMPTY);

static const void *get_extension(void *data, const char *id)
{
    const VM_SourceTable two = { sources[0], 2, sizeof sources[0][0] }, none = VM_TABLE_EMPTY;
    const VM_SinkTable no_sinks = VM_TABLE_EMPTY, two_sinks = VM_TABLE(sinks);
    const char *wanted = getenv("LIBVM_TEST_BAD");
    int fault = wanted ? atoi(wanted) : 0;
    (void)data;
    if (!VM_ExtensionMatches(id, VM_STREAM_EXTENSION))
        return NULL;
    extension.size = sizeof extension;
    extension.sinks = no_sinks;
    extension.sources = two;
    if (fault < SOURCES)
        extension.sources.items = sources[fault];
    else if (fault == SOURCES)
        extension.sources.stride = 16;
    else if (fault == SOURCES + 1)
        extension.sources.count = 1000000;
    else if (fault == SOURCES + 2)
        extension.sources.items = NULL;
    else if (fault == SOURCES + 3)
        extension.size = 12;
    else {
        extension.sources = none;
        extension.sinks = two_sinks;
    }
    return &extension;
}

static void cleanup(void *data)
{
    FILE *file = fopen(getenv("LIBVM_TEST_MARK"), "a");
    (void)data;
    if (file)
        fclose(file);
}

static const VM_PluginDescriptor descriptor = {
    VM_PLUGIN_DESCRIPTOR_INIT, .options = VM_TABLE(options), .cleanup = cleanup, .get_extension = get_extension,
};
VM_PLUGIN_DESCRIPTOR("bad_streams", "1.0.0", "Has invalid sources and sinks", descriptor);
