/* A few KB of code that would take gigabytes and minutes to compile: the compiler takes only so much of it, the interpreter all. */
#include "machine.h"

enum { OPERANDS = 1000, MOST = 1 << 20 };

static uint8_t module_bytes[MOST];
static size_t module_size;

static void put(int byte)
{
    SURE(module_size < MOST);
    module_bytes[module_size++] = (uint8_t)byte;
}

static void put_all(const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        put(bytes[i]);
}

/* A number in the encoding of wasm; in `size` bytes if that is not 0. */
static void put_number(size_t number, int size)
{
    for (int i = 1; i < size || number >> 7 != 0; i++, number >>= 7)
        put((int)(number & 0x7f) | 0x80);
    put((int)number);
}

/* The contents of a section, or of a function, which began at `begin`, get their size there. */
static void end_at(size_t begin)
{
    size_t end = module_size;
    module_size = begin;
    put_number(end - begin - 4, 4);
    module_size = end;
}

static size_t begin(void)
{
    size_t at = module_size;
    put_number(0, 4);
    return at;
}

/* Function 0 returns 7, after it has called function 1 as often, which returns its many arguments. */
static void make_module(int calls)
{
    module_size = 0;
    put_all("\0asm\1\0\0\0\1", 9);
    size_t types = begin();
    put_all("\2\x60\0\1\x7f\x60", 6);
    for (int i = 0; i < 2; i++) {
        put_number(OPERANDS, 0);
        for (int k = 0; k < OPERANDS; k++)
            put(0x7f);
    }
    end_at(types);
    put_all("\3\3\2\0\1\7\5\1\1f\0\0\xa", 13);
    size_t code = begin();
    put(2);
    size_t first = begin();
    put(0);
    for (int i = 0; i < OPERANDS; i++)
        put_all("\x41\7", 2);
    for (int i = 0; i < calls; i++)
        put_all("\x10\1", 2);
    for (int i = 1; i < OPERANDS; i++)
        put(0x1a);
    put(0xb);
    end_at(first);
    size_t second = begin();
    put(0);
    for (int i = 0; i < OPERANDS; i++) {
        put(0x20);
        put_number((size_t)i, 0);
    }
    put(0xb);
    end_at(second);
    end_at(code);
}

static VM_Status load_with(VM_Engine *engine, int calls, VM_Module **module)
{
    make_module(calls);
    *module = NULL;
    forget_error();
    return VM_ModuleLoadFromBuffer(engine, module_bytes, module_size, module, &error);
}

static void runs(VM_Engine *engine, VM_Module *module)
{
    VM_Context *context = new_context(engine);
    NEED(VM_ContextInstantiate(context, module, NULL, &error));
    CHECK_INT(run(context, "f", NO_VALUES), 7);
    VM_ContextDelete(context);
    VM_ModuleDelete(module);
}

int main(void)
{
    const char *refused = "the module could not be compiled: function 0 has too many values where blocks meet (locals that are set in blocks "
                          "with many ways into them, results of blocks, operands of calls): they count as 31744001, and the compiler takes "
                          "2097152; use VM_TIER_INTERPRETER";
    VM_Module *module;
    make_scratch();
    VM_Engine *engine = engine_of(config_of(VM_TIER_INTERPRETER, NULL));
    CHECK_INT(load_with(engine, 1000, &module), VM_STATUS_OK);
    runs(engine, module);
    VM_EngineDelete(engine);
    if (!can_compile())
        return finish();
    engine = engine_of(config_of(VM_TIER_COMPILED, NULL));
    CHECK_INT(load_with(engine, 2, &module), VM_STATUS_OK);
    runs(engine, module);
    CHECK_STATUS(load_with(engine, 1000, &module), VM_STATUS_LIMIT, refused);
    CHECK(module == NULL);
    VM_EngineDelete(engine);
    engine = engine_of(config_of(VM_TIER_AUTO, NULL));
    CHECK_INT(load_with(engine, 1000, &module), VM_STATUS_OK);
    CHECK_STATUS(VM_ModuleSaveCompiled(module, in_scratch("code").text, &error), VM_STATUS_LIMIT, refused);
    runs(engine, module);
    VM_EngineDelete(engine);
    return finish();
}
