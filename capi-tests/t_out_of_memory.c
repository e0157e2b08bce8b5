/* A process with limited memory: linear memories, tables, value stacks and large buffers return VM_STATUS_OUT_OF_MEMORY. */
#include "plugin_files.h"

#if defined(__linux__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#include <sys/resource.h>
#include <sys/wait.h>

enum { ROOM = 24 << 20, LARGE = 256 << 20 };

/* From here on the process can have so much more. */
static void limit_memory(void)
{
    struct rlimit limit;
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    SURE(file && fscanf(file, "%lu", &pages) == 1);
    fclose(file);
    limit.rlim_cur = limit.rlim_max = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + ROOM;
    SURE(setrlimit(RLIMIT_AS, &limit) == 0);
}

static VM_Engine *engine_with_large_stack(void)
{
    VM_EngineConfig *config = NULL;
    VM_Engine *engine = NULL;
    NEED(VM_EngineConfigCreate(&config, &error));
    NEED(VM_EngineConfigSetStackSize(config, 1 << 30, &error));
    NEED(VM_EngineCreate(config, &engine, &error));
    VM_EngineConfigDelete(config);
    return engine;
}

static int in_a_small_process(void)
{
    VM_Engine *engine = new_engine(), *deep = engine_with_large_stack();
    VM_Context *context = new_context(engine), *recursive = new_context(deep);
    VM_Module *large = load(engine, GUEST("out_of_memory_large")), *table = load(engine, GUEST("out_of_memory_table"));
    VM_Instance instance = instantiate(engine, context, GUEST("out_of_memory"));
    VM_Module *compiled = is_compiled(context) ? load(engine, GUEST("lib")) : NULL; /* What the compiler takes, it may keep. */
    uint8_t *input = calloc(1, LARGE);
    Path file = in_scratch("large.wasm");
    VM_Module *module;
    VM_Memory memory;
    VM_Value result;
    VM_Wasi *wasi;
    instantiate(deep, recursive, GUEST("out_of_memory"));
    SURE(input != NULL);
    fclose(fopen(file.text, "wb"));
    SURE(truncate(file.text, LARGE) == 0);
    NEED(VM_InstanceFindMemory(context, instance, "memory", &memory, &error));
    NEED(VM_WasiCreate(&wasi, &error));
    limit_memory();

    CHECK_STATUS(VM_ContextInstantiate(context, large, NULL, &error), VM_STATUS_OUT_OF_MEMORY,
                 "its memory cannot be created: the system is out of memory");
    CHECK_STATUS(VM_ContextInstantiate(context, table, NULL, &error), VM_STATUS_OUT_OF_MEMORY,
                 "its table cannot be created: the system is out of memory");
    CHECK_STATUS(VM_MemoryGrow(context, memory, 1 << 20, NULL, &error), VM_STATUS_LIMIT,
                 "the memory of 1 page cannot grow by 1048576: its type allows 4 GiB");
    if (is_compiled(context)) {
        /* The addresses that a memory can grow to are its own from the beginning, and so is the stack of a call. */
        NEED(VM_ContextExecute(context, instance, "grow_memory", NO_VALUES, &result, 1, &error));
        CHECK_INT(result.of.i32, 1);
        CHECK_STATUS(VM_ContextExecute(recursive, latest(recursive), "deep", VALUES(VM_ValueI64(1)), &result, 1, &error),
                     VM_STATUS_OUT_OF_MEMORY, "it needs a stack of its own, the size of which VM_EngineConfigSetStackSize sets");
        CHECK_INT(VM_ErrorGetTrapCode(error), VM_TRAP_NONE);
    } else {
        CHECK_STATUS(VM_MemoryGrow(context, memory, 8192, NULL, &error), VM_STATUS_OUT_OF_MEMORY, "the system is out of memory");
        /* The guest receives -1, as specified. */
        NEED(VM_ContextExecute(context, instance, "grow_memory", NO_VALUES, &result, 1, &error));
        CHECK_INT(result.of.i32, -1);
        CHECK_STATUS(VM_ContextExecute(recursive, latest(recursive), "deep", VALUES(VM_ValueI64(1)), &result, 1, &error),
                     VM_STATUS_OUT_OF_MEMORY, "the guest trapped: the system is out of memory");
        CHECK_INT(VM_ErrorGetTrapCode(error), VM_TRAP_OUT_OF_MEMORY);
    }
    NEED(VM_ContextExecute(context, instance, "grow_table", NO_VALUES, &result, 1, &error));
    CHECK_INT(result.of.i32, -1);
    CHECK_STATUS(VM_WasiSetInput(wasi, input, LARGE, &error), VM_STATUS_OUT_OF_MEMORY, "out of memory for 268435456 bytes of input");
    CHECK_STATUS(VM_ModuleLoadFromFile(engine, file.text, &module, &error), VM_STATUS_OUT_OF_MEMORY, file.text);

    /* Everything continues to work. */
    CHECK_OK(VM_ContextReset(context, &error));
    if (compiled)
        NEED(VM_ContextInstantiate(context, compiled, NULL, &error));
    else
        instantiate(engine, context, GUEST("lib"));
    CHECK_INT(run(context, "next", NO_VALUES), 1);
    VM_WasiDelete(wasi);
    VM_ModuleDelete(compiled);
    VM_ModuleDelete(large);
    VM_ModuleDelete(table);
    VM_ContextDelete(context);
    VM_ContextDelete(recursive);
    VM_EngineDelete(engine);
    VM_EngineDelete(deep);
    free(input);
    return finish();
}

int main(void)
{
    int status = 0;
    pid_t child;
    const char *preloaded = getenv("LD_PRELOAD");
    if (preloaded && strstr(preloaded, "vgpreload"))
        return 0; /* valgrind needs memory of its own in the process */
    make_scratch();
    fflush(NULL);
    child = fork();
    if (child == 0)
        _exit(in_a_small_process());
    SURE(child > 0 && waitpid(child, &status, 0) == child);
    CHECK_INT(status, 0);
    return finish();
}
#else
int main(void)
{
    return 0;
}
#endif
