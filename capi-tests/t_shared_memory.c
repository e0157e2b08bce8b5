/* A module that imports functions of the host is linked once for all contexts that run machine code: its imports take little of their memory. */
#define _GNU_SOURCE
#include "test.h"
#ifdef __GLIBC__
#include <malloc.h>
#endif

#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
enum { FUNCTIONS = 100 };

static size_t used(void)
{
    struct mallinfo2 all = mallinfo2();
    return all.uordblks + all.hblkhd;
}

static VM_Status VM_CALL none(void *user, VM_Caller *caller, VM_RawValue *values)
{
    (void)user;
    (void)caller;
    (void)values;
    return VM_STATUS_OK;
}

/* A module that imports functions `10` to `109` of `h`, which has them. */
static VM_Module *importing(VM_Engine *engine, VM_HostModule *host)
{
    static const uint8_t begins[] = { 0, 'a', 's', 'm', 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 2 };
    uint8_t bytes[FUNCTIONS * 8 + sizeof begins + 4], *at = bytes + sizeof begins;
    const size_t size = 90 * 7 + 10 * 8 + 1;
    VM_Module *module = NULL;
    memcpy(bytes, begins, sizeof begins);
    *at++ = (uint8_t)(size & 0x7f) | 0x80;
    *at++ = (uint8_t)(size >> 7);
    *at++ = FUNCTIONS;
    for (int i = 10; i < 10 + FUNCTIONS; i++) {
        char name[8];
        int length = snprintf(name, sizeof name, "%d", i);
        NEED(VM_HostModuleAddFunctionRaw(host, name, "()", none, NULL, NULL, &error));
        *at++ = 1;
        *at++ = 'h';
        *at++ = (uint8_t)length;
        memcpy(at, name, (size_t)length);
        at += length;
        *at++ = 0;
        *at++ = 0;
    }
    NEED(VM_ModuleLoadFromBuffer(engine, bytes, (size_t)(at - bytes), &module, &error));
    return module;
}

static VM_Context *with_host(VM_Engine *engine, VM_HostModule *host)
{
    VM_Context *context = new_context(engine);
    NEED(VM_ContextRegisterModule(context, host, &error));
    return context;
}

/* How much memory an instance takes. */
static size_t instance(VM_Context *context, VM_Module *module)
{
    size_t before = used();
    NEED(VM_ContextInstantiate(context, module, NULL, &error));
    return used() - before;
}

static void shared(void)
{
    VM_Engine *engine = new_engine();
    VM_HostModule *host = new_host("h");
    VM_Module *module = importing(engine, host);
    VM_Context *first = with_host(engine, host), *context = with_host(engine, host);
    instance(first, module);
    size_t alike = instance(context, module), other = instance(context, module);
    /* Its functions are not the first ones of their context, and so its own. */
    if (tier_of(context) == VM_TIER_COMPILED && other > 0)
        CHECK(other > alike + (size_t)FUNCTIONS * 100);
    else
        printf("skipped: the allocator does not count, or the guest is interpreted\n");
    VM_ContextDelete(first);
    VM_ContextDelete(context);
    VM_ModuleDelete(module);
    VM_HostModuleDelete(host);
    VM_EngineDelete(engine);
}
#endif

int main(void)
{
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
    shared();
#endif
    return finish();
}
