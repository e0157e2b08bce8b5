/* Hostile guests of WASI: what they take is bounded, they end with their fuel, and a reset gives everything back. */
#include "wasi.h"
#include <dirent.h>

enum { MFILE = 33, NAMETOOLONG = 37, OPEN_FILES = 20, CAPTURED = 5000 };

static const struct Attack {
    const char *name;
    uint64_t fuel;
    VM_Status ends; /* VM_STATUS_OK: it does not, and the last call of WASI had this error number */
    int32_t number;
} ATTACKS[] = {
    { "write", 20000, VM_STATUS_OK, NOSPC },
    { "read", 20000, VM_STATUS_OK, SUCCESS },
    { "open", 2000, VM_STATUS_OK, MFILE },
    { "list", 2000, VM_STATUS_OK, SUCCESS },
    { "random", 2000, VM_STATUS_OK, SUCCESS },
    { "poll", 10000, VM_STATUS_OK, SUCCESS },
    { "long_path", 2000, VM_STATUS_OK, NAMETOOLONG },
    { "outside", 2000, VM_STATUS_OUT_OF_BOUNDS, 0 },
    { "outside_random", 2000, VM_STATUS_OUT_OF_BOUNDS, 0 },
};

/* The file descriptors that the process has open, where that can be asked. */
static int descriptors(void)
{
    int count = 0;
    DIR *folder = opendir("/proc/self/fd");
    if (!folder)
        return 0;
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

static VM_Context *new_limited(VM_Engine *engine, VM_Wasi *wasi)
{
    VM_ContextConfig *config = NULL;
    VM_Context *context = NULL;
    NEED(VM_ContextConfigCreate(&config, &error));
    NEED(VM_ContextConfigSetMemoryLimit(config, 8 * 65536, &error));
    NEED(VM_ContextConfigSetOpenFileLimit(config, OPEN_FILES, &error));
    NEED(VM_ContextCreate(engine, config, &context, &error));
    VM_ContextConfigDelete(config);
    NEED(VM_ContextRegisterWasi(context, wasi, &error));
    return context;
}

int main(void)
{
    VM_EngineConfig *config = NULL;
    VM_Engine *engine = NULL;
    VM_Context *context;
    VM_Wasi *wasi = new_wasi();
    int before;
    make_scratch();
    make_folder("shared");
    write_content("shared/file", "content", 7);
    NEED(VM_EngineConfigCreate(&config, &error));
    NEED(VM_EngineConfigSetFuelMetering(config, true, &error));
    NEED(VM_EngineCreate(config, &engine, &error));
    VM_EngineConfigDelete(config);
    NEED(VM_WasiAddDirectory(wasi, in_scratch("shared").text, "/", VM_WASI_READ | VM_WASI_WRITE, &error));
    NEED(VM_WasiCaptureStream(wasi, VM_WASI_STDOUT, CAPTURED, &error));
    context = new_limited(engine, wasi);
    before = descriptors() + is_compiled(context); /* its module has a file of its code */
    for (size_t i = 0; i < sizeof ATTACKS / sizeof *ATTACKS; i++) {
        VM_Instance instance = instantiate(engine, context, GUEST("hostile_wasi"));
        NEED(VM_ContextSetFuel(context, ATTACKS[i].fuel, &error));
        CHECK_STATUS(VM_ContextExecute(context, instance, ATTACKS[i].name, NO_VALUES, NULL, 0, &error),
                     ATTACKS[i].ends ? ATTACKS[i].ends : VM_STATUS_OUT_OF_FUEL, NULL);
        CHECK(descriptors() <= before + OPEN_FILES);
        CHECK(VM_WasiGetOutput(wasi).size <= CAPTURED);
        NEED(VM_ContextSetFuel(context, ATTACKS[i].fuel, &error));
        CHECK_INT(run(context, "errno", NO_VALUES), ATTACKS[i].number);
        NEED(VM_ContextReset(context, &error));
        CHECK(descriptors() <= before);
    }
    VM_ContextDelete(context);
    VM_WasiDelete(wasi);
    VM_EngineDelete(engine);
    return finish();
}
