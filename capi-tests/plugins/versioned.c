/*
 * Valid: versions of one plug-in whose instances move with their count. -DVERSIONED is the major version, which counts in steps
 * of that number; -DFAIL_SAVE, -DFAIL_RESTORE, -DTOO_MUCH, -DNO_EXTENSION, -DNO_COUNT and -DNO_RESTORE select failures.
 */
#ifndef VERSIONED
#define VERSIONED 1
#endif
#ifndef FLAGS
#define FLAGS 0
#endif
#define VM_PLUGIN_FLAGS VM_PLUGIN_UNLOADABLE
#define VM_PLUGIN_PERMISSIONS "test:guarded"
#ifdef NO_EXTENSION
#define HAS_EXTENSION 0
#else
#define HAS_EXTENSION 1
#endif
#define TEXT_OF(number) #number ".0.0"
#define VERSION_TEXT(number) TEXT_OF(number)
#include <libvm/plugin.h>
#include <stdlib.h>
#include <string.h>

typedef struct Instance {
    const VM_PluginHost *host;
    VM_PluginInstance *self;
    int32_t count;
} Instance;

static const VM_PluginHost *last_host; /* for the functions of the extension, which receive only an instance, which may be NULL */

static const char label; /* the caller->data of `count` in this version */

static VM_Status count(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    Instance *mine = instance;
    (void)args;
    mine->count += VERSIONED;
    results[0] = VM_ValueI32(caller->data == &label ? mine->count : -1);
    return VM_STATUS_OK;
}

/* A length: version 1 takes it as an argument, later ones read it from the guest's memory. */
static VM_Status length(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance;
    (void)caller;
    results[0] = VM_ValueI32(VERSIONED == 1 && args[0].type == VM_VALTYPE_I32 ? args[1].of.i32 : 1000 * VERSIONED + (int32_t)args[0].of.buffer.size);
    return VM_STATUS_OK;
}

static VM_Status version(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance;
    (void)caller;
    (void)args;
    results[0] = VM_ValueI32(VERSIONED);
    return VM_STATUS_OK;
}

static VM_Status create(const VM_PluginHost *host, VM_PluginInstance *self, void **instance)
{
    Instance *made = calloc(1, sizeof *made);
    if (!made)
        return VM_STATUS_OUT_OF_MEMORY;
    made->host = last_host = host;
    made->self = self;
    *instance = made;
    VM_HostLog(host, self, VM_LOG_INFO, VERSION_TEXT(VERSIONED) " create");
    return VM_STATUS_OK;
}

static void destroy(void *instance)
{
    Instance *mine = instance;
    VM_HostLog(mine->host, mine->self, VM_LOG_INFO, VERSION_TEXT(VERSIONED) " destroy");
    free(mine);
}

static VM_Status initialize(const VM_PluginHost *host, void **data)
{
    *data = (void *)host;
    VM_HostLog(host, NULL, VM_LOG_INFO, VERSION_TEXT(VERSIONED) " initialize");
    return VM_STATUS_OK;
}

static void cleanup(void *data) { VM_HostLog(data, NULL, VM_LOG_INFO, VERSION_TEXT(VERSIONED) " cleanup"); }

/* In two parts: the format, and the count. */
static VM_Status save(void *instance, VM_SnapshotWrite write, void *user)
{
    Instance *mine = instance;
    VM_Status status;
#ifdef FAIL_SAVE
    return VM_HostFail(mine->host, "cannot save today");
#endif
#ifdef TOO_MUCH
    static const char part[1 << 20];
    int i;
    for (i = 0; i < 65; i++)
        write(user, part, sizeof part); /* that it fails in the end is not looked at */
#endif
    status = write(user, "v", 1);
    return status ? status : write(user, &mine->count, sizeof mine->count);
}

static VM_Status restore(void *instance, const void *data, size_t size)
{
    Instance *mine = instance;
#ifdef FAIL_RESTORE
    return VM_HostFail(mine->host, "that is too old for me");
#endif
    if (size != 1 + sizeof mine->count || *(const char *)data != 'v')
        return VM_HostFail(mine->host, "what is this");
    memcpy(&mine->count, (const char *)data + 1, sizeof mine->count);
    return VM_STATUS_OK;
}

#ifdef NO_RESTORE
#define RESTORE (VERSIONED ? NULL : restore)
#else
#define RESTORE restore
#endif

static const VM_SnapshotExtension snapshot = { sizeof(VM_SnapshotExtension), 0, save, RESTORE };
static const int own_extension = VERSIONED;

static const void *get_extension(void *data, const char *id)
{
    if (!data)
        return NULL; /* it is called after initialize, with its data */
    if (last_host)
        VM_HostLog(last_host, NULL, VM_LOG_INFO, id);
    if (HAS_EXTENSION && VM_ExtensionMatches(id, VM_SNAPSHOT_EXTENSION))
        return &snapshot;
    return strcmp(id, "test.version/1") == 0 ? &own_extension : NULL;
}

static const VM_FunctionDescriptor functions[] = {
    VM_FUNCTION("version", "()i", version),
    VM_FUNCTION("length", VERSIONED == 1 ? "(ii)i" : "(<~)i", length),
    VM_FUNCTION_PERMITTED("guarded", "(<~)i", length, "test:guarded"),
#ifndef NO_COUNT
    VM_FUNCTION_WITH("count", "()i", count, (void *)&label, 0, NULL, NULL),
#else
    VM_FUNCTION_WITH("count", "(i)i", count, (void *)&label, 0, NULL, NULL),
#endif
};
static const VM_ModuleDescriptor modules[] = {
    VM_MODULE("versioned", functions),
};
static const VM_PluginDescriptor descriptor =
    VM_PLUGIN_DESCRIPTOR_OF(FLAGS, VM_TABLE(modules), VM_TABLE_EMPTY, create, destroy, initialize, cleanup, get_extension);
VM_PLUGIN_DESCRIPTOR("versioned", VERSION_TEXT(VERSIONED), "Is one of several versions", descriptor);
