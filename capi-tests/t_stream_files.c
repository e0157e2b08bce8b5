/* The plug-ins `reader` and `writer`: files through streams, offsets that survive, rewinding, files and options that are wrong. */
#include "plugin_streams.h"
#include <signal.h>
#include <sys/resource.h>

static VM_Engine *engine;
static VM_PluginRegistry *registry;

static Path output(const char *stream)
{
    char name[200];
    snprintf(name, sizeof name, "kept/writer/stream%%2F%s%%2Fsink-1/events", stream);
    return in_scratch(name);
}

/* A stream from a file of the scratch directory to a file. */
static VM_Stream *copier(VM_Context *context, const char *from, const char *format)
{
    VM_Stream *stream = stream_from(context, registry, "reader", "file", NULL);
    add_sink(stream, registry, "writer", "file");
    set(stream, "source", "path", in_scratch(from).text);
    set(stream, "source", "format", format);
    set(stream, "sink-1", "format", format);
    return stream;
}

static void check_file(const char *path, const void *expected, size_t size)
{
    size_t found;
    uint8_t *data = read_file(path, &found);
    CHECK(found == size && memcmp(data, expected, size) == 0);
    free(data);
}

static void start_registry(void)
{
    registry = registry_of("reader");
    NEED(VM_PluginLoadFromPath(registry, plugin_file("writer").text, NULL, &error));
    NEED(VM_PluginRegistrySetStateFile(registry, in_scratch("state.db").text, &error));
    NEED(VM_PluginRegistrySetDataDirectory(registry, VM_DIRECTORY_DATA, in_scratch("kept").text, &error));
}

static void restart_registry(void)
{
    VM_PluginRegistryDelete(registry);
    start_registry();
}

static void restart_without_state(void)
{
    VM_PluginRegistryDelete(registry);
    SURE(remove(in_scratch("state.db").text) == 0);
    start_registry();
}

static void lines_are_copied_once(VM_Context *context)
{
    static const char text[] = "one\n\nthree\nfour\n", more[] = "one\n\nthree\nfour\nfive\nand the last without an end";
    VM_Stream *stream;
    VM_StreamStatistics statistics;
    write_content("lines", text, sizeof text - 1);
    stream = copier(context, "lines", "lines");
    NEED(VM_StreamSetBatchSize(stream, 2, &error));
    CHECK_OK(VM_StreamRun(stream, UINT64_MAX, &error));
    statistics = counted(stream);
    CHECK_INT(statistics.events_in, 4);
    CHECK_INT(statistics.commits, 2);
    VM_StreamDelete(stream);
    check_file(output("test").text, text, sizeof text - 1);

    /* A new process would find the same: the offset is in the state file. */
    restart_registry();
    write_content("lines", more, sizeof more - 1);
    stream = copier(context, "lines", "lines");
    CHECK_OK(VM_StreamRun(stream, UINT64_MAX, &error));
    CHECK_INT(counted(stream).events_in, 2);
    VM_StreamDelete(stream);
    check_file(output("test").text, "one\n\nthree\nfour\nfive\nand the last without an end\n", sizeof more);
}

static void it_can_be_rewound(VM_Context *context)
{
    Bin bin = { 0 };
    VM_Stream *stream = stream_from(context, registry, "reader", "file", &bin);
    set(stream, "source", "path", in_scratch("lines").text);
    CHECK_OK(VM_StreamRun(stream, UINT64_MAX, &error));
    CHECK_TEXT(bin.text, "");
    CHECK_OK(VM_StreamRewind(stream, VM_STREAM_BEGINNING, &error));
    CHECK_OK(VM_StreamRun(stream, 3, &error));
    CHECK_TEXT(bin.text, " one  three");
    CHECK_INT(bin.last.position, 11);
    CHECK_OK(VM_StreamRewind(stream, 4, &error)); /* behind the first line */
    CHECK_OK(VM_StreamRun(stream, 2, &error));
    CHECK_TEXT(bin.text, " one  three  three");
    CHECK_TEXT(bin.keys + strlen(bin.keys) - 6, "/lines");
    VM_StreamDelete(stream);
}

static void records_may_contain_anything(VM_Context *context)
{
    static const uint8_t records[] = { 3, 0, 0, 0, 'a', '\n', 0, 0, 0, 0, 0, 1, 0, 0, 0, 0xff };
    static const uint8_t torn[] = { 3, 0, 0, 0, 'a', '\n', 0, 0, 0, 0, 0, 1, 0, 0, 0, 0xff, 9, 0, 0, 0, 'x' };
    VM_Stream *stream;
    restart_without_state();
    /* What a killed process has written of an event is removed. */
    SURE(remove(output("test").text) == 0);
    write_content("kept/writer/stream%2Ftest%2Fsink-1/events", torn, sizeof torn);
    write_content("records", records, sizeof records);
    stream = copier(context, "records", "records");
    CHECK_OK(VM_StreamRun(stream, UINT64_MAX, &error));
    CHECK_INT(counted(stream).events_in, 3);
    VM_StreamDelete(stream);
    {
        uint8_t twice[2 * sizeof records];
        memcpy(twice, records, sizeof records);
        memcpy(twice + sizeof records, records, sizeof records);
        check_file(output("test").text, twice, sizeof twice);
    }
    /* The sink refuses what its format cannot contain. */
    stream = copier(context, "records", "records");
    set(stream, "sink-1", "format", "lines");
    NEED(VM_StreamRewind(stream, VM_STREAM_BEGINNING, &error));
    CHECK_STATUS(VM_StreamRun(stream, UINT64_MAX, &error), VM_STATUS_USER, "failed: the event is not a line");
    VM_StreamDelete(stream);

    write_content("records", torn, sizeof torn);
    stream = copier(context, "records", "records");
    CHECK_STATUS(VM_StreamRun(stream, UINT64_MAX, &error), VM_STATUS_USER, "/records: ends within the record at offset 16");
    VM_StreamDelete(stream);
    write_content("records", "\xff\xff\xff\xff more", 9);
    stream = copier(context, "records", "records");
    NEED(VM_StreamRewind(stream, VM_STREAM_BEGINNING, &error));
    CHECK_STATUS(VM_StreamRun(stream, UINT64_MAX, &error), VM_STATUS_USER, "/records: is damaged: there is no record at offset 0");
    CHECK_TEXT(VM_ErrorGetPluginName(error), "reader");
    VM_StreamDelete(stream);
}

static void what_is_wrong_is_named(VM_Context *context)
{
    Bin bin = { 0 };
    VM_Stream *stream;
    restart_without_state();
    stream = stream_from(context, registry, "reader", "file", &bin);
    CHECK_STATUS(VM_StreamRun(stream, 1, &error), VM_STATUS_PLUGIN_OPTION, "option `path` of plug-in `reader` is required and is not set");
    set(stream, "source", "path", in_scratch("missing").text);
    CHECK_STATUS(VM_StreamRun(stream, 1, &error), VM_STATUS_IO, "/missing: cannot be opened at offset 0: No such file or directory");
    set(stream, "source", "format", "xml");
    CHECK_STATUS(VM_StreamRun(stream, 1, &error), VM_STATUS_PLUGIN_OPTION, "must be one of lines, records; it is \"xml\"");
    set(stream, "source", "format", "lines");
    write_content("missing", "found\n", 6);
    CHECK_OK(VM_StreamRun(stream, 1, &error)); /* a stream that could not be opened can be run again */
    CHECK_TEXT(bin.text, " found");
    VM_StreamDelete(stream);

    stream = copier(context, "missing", "lines");
    set(stream, "sink-1", "name", "../events");
    CHECK_STATUS(VM_StreamRun(stream, 1, &error), VM_STATUS_PLUGIN_OPTION, "failed: option `name` is not the name of a file");
    VM_StreamDelete(stream);
}

/* A disk without room: nothing of what could not be written stays in the file or is committed. */
static void a_full_disk(VM_Context *context)
{
    const struct rlimit little = { 8, RLIM_INFINITY };
    struct rlimit before;
    VM_Stream *stream;
    restart_without_state();
    SURE(remove(output("test").text) == 0);
    write_content("lines", "12345\n7890\n", 11);
    stream = copier(context, "lines", "lines");
    NEED(VM_StreamSetBatchSize(stream, 1, &error));
    CHECK_OK(VM_StreamRun(stream, 1, &error));
    SURE(signal(SIGXFSZ, SIG_IGN) != SIG_ERR && getrlimit(RLIMIT_FSIZE, &before) == 0 && setrlimit(RLIMIT_FSIZE, &little) == 0);
    CHECK_STATUS(VM_StreamRun(stream, UINT64_MAX, &error), VM_STATUS_IO, "failed: cannot write: File too large");
    SURE(setrlimit(RLIMIT_FSIZE, &before) == 0);
    CHECK_INT(counted(stream).commits, 1);
    check_file(output("test").text, "12345\n", 6);
    CHECK_OK(VM_StreamRun(stream, UINT64_MAX, &error)); /* with room it goes on */
    check_file(output("test").text, "12345\n7890\n", 11);
    VM_StreamDelete(stream);
}

int main(void)
{
    VM_Context *context;
    make_scratch();
    make_folder("kept");
    engine = new_engine();
    context = new_context(engine);
    start_registry();
    lines_are_copied_once(context);
    it_can_be_rewound(context);
    records_may_contain_anything(context);
    what_is_wrong_is_named(context);
    a_full_disk(context);
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(registry);
    VM_EngineDelete(engine);
    return finish();
}
