/*
 * A stream: the lines of a file pass through a stage in a guest, which drops the empty ones and changes the others to upper case, to
 * standard output.
 *
 *     cc stream.c -o stream $(pkg-config --cflags --libs libvm)
 *     wat2wasm upper.wat && ./stream upper.wasm lines.txt
 *
 * The source and the sink are functions of the host. Those of plug-ins are the same structs, in the plug-in's descriptor, and are set
 * with VM_StreamSetSource and VM_StreamAddSink.
 */
#include <libvm.h>
#include <stdio.h>
#include <string.h>

typedef struct Input {
    FILE *file;
    char line[1024];
    uint64_t number;
    uint64_t committed; /* a program that must not lose lines keeps it in a file, and begins after it */
} Input;

static VM_Status VM_CALL pull(void *user, VM_StreamEvent *event)
{
    Input *input = user;
    if (!fgets(input->line, sizeof input->line, input->file))
        return VM_STATUS_COMPLETE; /* there are no other events */
    event->payload.data = (const uint8_t *)input->line;
    event->payload.size = strcspn(input->line, "\n");
    event->position = ++input->number;
    return VM_STATUS_OK;
}

/* Everything that came of the lines up to this one has been written. */
static VM_Status VM_CALL commit(void *user, uint64_t position)
{
    ((Input *)user)->committed = position;
    return VM_STATUS_OK;
}

static VM_Status VM_CALL write_line(void *user, const VM_StreamEvent *event)
{
    (void)user;
    printf("%llu: %.*s\n", (unsigned long long)event->position, (int)event->payload.size, (const char *)event->payload.data);
    return VM_STATUS_OK;
}

/* Acknowledges what was written. */
static VM_Status VM_CALL flush(void *user)
{
    (void)user;
    return fflush(stdout) ? VM_STATUS_IO : VM_STATUS_OK;
}

static const VM_SourceDescriptor lines = { VM_SOURCE_INIT, .name = "lines", .pull = pull, .commit = commit };
static const VM_SinkDescriptor out = { VM_SINK_INIT, .name = "out", .write = write_line, .flush = flush };

int main(int argc, char **argv)
{
    VM_Engine *engine = NULL;
    VM_Module *module = NULL;
    VM_Context *vm = NULL;
    VM_Stream *stream = NULL;
    VM_Instance guest;
    VM_Error *error = NULL;
    VM_StreamStatistics counted = VM_STREAMSTATISTICS_INIT;
    Input input = { .number = 0 };

    if (argc != 3 || !(input.file = fopen(argv[2], "r"))) {
        fprintf(stderr, "usage: %s upper.wasm lines.txt\n", argv[0]);
        return 2;
    }
    if (!VM_EngineCreate(NULL, &engine, &error) && !VM_ModuleLoadFromFile(engine, argv[1], &module, &error) &&
        !VM_ContextCreate(engine, NULL, &vm, &error) && !VM_ContextRegisterStreamModule(vm, &error) &&
        !VM_ContextInstantiate(vm, module, &guest, &error) && !VM_StreamCreate(vm, "upper", &stream, &error) &&
        !VM_StreamSetSourceCallbacks(stream, &lines, &input, NULL, &error) &&
        !VM_StreamAddGuestStage(stream, guest, "handle", 0, &error) &&
        !VM_StreamAddSinkCallbacks(stream, &out, NULL, NULL, NULL, &error) &&
        /* Until the end of the input; VM_StreamStop on any thread ends it earlier. */
        !VM_StreamRun(stream, UINT64_MAX, &error) && !VM_StreamGetStatistics(stream, &counted, &error))
        printf("%llu lines in, %llu out, committed up to line %llu\n", (unsigned long long)counted.events_in,
               (unsigned long long)counted.events_out, (unsigned long long)input.committed);
    if (error)
        fprintf(stderr, "%s\n", VM_ErrorGetMessage(error));
    int failed = error != NULL;
    fclose(input.file);
    VM_ErrorDelete(error);
    VM_StreamDelete(stream);
    VM_ContextDelete(vm);
    VM_ModuleDelete(module);
    VM_EngineDelete(engine);
    return failed;
}
