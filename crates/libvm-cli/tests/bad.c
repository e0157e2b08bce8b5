/* A plug-in with one fault: -DFAULT=EXPORTS and so on selects it. */
#define VM_PLUGIN_LICENSE "MIT"
#define VM_PLUGIN_PERMISSIONS "bad:secret"
#include <libvm/plugin.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NONE, EXPORTS, LIBVM, CRASH, MEMORY, DESCRIPTOR, HANG, EXIT, CHANGES, BEYOND, RESULT, ANSWER, OPTION, DESTROY, SECRET, CHOOSY };

static VM_Status work(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    const VM_Buffer in = args[0].of.buffer, out = args[1].of.buffer;
    (void)instance;
    (void)caller;
    results[0] = VM_ValueI32(0);
    if (FAULT == CRASH && in.size == 0)
        *(volatile int *)8 = 1;
    if (FAULT == HANG && in.size == 1)
        for (;;)
            pause();
    if (FAULT == EXIT)
        exit(0);
    if (FAULT == CHANGES && in.size > 0)
        in.data[0] ^= 1;
    if (FAULT == BEYOND && out.size == 64)
        out.data[out.size] ^= 1;
    if (FAULT == RESULT)
        results[0] = VM_ValueI64(1);
    return FAULT == ANSWER ? 777 : VM_STATUS_OK;
}

static VM_Status create(const VM_PluginHost *host, VM_PluginInstance *self, void **instance)
{
    const char *text = NULL;
    VM_Status status = VM_HostGetOptionString(host, self, "text", &text);
    if (status)
        return status;
    if (FAULT == CHOOSY && strcmp(text, "right") != 0)
        return VM_HostFail(host, "the text is not right");
    if (FAULT == OPTION && strlen(text) > 1000)
        abort();
    if (FAULT == DESCRIPTOR && open("/dev/null", O_RDONLY) < 0)
        return VM_HostFail(host, "no descriptor is left");
    *instance = malloc(100);
    return *instance ? VM_STATUS_OK : VM_STATUS_OUT_OF_MEMORY;
}

static void destroy(void *instance)
{
    if (FAULT == DESTROY)
        abort();
    if (FAULT != MEMORY)
        free(instance);
}

/* Needs a permission. */
static VM_Status secret(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance;
    (void)caller;
    (void)args;
    (void)results;
    if (FAULT == SECRET)
        abort();
    return VM_STATUS_OK;
}

static const VM_FunctionDescriptor functions[] = {
    VM_FUNCTION("work", "(<~>~)i", work),
    VM_FUNCTION_WITH("secret", "()", secret, NULL, 0, "bad:secret", NULL),
};
static const VM_ModuleDescriptor modules[] = { VM_MODULE("bad", functions) };
static const VM_OptionDescriptor options[] = { VM_OPTION_STRING("text", "short", "Does nothing") };
static const VM_PluginDescriptor descriptor = {
    VM_PLUGIN_DESCRIPTOR_INIT, .modules = VM_TABLE(modules), .options = VM_TABLE(options), .create = create, .destroy = destroy,
};
VM_PLUGIN_DESCRIPTOR("bad", "1.0.0", "Has one fault", descriptor);

#if defined(EXTRA)
VM_EXPORT int bad_helper(void);
int bad_helper(void) { return 1; }
#endif
#if defined(NEEDS)
extern const char *VM_VersionGetString(void);
VM_EXPORT const char *bad_version(void);
const char *bad_version(void) { return VM_VersionGetString(); }
#endif
#if defined(RELOCATES)
__asm__(".pushsection .data\nbad_place: .quad 0\n.popsection\n.pushsection .text\n.balign 8\n.quad bad_place\n.popsection");
#endif
#if defined(UNIQUE)
__asm__(".pushsection .data\n.globl bad_unique\n.type bad_unique, %gnu_unique_object\n.size bad_unique, 8\nbad_unique: .quad 0\n.popsection");
#endif
