/*
 * Shared by all tests: checks that print position, expected and found values; objects to test with; guests from LIBVM_TEST_DATA.
 * A test ends with `return finish();`.
 */
#ifndef LIBVM_TEST_H
#define LIBVM_TEST_H

#include <libvm.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The path of the guest that is made of <name>.wat. */
#define GUEST(name) LIBVM_TEST_DATA "/" name ".wasm"

static atomic_int failures;

/* The error of the checked call; valid until the next CHECK_STATUS of the thread, or until forget_error. */
static _Thread_local VM_Error *error;

static inline void forget_error(void)
{
    VM_ErrorDelete(error);
    error = NULL;
}

static inline void check_true(bool holds, const char *file, int line, const char *what)
{
    if (holds)
        return;
    failures++;
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
}

static inline void check_int(long long found, long long expected, const char *file, int line, const char *what)
{
    if (found == expected)
        return;
    failures++;
    fprintf(stderr, "%s:%d: %s is %lld, expected %lld\n", file, line, what, found, expected);
}

static inline void check_text(const char *found, const char *expected, const char *file, int line, const char *what)
{
    if (found ? expected && strcmp(found, expected) == 0 : !expected)
        return;
    failures++;
    fprintf(stderr, "%s:%d: %s is \"%s\", expected \"%s\"\n", file, line, what, found ? found : "(NULL)",
            expected ? expected : "(NULL)");
}

static inline void check_status(VM_Status found, VM_Status expected, const char *message, const char *file, int line,
                                const char *what)
{
    const char *said = VM_ErrorGetMessage(error);
    if (found != expected || VM_ErrorGetStatus(error) != expected) {
        failures++;
        fprintf(stderr, "%s:%d: %s\n    gave %s with the error %s \"%s\", expected %s\n", file, line, what, VM_StatusGetName(found),
                VM_StatusGetName(VM_ErrorGetStatus(error)), said, VM_StatusGetName(expected));
    } else if (message && !strstr(said, message)) {
        failures++;
        fprintf(stderr, "%s:%d: %s\n    said \"%s\", expected \"%s\" in it\n", file, line, what, said, message);
    }
}

#define CHECK(condition) check_true((condition), __FILE__, __LINE__, #condition)
#define CHECK_INT(found, expected) check_int((long long)(found), (long long)(expected), __FILE__, __LINE__, #found)
#define CHECK_TEXT(found, expected) check_text((found), (expected), __FILE__, __LINE__, #found)

/* The call takes `&error`: it must return the status and an error with that status and message, or write none. */
#define CHECK_STATUS(call, status, message) \
    (forget_error(), check_status((call), (status), (message), __FILE__, __LINE__, #call))
#define CHECK_OK(call) CHECK_STATUS(call, VM_STATUS_OK, NULL)

/* A list of values as the two arguments that calls take. */
#define VALUES(...) (VM_Value[]){ __VA_ARGS__ }, sizeof((VM_Value[]){ __VA_ARGS__ }) / sizeof(VM_Value)
#define NO_VALUES NULL, 0

/* A condition without which the test cannot continue. */
#define NEED(call)                                                                                             \
    do {                                                                                                       \
        forget_error();                                                                                        \
        if ((call) != VM_STATUS_OK) {                                                                          \
            fprintf(stderr, "%s:%d: %s\n    failed: %s\n", __FILE__, __LINE__, #call, VM_ErrorGetMessage(error)); \
            exit(1);                                                                                           \
        }                                                                                                      \
    } while (0)

static inline int finish(void)
{
    forget_error();
    if (failures)
        fprintf(stderr, "%d checks failed\n", (int)failures);
    return failures != 0;
}

static inline VM_Engine *new_engine(void)
{
    VM_Engine *engine = NULL;
    NEED(VM_EngineCreate(NULL, &engine, &error));
    return engine;
}

/* The engine can interrupt guests if `interruptible`, and counts fuel if `metering`. */
static inline VM_Engine *new_engine_with(bool interruptible, bool metering)
{
    VM_EngineConfig *config = NULL;
    VM_Engine *made = NULL;
    NEED(VM_EngineConfigCreate(&config, &error));
    NEED(VM_EngineConfigSetInterruptible(config, interruptible, &error));
    NEED(VM_EngineConfigSetFuelMetering(config, metering, &error));
    NEED(VM_EngineCreate(config, &made, &error));
    VM_EngineConfigDelete(config);
    return made;
}

static inline VM_Context *new_context(VM_Engine *engine)
{
    VM_Context *context = NULL;
    NEED(VM_ContextCreate(engine, NULL, &context, &error));
    return context;
}

static inline VM_Tier tier_of(VM_Context *context)
{
    VM_Tier tier = VM_TIER_AUTO;
    CHECK_INT(VM_ContextGetTier(context, &tier, NULL), VM_STATUS_OK); /* the error of a test stays */
    return tier;
}

/* Whether the guests of a context run compiled, where some limits and costs are others (docs/engines.md). */
static inline bool is_compiled(VM_Context *context)
{
    return tier_of(context) == VM_TIER_COMPILED;
}

static inline VM_HostModule *new_host(const char *name)
{
    VM_HostModule *host = NULL;
    NEED(VM_HostModuleCreate(name, &host, &error));
    return host;
}

static inline VM_Module *load(VM_Engine *engine, const char *path)
{
    VM_Module *module = NULL;
    NEED(VM_ModuleLoadFromFile(engine, path, &module, &error));
    return module;
}

/* Loads a guest with the context's engine and instantiates it. */
static inline VM_Instance instantiate(VM_Engine *engine, VM_Context *context, const char *path)
{
    VM_Module *module = load(engine, path);
    VM_Instance instance;
    NEED(VM_ContextInstantiate(context, module, &instance, &error));
    VM_ModuleDelete(module);
    return instance;
}

/* The latest instance of the context; a null handle if there is none or the context is in use. */
static inline VM_Instance latest(VM_Context *context)
{
    VM_Instance instance = { 0 };
    VM_ContextGetInstance(context, VM_ContextGetInstanceCount(context) - 1, &instance, NULL);
    return instance;
}

/* The i32 that an export of the latest instance returns. */
static inline int32_t run(VM_Context *context, const char *name, const VM_Value *args, size_t count)
{
    VM_Value result;
    NEED(VM_ContextExecute(context, latest(context), name, args, count, &result, 1, &error));
    CHECK_INT(result.type, VM_VALTYPE_I32);
    return result.of.i32;
}

/* All bytes of a file; free them. */
static inline uint8_t *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(1 << 20);
    *size = file && data ? fread(data, 1, 1 << 20, file) : 0;
    if (*size == 0 || *size == 1 << 20) {
        fprintf(stderr, "%s cannot be read, or is too large\n", path);
        exit(1);
    }
    fclose(file);
    return data;
}

/* A free function that counts its calls in an atomic_int. */
static inline void VM_CALL count_free(void *counter)
{
    ++*(atomic_int *)counter;
}

#endif
