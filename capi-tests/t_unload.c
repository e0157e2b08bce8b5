/* A library that is unloaded stays, once it has installed signal handlers: a signal of the host still finds them, and the host's own behind. */
#define _GNU_SOURCE
#include "machine.h"
#include "library_copy.h"
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static bool is_loaded(const char *path)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_NOLOAD);
    if (library)
        dlclose(library);
    return library != NULL;
}

/* Creates and deletes an engine of a copy that is loaded for that, with a cache, since there is no compiler beside it. */
static VM_Status use(const char *path)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    VM_EngineConfig *config = NULL;
    VM_Engine *engine = NULL;
    SURE(library != NULL);
    VM_Status (*create_config)(VM_EngineConfig **, VM_Error **), (*create)(const VM_EngineConfig *, VM_Engine **, VM_Error **);
    VM_Status (*set_tier)(VM_EngineConfig *, VM_Tier, VM_Error **), (*set_cache)(VM_EngineConfig *, const char *, VM_Error **);
    void (*delete_config)(VM_EngineConfig *), (*delete)(VM_Engine *);
    *(void **)&create_config = symbol(library, "VM_EngineConfigCreate");
    *(void **)&set_tier = symbol(library, "VM_EngineConfigSetTier");
    *(void **)&set_cache = symbol(library, "VM_EngineConfigSetCacheDirectory");
    *(void **)&create = symbol(library, "VM_EngineCreate");
    *(void **)&delete_config = symbol(library, "VM_EngineConfigDelete");
    *(void **)&delete = symbol(library, "VM_EngineDelete");
    CHECK_INT(create_config(&config, NULL), VM_STATUS_OK);
    CHECK_INT(set_tier(config, VM_TIER_COMPILED, NULL), VM_STATUS_OK);
    CHECK_INT(set_cache(config, in_scratch("code").text, NULL), VM_STATUS_OK);
    VM_Status status = create(config, &engine, NULL);
    delete_config(config);
    delete(engine);
    dlclose(library);
    return status;
}

static void of_host(int signal)
{
    (void)signal;
    _exit(7);
}

int main(void)
{
    make_scratch();
    if (!can_copy_library())
        return finish();
    Path path = copy_library(); /* nothing else keeps it loaded */
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        signal(SIGSEGV, of_host);
        if (use(path.text) != VM_STATUS_OK)
            _exit(8);
        if (is_loaded(path.text))
            raise(SIGSEGV);
        _exit(1);
    }
    int status = 0;
    SURE(child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status));
    if (WEXITSTATUS(status) == 8)
        printf("skipped: guests cannot be compiled here\n");
    else
        CHECK_INT(WEXITSTATUS(status), 7);
    return finish();
}
