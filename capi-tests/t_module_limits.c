/* Modules that exceed a limit of the engine are refused when they are loaded, in every mode, with the same message. */
#include "test.h"

static VM_Engine *engine;
static uint8_t *wasm;
static size_t size;

static void put(uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++, value >>= 7)
        wasm[size++] = (uint8_t)((value & 0x7f) | (i + 1 < bytes ? 0x80 : 0));
}

static void fill(uint8_t byte, size_t count)
{
    memset(wasm + size, byte, count);
    size += count;
}

/* A module of as many functions, of which the last has this many locals, nested blocks and bytes without effect. */
static void make(size_t functions, size_t locals, size_t depth, size_t nops)
{
    static const uint8_t head[] = { 0, 'a', 's', 'm', 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3 };
    size_t body = 1 + (locals ? 6 : 0) + 3 * depth + nops + 1;
    wasm = realloc(wasm, sizeof head + 64 + 16 * functions + body);
    if (!wasm)
        exit(1);
    memcpy(wasm, head, size = sizeof head);
    put(5 + functions, 5);
    put(functions, 5);
    fill(0, functions);
    put(10, 1);
    put(5 + 3 * (functions - 1) + 5 + body, 5);
    put(functions, 5);
    for (size_t i = 1; i < functions; i++) {
        put(2, 1);
        put(0, 1);
        put(0x0b, 1);
    }
    put(body, 5);
    put(locals ? 1 : 0, 1);
    if (locals) {
        put(locals, 5);
        fill(0x7f, 1);
    }
    for (size_t i = 0; i < depth; i++) {
        fill(2, 1);
        fill(0x40, 1);
    }
    fill(1, nops);
    fill(0x0b, depth + 1);
}

static VM_Engine *engine_with(VM_Status (VM_CALL *set)(VM_EngineConfig *, size_t, VM_Error **), size_t limit, VM_Compilation mode)
{
    VM_EngineConfig *config = NULL;
    VM_Engine *made = NULL;
    NEED(VM_EngineConfigCreate(&config, &error));
    NEED(VM_EngineConfigSetCompilation(config, mode, &error));
    if (set)
        CHECK_OK(set(config, limit, &error));
    NEED(VM_EngineCreate(config, &made, &error));
    VM_EngineConfigDelete(config);
    return made;
}

static void check_loads(void)
{
    VM_Module *module;
    CHECK_OK(VM_ModuleValidate(engine, wasm, size, &error));
    NEED(VM_ModuleLoadFromBuffer(engine, wasm, size, &module, &error));
    VM_ModuleDelete(module);
}

static void check_refused(const char *message)
{
    VM_Module *module;
    CHECK_STATUS(VM_ModuleLoadFromBuffer(engine, wasm, size, &module, &error), VM_STATUS_LIMIT, message);
    CHECK_STATUS(VM_ModuleValidate(engine, wasm, size, &error), VM_STATUS_LIMIT, message);
}

static void defaults(VM_Compilation mode)
{
    engine = engine_with(NULL, 0, mode);
    make(1, 30000, 10000, 1000);
    check_loads();
    make(1, 0, 32768, 0);
    check_loads();
    make(3, 0, 32769, 0);
    check_refused("function 2 of the module nests its blocks 32769 deep; the engine's limit is 32768 (VM_EngineConfigSetNestingLimit "
                  "changes it)");
    make(1, 0, 2000000, 0);
    check_refused("function 0 of the module nests its blocks 2000000 deep");
    make(2, 30001, 0, 0);
    check_refused("function 1 of the module has 30001 locals and parameters; the engine's limit is 30000 (VM_EngineConfigSetLocalLimit changes it)");
    make(1, 0xffffffff, 0, 0);
    check_refused("function 0 of the module has 4294967295 locals and parameters");
    make(1, 0, 0, 8 << 20);
    check_refused("function 0 of the module has a body of 8388610 bytes; the engine's limit is 8388608 (VM_EngineConfigSetBodySizeLimit "
                  "changes it)");
    VM_EngineDelete(engine);
}

static void check_limit(VM_Status (VM_CALL *set)(VM_EngineConfig *, size_t, VM_Error **), size_t limit, const char *message)
{
    engine = engine_with(set, limit, VM_COMPILATION_LAZY);
    check_loads();
    VM_EngineDelete(engine);
    engine = engine_with(set, limit - 1, VM_COMPILATION_LAZY);
    check_refused(message);
    VM_EngineDelete(engine);
}

/* A module that imports the function of an empty name from the module of an empty name so often. */
static void make_imports(size_t count)
{
    static const uint8_t head[] = { 0, 'a', 's', 'm', 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 2 };
    wasm = realloc(wasm, sizeof head + 10 + 4 * count);
    if (!wasm)
        exit(1);
    memcpy(wasm, head, size = sizeof head);
    put(5 + 4 * count, 5);
    put(count, 5);
    fill(0, 4 * count);
}

static void imports(void)
{
    engine = engine_with(NULL, 0, VM_COMPILATION_LAZY);
    make_imports(100000);
    check_loads();
    make_imports(100001);
    check_refused("the module has 100001 imports; the engine's limit is 100000 (VM_EngineConfigSetImportLimit changes it)");
    VM_EngineDelete(engine);
    make_imports(3);
    check_limit(VM_EngineConfigSetImportLimit, 3, "the module has 3 imports; the engine's limit is 2");
}

/* Some numbers of items are limited by the interpreter. */
static void of_the_interpreter(void)
{
    static const uint8_t head[] = { 0, 'a', 's', 'm', 1, 0, 0, 0, 5, 0xcb, 1, 101 };
    wasm = realloc(wasm, sizeof head + 2 * 101);
    if (!wasm)
        exit(1);
    memcpy(wasm, head, size = sizeof head);
    fill(0, 2 * 101);
    engine = engine_with(NULL, 0, VM_COMPILATION_LAZY);
    check_refused("the module exceeds a limit that no option changes: ");
    CHECK(strstr(VM_ErrorGetMessage(error), "memories count exceeds limit of 100"));
    VM_EngineDelete(engine);
}

static void too_much(void)
{
    VM_EngineConfig *config = NULL;
    NEED(VM_EngineConfigCreate(&config, &error));
    CHECK_STATUS(VM_EngineConfigSetNestingLimit(config, (1 << 24) + 1, &error), VM_STATUS_INVALID_ARGUMENT,
                 "a limit of 16777217 nested blocks is not possible; choose 0 to 16777216");
    CHECK_STATUS(VM_EngineConfigSetLocalLimit(config, 30001, &error), VM_STATUS_INVALID_ARGUMENT, "choose 0 to 30000");
    CHECK_STATUS(VM_EngineConfigSetBodySizeLimit(config, (1 << 30) + 1, &error), VM_STATUS_INVALID_ARGUMENT, "choose 0 to 1073741824");
    CHECK_STATUS(VM_EngineConfigSetFunctionLimit(config, SIZE_MAX, &error), VM_STATUS_INVALID_ARGUMENT, "choose 0 to 1000000");
    CHECK_STATUS(VM_EngineConfigSetImportLimit(config, 1000001, &error), VM_STATUS_INVALID_ARGUMENT,
                 "a limit of 1000001 imports of a module is not possible; choose 0 to 1000000");
    VM_EngineConfigDelete(config);
}

int main(void)
{
    defaults(VM_COMPILATION_LAZY);
    defaults(VM_COMPILATION_EAGER);
    make(3, 7, 5, 0);
    check_limit(VM_EngineConfigSetNestingLimit, 5, "function 2 of the module nests its blocks 5 deep; the engine's limit is 4");
    check_limit(VM_EngineConfigSetLocalLimit, 7, "function 2 of the module has 7 locals and parameters; the engine's limit is 6");
    check_limit(VM_EngineConfigSetBodySizeLimit, 1 + 6 + 15 + 1, "function 2 of the module has a body of 23 bytes; the engine's limit is 22");
    check_limit(VM_EngineConfigSetFunctionLimit, 3, "the module has 3 functions; the engine's limit is 2 (VM_EngineConfigSetFunctionLimit "
                "changes it)");
    imports();
    of_the_interpreter();
    too_much();
    free(wasm);
    return finish();
}
