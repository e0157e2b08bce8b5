/* The sources and sinks of plug-ins: lists, options, and invalid ones, which refuse the plug-in. */
#include "plugin_files.h"

static void described(const VM_Plugin *reader, const VM_Plugin *tail, const VM_Plugin *writer)
{
    const VM_PluginSource *source = VM_PluginGetSource(reader, 0);
    const VM_PluginSink *sink = VM_PluginGetSink(writer, 0);
    const VM_PluginOption *option;

    CHECK_INT(VM_PluginGetSourceCount(reader), 1);
    CHECK_INT(VM_PluginGetSinkCount(reader), 0);
    CHECK(VM_HAS(source, reserved));
    CHECK_TEXT(source->name, "file");
    CHECK_TEXT(source->description, "Reads a file");
    CHECK_INT(source->flags, VM_SOURCE_BOUNDED);
    CHECK(!source->is_push && source->is_rewindable && source->has_commit);
    CHECK_INT(source->option_count, 3);
    option = VM_PluginGetSourceOption(reader, 0, 0);
    CHECK_TEXT(option->key, "path");
    CHECK_TEXT(option->default_value, NULL);
    option = VM_PluginGetSourceOption(reader, 0, 1);
    CHECK_TEXT(option->key, "format");
    CHECK_TEXT(option->choices, "lines,records");
    CHECK_TEXT(option->default_value, "lines");
    CHECK_INT(option->type, VM_OPTION_TYPE_ENUM);
    CHECK(!VM_PluginGetSourceOption(reader, 0, 3) && !VM_PluginGetSourceOption(reader, 1, 0) && !VM_PluginGetSource(reader, 1));
    CHECK_INT(VM_PluginGetOptionCount(reader), 0); /* the plug-in has none itself */

    source = VM_PluginGetSource(tail, 0);
    CHECK(source->is_push && source->is_rewindable && source->flags == 0);
    CHECK_TEXT(VM_PluginGetSourceOption(tail, 0, 0)->description, "the file, which need not exist yet");

    CHECK_INT(VM_PluginGetSourceCount(writer), 0);
    CHECK_INT(VM_PluginGetSinkCount(writer), 1);
    CHECK(VM_HAS(sink, reserved));
    CHECK_TEXT(sink->name, "file");
    CHECK_TEXT(sink->description, "Appends to a file");
    CHECK(sink->has_flush && sink->flags == 0);
    CHECK_INT(sink->option_count, 3);
    CHECK_TEXT(VM_PluginGetSinkOption(writer, 0, 2)->key, "sync");
    CHECK(!VM_PluginGetSinkOption(writer, 0, 3) && !VM_PluginGetSinkOption(writer, 1, 0) && !VM_PluginGetSink(writer, 1));
}

static void lists(void)
{
    static const char *names[] = { "reader", "tail", "writer", "calc" };
    VM_PluginRegistry *registry = new_registry();
    VM_Plugin *plugins[4];
    int i;
    for (i = 0; i < 4; i++) {
        NEED(VM_PluginLoadFromPath(registry, plugin_file(names[i]).text, NULL, &error));
        NEED(VM_PluginRegistryFind(registry, names[i], &plugins[i], &error));
    }
    described(plugins[0], plugins[1], plugins[2]);
    CHECK_INT(VM_PluginGetSourceCount(plugins[3]) + VM_PluginGetSinkCount(plugins[3]), 0);
    for (i = 0; i < 4; i++)
        VM_PluginRelease(plugins[i]);
    VM_PluginRegistryDelete(registry);
}

static void invalid_ones_refuse_the_plugin(void)
{
    static const char *const parts[] = {
        "source `good` occurs twice",
        "source `bad`: it has no pull, and neither start nor stop",
        "source `bad`: it has one of start and stop, and needs both",
        "source `bad`: it has a pull besides start or stop; a source has either",
        "source 1: its name is NULL",
        "source 1: its name is not valid UTF-8",
        "source `bad`: the size of its VM_SourceDescriptor is 8 bytes",
        "source `bad`: its flags 0x20000 contain 0x20000",
        "source `bad`: option `own` is an option of the plug-in",
        "source `bad`: option `same` occurs twice",
        "source `bad`: option 0: `odd`: its type 77 is not known",
        "its array has a stride of 16 bytes, and a VM_SourceDescriptor has at least",
        "its array has 1000000 VM_SourceDescriptor, and at most 65536 are allowed",
        "its array of 2 VM_SourceDescriptor is NULL",
        "the size of its VM_StreamExtension is 12 bytes",
        "sink `bad`: its write is NULL",
    };
    size_t i;
    for (i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        char number[8];
        snprintf(number, sizeof number, "%zu", i);
        SURE(setenv("LIBVM_TEST_BAD", number, 1) == 0);
        check_refused(plugin_file("bad_streams").text, VM_STATUS_PLUGIN_BAD_DESCRIPTOR, "bad_streams", parts[i]);
        check_refused(plugin_file("bad_streams").text, VM_STATUS_PLUGIN_BAD_DESCRIPTOR, "bad_streams",
                      "the extension libvm.stream/1 of plug-in `bad_streams` 1.0.0 in ");
        CHECK(has_marks()); /* what initialize made was cleaned up */
        SURE(remove(in_scratch("marks").text) == 0);
    }
}

int main(void)
{
    make_scratch();
    lists();
    invalid_ones_refuse_the_plugin();
    return finish();
}
