/*
 * The contract of guest buffers: native code, a plug-in that forwards to another wasm module, and one that forwards to another
 * process behave alike.
 */
#define _XOPEN_SOURCE 700
#define VM_PLUGIN_BUILTIN probe_wasm_buffers
#include "plugins/probe_wasm.c"
#include "plugin_files.h"

enum { SIZE = 64 };

static VM_Context *context;
static VM_Memory memory;

/* The guest's memory before the next call. */
static void prepare(const char *content)
{
    char bytes[SIZE] = "";
    memcpy(bytes, content, strlen(content));
    NEED(VM_MemoryWrite(context, memory, 0, bytes, SIZE, &error));
}

/* And after it. */
static void finds(const char *content)
{
    char bytes[SIZE + 1] = "", expected[SIZE + 1] = "";
    NEED(VM_MemoryRead(context, memory, 0, bytes, SIZE, &error));
    memcpy(expected, content, strlen(content));
    CHECK_TEXT(bytes, expected);
    CHECK(memcmp(bytes, expected, SIZE) == 0);
}

static int32_t call(const char *name, int32_t at, int32_t size, int32_t more)
{
    VM_Value args[] = { VM_ValueI32(at), VM_ValueI32(size), VM_ValueI32(more) };
    return run(context, name, args, strcmp(name, "poke") == 0 ? 3 : 2);
}

static void buffers_are_alike(void)
{
    /* A buffer to write holds the guest's bytes at first, also after calls with others. */
    prepare("AB");
    CHECK_INT(call("sum", 0, 2, 0), 'A' + 'B');
    prepare("aaaaaaaa");
    CHECK_INT(call("sum", 2, 4, 0), 4 * 'a');
    finds("aaaaaaaa");

    /* Bytes that are not written are unchanged, and so are adjacent ones. */
    prepare("abcdefgh");
    CHECK_INT(call("poke", 1, 4, 2), 1);
    finds("abc\7efgh");
    CHECK_INT(call("poke", 1, 4, 4), 0);
    finds("abc\7efgh");

    /* Read and written. */
    prepare("HAL, 9000");
    CHECK_INT(call("bump", 0, 3, 0), 3);
    finds("IBM, 9000");

    /* Read only, and written up to where the callback stops. */
    prepare("hello...........");
    CHECK_INT(run(context, "upper", VALUES(VM_ValueI32(0), VM_ValueI32(5), VM_ValueI32(8), VM_ValueI32(7))), 5);
    finds("hello...HELLO...");

    /* Empty ones, also at the end of the memory. */
    prepare("empty");
    CHECK_INT(call("sum", 65536, 0, 0), 0);
    CHECK_INT(call("bump", 3, 0, 0), 0);
    CHECK_INT(call("poke", 0, 0, 0), 0);
    finds("empty");
}

static void check(VM_Engine *engine, VM_PluginRegistry *registry)
{
    VM_Value result;
    context = new_context(engine);
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    NEED(VM_InstanceFindMemory(context, instantiate(engine, context, GUEST("probe_buffers")), "memory", &memory, &error));
    buffers_are_alike();
    /* Outside of the memory: an error, and the function is not called. */
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "bump", VALUES(VM_ValueI32(65530), VM_ValueI32(7)), &result, 1, &error),
                 VM_STATUS_OUT_OF_BOUNDS, "outside of the guest's memory");
    buffers_are_alike();
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(registry);
}

int main(void)
{
    static const char *const files[] = { "probe_native", "probe_process" };
    VM_Engine *engine;
    VM_PluginRegistry *registry;
    make_scratch();
    engine = new_engine();
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        registry = new_registry();
        NEED(VM_PluginLoadFromPath(registry, plugin_file(files[i]).text, NULL, &error));
        check(engine, registry);
    }
    registry = new_registry();
    NEED(VM_PluginRegistryAddBuiltin(registry, &probe_wasm_buffers, &error));
    check(engine, registry);
    VM_EngineDelete(engine);
    return finish();
}
