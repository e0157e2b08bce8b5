/*
 * Backtraces as one line: for each frame the function's name, and the opcode in its module's file at its place. Only for tests of
 * them; they use one file of each module name.
 */
#ifndef LIBVM_TEST_BACKTRACE_H
#define LIBVM_TEST_BACKTRACE_H

#include "test.h"

static inline int byte_at(const char *module, uint64_t offset)
{
    char path[512];
    int byte;
    FILE *file;
    snprintf(path, sizeof path, "%s/%s.wasm", LIBVM_TEST_DATA, module);
    file = fopen(path, "rb");
    if (!file || fseek(file, (long)offset, SEEK_SET) != 0)
        byte = -1;
    else
        byte = getc(file);
    if (file)
        fclose(file);
    return byte;
}

/* As "divide@6d run@10 host.call ...(5)", valid until the next call. */
static inline const char *backtrace_of(const VM_Error *shown)
{
    static char line[4096];
    size_t length = 0;
    line[0] = 0;
    for (size_t index = 0; index < VM_ErrorGetFrameCount(shown) && length < sizeof line - 300; index++) {
        const VM_Frame *frame = VM_ErrorGetFrame(shown, index);
        char *end = line + length;
        size_t room = sizeof line - length;
        const char *gap = index ? " " : "";
        CHECK(frame && frame->size == sizeof *frame);
        if (frame->kind == VM_FRAME_OMITTED)
            length += (size_t)snprintf(end, room, "%s...(%u)", gap, (unsigned)frame->omitted);
        else if (frame->kind == VM_FRAME_HOST)
            length += (size_t)snprintf(end, room, "%s%s.%s", gap, frame->module, frame->function);
        else if (frame->code_offset == 0)
            length += (size_t)snprintf(end, room, "%s%s#%d", gap, frame->function, (int)frame->function_index);
        else
            length += (size_t)snprintf(end, room, "%s%s@%02x", gap, frame->function,
                                       (unsigned)byte_at(frame->module, frame->code_offset));
    }
    CHECK(VM_ErrorGetFrame(shown, VM_ErrorGetFrameCount(shown)) == NULL);
    return line;
}

static inline VM_Engine *tracing_engine(bool metered)
{
    VM_EngineConfig *config;
    VM_Engine *engine;
    NEED(VM_EngineConfigCreate(&config, &error));
    NEED(VM_EngineConfigSetBacktraces(config, true, &error));
    NEED(VM_EngineConfigSetInterruptible(config, metered, &error));
    NEED(VM_EngineConfigSetFuelMetering(config, metered, &error));
    NEED(VM_EngineCreate(config, &engine, &error));
    VM_EngineConfigDelete(config);
    return engine;
}

#endif
