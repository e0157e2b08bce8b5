/* Guest buffers: the memory that they refer to, and buffers out of its bounds, for which the plug-in is not called. */
#include "plugin_files.h"

static VM_Engine *engine;
static VM_PluginRegistry *registry;

static VM_Context *buffers_context(void)
{
    VM_Context *context = new_context(engine);
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    return context;
}

/* An address or a length, as the guest's memory has them. */
static VM_Value number(bool wide, uint64_t value) { return wide ? VM_ValueI64((int64_t)value) : VM_ValueI32((int32_t)(uint32_t)value); }

static int32_t sum(VM_Context *context, bool wide, uint64_t address, uint64_t size)
{
    return run(context, "sum", VALUES(number(wide, address), number(wide, size)));
}

static void check_trap(VM_Context *context, bool wide, uint64_t address, uint64_t size, unsigned memory)
{
    VM_Value result;
    char message[160];
    int32_t calls = run(context, "calls", NO_VALUES);
    snprintf(message, sizeof message,
             "host function `buffers.sum` was given %llu byte%s at address %llu as its argument 1: outside of the guest's memory of "
             "%u bytes",
             (unsigned long long)size, size == 1 ? "" : "s", (unsigned long long)address, memory);
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "sum", VALUES(number(wide, address), number(wide, size)), &result, 1, &error),
                 VM_STATUS_OUT_OF_BOUNDS, message);
    CHECK_INT(VM_ErrorGetTrapCode(error), VM_TRAP_MEMORY_OUT_OF_BOUNDS);
    CHECK_TEXT(VM_ErrorGetPluginName(error), "buffers");
    CHECK_INT(run(context, "calls", NO_VALUES), calls);
}

/* Checks for memories with 32-bit and 64-bit addresses. */
static void inside_and_outside(VM_Context *context, bool wide)
{
    uint64_t most = wide ? UINT64_MAX : UINT32_MAX;
    VM_Value result;

    /* Also unaligned, empty and as large as the memory. */
    CHECK_INT(sum(context, wide, 0, 8), 36);
    CHECK_INT(sum(context, wide, 1, 3), 9);
    CHECK_INT(sum(context, wide, 7, 65529), 8);
    CHECK_INT(sum(context, wide, 0, 65536), 36);
    CHECK_INT(sum(context, wide, 3, 0), 0);
    CHECK_INT(sum(context, wide, 65536, 0), 0);

    check_trap(context, wide, 65537, 0, 65536);
    check_trap(context, wide, 65536, 1, 65536);
    check_trap(context, wide, 1, 65536, 65536);
    check_trap(context, wide, most, 0, 65536);
    /* The sum of address and length wraps around into the memory. */
    check_trap(context, wide, most, 1, 65536);
    check_trap(context, wide, most, 2, 65536);
    check_trap(context, wide, most - 15, 32, 65536);
    check_trap(context, wide, 8, most - 3, 65536);
    check_trap(context, wide, most, most, 65536);
    check_trap(context, wide, 0, most, 65536);
    check_trap(context, wide, most / 2 + 1, most / 2 + 1, 65536);

    /* Buffers that overlap. */
    CHECK_INT(run(context, "copy", VALUES(number(wide, 0), number(wide, 6), number(wide, 2), number(wide, 6))), 6);
    CHECK_INT(sum(context, wide, 0, 8), 1 + 2 + 1 + 2 + 3 + 4 + 5 + 6);
    CHECK_INT(run(context, "copy", VALUES(number(wide, 2), number(wide, 6), number(wide, 1), number(wide, 6))), 6);
    CHECK_INT(sum(context, wide, 0, 8), 1 + 1 + 2 + 3 + 4 + 5 + 6 + 6);
    NEED(VM_ContextExecute(context, latest(context), "reverse", VALUES(number(wide, 1), number(wide, 7)), NULL, 0, &error));
    CHECK_INT(sum(context, wide, 1, 2), 12);
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "copy", VALUES(number(wide, 0), number(wide, 8), number(wide, 65530), number(wide, 8)),
                                   &result, 1, &error),
                 VM_STATUS_OUT_OF_BOUNDS, "was given 8 bytes at address 65530 as its argument 2");

    /* Strings. */
    CHECK_INT(run(context, "length", VALUES(number(wide, 3))), 5);
    CHECK_INT(run(context, "length", VALUES(number(wide, 65535))), 0);
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "length", VALUES(number(wide, 65536)), &result, 1, &error), VM_STATUS_OUT_OF_BOUNDS,
                 "address 65536");
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "length", VALUES(number(wide, most)), &result, 1, &error), VM_STATUS_OUT_OF_BOUNDS,
                 "host function `buffers.length`");
}

static void of_the_memory_called_memory(bool wide)
{
    VM_Context *context = buffers_context();
    VM_Memory memory;
    VM_Value pages;
    uint8_t bytes[65536];

    instantiate(engine, context, wide ? GUEST("buffers64") : GUEST("buffers"));
    inside_and_outside(context, wide);
    if (wide) {
        /* The lower half alone would be inside. */
        check_trap(context, wide, 1ull << 32, 8, 65536);
        check_trap(context, wide, 0, (1ull << 32) + 8, 65536);
        check_trap(context, wide, 1ull << 63, 1, 65536);
    }
    /* A string to the last byte has no end. */
    CHECK_OK(VM_InstanceFindMemory(context, latest(context), "memory", &memory, &error));
    memset(bytes, 'x', sizeof bytes);
    CHECK_OK(VM_MemoryWrite(context, memory, 0, bytes, sizeof bytes, &error));
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "length", VALUES(number(wide, 65530)), &pages, 1, &error), VM_STATUS_OUT_OF_BOUNDS,
                 "host function `buffers.length`");
    /* A memory that has grown has moved. */
    CHECK_OK(VM_ContextExecute(context, latest(context), "grow", VALUES(number(wide, 1)), &pages, 1, &error));
    CHECK_INT(sum(context, wide, 65530, 65536), 6 * 'x');
    CHECK_INT(run(context, "length", VALUES(number(wide, 65530))), 6);
    check_trap(context, wide, 65537, 65536, 131072);
    VM_ContextDelete(context);
}

static void of_the_only_memory(void)
{
    VM_Context *context = buffers_context();
    instantiate(engine, context, GUEST("buffers_only"));
    CHECK_INT(sum(context, false, 0, 8), 36);
    check_trap(context, false, 65536, 1, 65536);
    VM_ContextDelete(context);
}

static void of_no_memory(void)
{
    static const char missing[] = "`buffers.sum`", none[] = "the module exports no memory that host functions can use: neither one named `memory`";
    static const struct { const char *path, *part; } guests[] = {
        { GUEST("buffers_two"), none }, { GUEST("buffers_hidden"), none }, { GUEST("buffers_wrong"), "(i64, i64) -> (i32)" },
    };
    size_t i;
    for (i = 0; i < 3; i++) {
        VM_Context *context = buffers_context();
        VM_Module *module = load(engine, guests[i].path);
        CHECK_STATUS(VM_ContextInstantiate(context, module, NULL, &error), VM_STATUS_INCOMPATIBLE_IMPORT, guests[i].part);
        CHECK(strstr(VM_ErrorGetMessage(error), missing) != NULL);
        VM_ModuleDelete(module);
        VM_ContextDelete(context);
    }
}

int main(void)
{
    engine = new_engine();
    registry = new_registry();
    NEED(VM_PluginLoadFromPath(registry, plugin_file("buffers").text, NULL, &error));
    of_the_memory_called_memory(false);
    of_the_memory_called_memory(true);
    of_the_only_memory();
    of_no_memory();
    VM_PluginRegistryDelete(registry);
    VM_EngineDelete(engine);
    return finish();
}
