/* Valid modules that would overflow a stack: constant expressions, which are evaluated and freed by recursion, and functions with
 * more values on their stack than the engine has room for. */
#include "plugin_files.h"
#include <pthread.h>

/* AddressSanitizer makes each frame several times as large. */
#ifdef __SANITIZE_ADDRESS__
enum { STACK = 1 << 20 };
#else
enum { STACK = 64 << 10 };
#endif
enum { MANY = 100000 };

static uint8_t wasm[4 * MANY];
static size_t size;

static void put_bytes(const char *bytes, size_t count)
{
    memcpy(wasm + size, bytes, count);
    size += count;
}

#define PUT(bytes) put_bytes(bytes, sizeof(bytes) - 1)

static void put_number(uint64_t value)
{
    for (int i = 0; i < 5; i++, value >>= 7)
        wasm[size++] = (uint8_t)((value & 0x7f) | (i < 4 ? 0x80 : 0));
}

static void begin(void)
{
    size = 0;
    PUT("\0asm\1\0\0\0");
}

/* 0 plus so many zeros, of i32 or i64: 3 bytes each, and 3 more. */
static void put_sum(char constant, char add, size_t count)
{
    wasm[size++] = (uint8_t)constant;
    wasm[size++] = 0;
    for (size_t i = 0; i < count; i++) {
        wasm[size++] = (uint8_t)constant;
        wasm[size++] = 0;
        wasm[size++] = (uint8_t)add;
    }
    PUT("\x0b");
}

/* A module with a sum where an expression can stand: a global, the places of an element and a data segment. */
static void make_sum(int place, size_t count)
{
    size_t expression = 3 * count + 3;
    begin();
    switch (place) {
    case 0:
        PUT("\6");
        put_number(3 + expression);
        PUT("\1\x7e\0");
        put_sum(0x42, 0x7c, count);
        break;
    case 1:
        PUT("\4\4\1\x70\0\0\x9");
        put_number(3 + expression);
        PUT("\1\0");
        put_sum(0x41, 0x6a, count);
        PUT("\0");
        break;
    default:
        PUT("\5\3\1\0\0\xb");
        put_number(3 + expression);
        PUT("\1\0");
        put_sum(0x41, 0x6a, count);
        PUT("\0");
    }
}

/* A segment of so many null elements, each an expression of its own. */
static void make_null_functions(size_t count)
{
    begin();
    PUT("\4\4\1\x70\0\1\x9");
    put_number(10 + 3 * count);
    PUT("\1\4\x41\0\x0b");
    put_number(count);
    for (size_t i = 0; i < count; i++)
        PUT("\xd0\x70\x0b");
}

static void *use_sums(void *given)
{
    VM_Engine *engine = given;
    VM_Module *module = NULL;
    VM_Context *context = NULL;
    for (int place = 0; place < 3; place++) {
        make_sum(place, 340);
        CHECK_OK(VM_ModuleValidate(engine, wasm, size, &error));
        NEED(VM_ModuleLoadFromBuffer(engine, wasm, size, &module, &error));
        NEED(VM_ContextCreate(engine, NULL, &context, &error));
        CHECK_OK(VM_ContextInstantiate(context, module, NULL, &error));
        VM_ContextDelete(context);
        VM_ModuleDelete(module);
        for (size_t count = 341; count <= MANY; count += MANY - 341) {
            char message[128];
            snprintf(message, sizeof message, "the module has a constant expression of %zu bytes; the limit is 1024", 3 * count + 3);
            make_sum(place, count);
            CHECK_STATUS(VM_ModuleValidate(engine, wasm, size, &error), VM_STATUS_LIMIT, message);
            CHECK_STATUS(VM_ModuleLoadFromBuffer(engine, wasm, size, &module, &error), VM_STATUS_LIMIT, message);
        }
    }
    forget_error();
    return given;
}

static void many_short_expressions(VM_Engine *engine)
{
    make_null_functions(1);
    CHECK_OK(VM_ModuleValidate(engine, wasm, size, &error));
    make_null_functions(100000);
    CHECK_OK(VM_ModuleValidate(engine, wasm, size, &error));
}

/* A function that is valid, but needs more room for values than the interpreter has: known when it is translated. */
static void too_many_values(VM_Compilation mode)
{
    VM_EngineConfig *config = NULL;
    VM_Engine *engine = NULL;
    VM_Module *module = NULL;
    VM_Context *contexts[3];
    VM_Instance instance;
    static const char message[] = "a function of the module is too large for the engine";
    begin();
    PUT("\1\4\1\x60\0\0\3\2\1\0\7\5\1\1f\0\0\xa");
    put_number(5 + 5 + 2 + 3 * (size_t)MANY);
    put_number(1);
    put_number(2 + 3 * (size_t)MANY);
    PUT("\0");
    for (size_t i = 0; i < MANY; i++)
        PUT("\x41\1");
    memset(wasm + size, 0x1a, MANY);
    size += MANY;
    PUT("\x0b");
    NEED(VM_EngineConfigCreate(&config, &error));
    NEED(VM_EngineConfigSetCompilation(config, mode, &error));
    NEED(VM_EngineConfigSetTier(config, VM_TIER_INTERPRETER, &error));
    NEED(VM_EngineConfigSetConcurrency(config, 3, &error));
    NEED(VM_EngineCreate(config, &engine, &error));
    VM_EngineConfigDelete(config);
    CHECK_OK(VM_ModuleValidate(engine, wasm, size, &error));
    if (mode == VM_COMPILATION_EAGER) {
        CHECK_STATUS(VM_ModuleLoadFromBuffer(engine, wasm, size, &module, &error), VM_STATUS_LIMIT, message);
    } else {
        NEED(VM_ModuleLoadFromBuffer(engine, wasm, size, &module, &error));
        /* In each part of the engine. */
        for (int part = 0; part < 3; part++) {
            NEED(VM_ContextCreate(engine, NULL, &contexts[part], &error));
            NEED(VM_ContextInstantiate(contexts[part], module, &instance, &error));
            for (int i = 0; i < 2; i++)
                CHECK_STATUS(VM_ContextExecute(contexts[part], instance, "f", NULL, 0, NULL, 0, &error), VM_STATUS_LIMIT, message);
        }
        for (int part = 0; part < 3; part++)
            VM_ContextDelete(contexts[part]);
        VM_ModuleDelete(module);
    }
    VM_EngineDelete(engine);
}

int main(void)
{
    pthread_attr_t small;
    pthread_t thread;
    VM_Engine *engine = new_engine();
    SURE(pthread_attr_init(&small) == 0);
    SURE(pthread_attr_setstacksize(&small, STACK) == 0);
    SURE(pthread_create(&thread, &small, use_sums, engine) == 0);
    SURE(pthread_join(thread, NULL) == 0);
    SURE(pthread_attr_destroy(&small) == 0);
    many_short_expressions(engine);
    VM_EngineDelete(engine);
    too_many_values(VM_COMPILATION_LAZY);
    too_many_values(VM_COMPILATION_EAGER);
    return finish();
}
