/* Returns the paths of its directories, and in destroy whether the temporary one still exists. */
#include <libvm/plugin.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct Instance {
    const VM_PluginHost *host;
    VM_PluginInstance *self;
    const char *temp;
} Instance;

static VM_Status create(const VM_PluginHost *host, VM_PluginInstance *self, void **instance)
{
    const char *wanted = getenv("LIBVM_TEST_DIRECTORY"), *path = NULL;
    Instance *made;
    VM_Status status = wanted ? VM_HostGetDirectory(host, self, (VM_DirectoryKind)atoi(wanted), &path) : VM_STATUS_OK;
    if (status != VM_STATUS_OK)
        return status;
    made = calloc(1, sizeof *made);
    if (!made)
        return VM_STATUS_OUT_OF_MEMORY;
    made->host = host;
    made->self = self;
    *instance = made;
    return VM_STATUS_OK;
}

static void destroy(void *instance)
{
    Instance *here = instance;
    char path[600];
    if (here->temp) {
        FILE *file;
        snprintf(path, sizeof path, "%s/last", here->temp);
        file = fopen(path, "w");
        VM_HostLog(here->host, here->self, VM_LOG_INFO, file ? "there" : "gone");
        if (file)
            fclose(file);
    }
    free(instance);
}

/* Writes a directory's path; returns its length or the status. */
static VM_Status where(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    Instance *here = instance;
    const char *path = NULL, *again = NULL;
    VM_Buffer out = args[1].of.buffer;
    VM_DirectoryKind kind = (VM_DirectoryKind)args[0].of.i32;
    VM_Status status = VM_HostGetDirectory(here->host, here->self, kind, &path);
    if (status != VM_STATUS_OK) {
        results[0] = VM_ValueI32(status);
        return VM_STATUS_OK;
    }
    if (VM_HostGetDirectory(here->host, here->self, kind, &again) != VM_STATUS_OK || again != path ||
        VM_HostGetDirectory(here->host, NULL, kind, &again) != VM_STATUS_NULL_ARGUMENT ||
        VM_HostGetDirectory(here->host, here->self, kind, NULL) != VM_STATUS_NULL_ARGUMENT)
        return VM_CallerTrap(caller, "a wrong question was answered");
    if (kind == VM_DIRECTORY_TEMP)
        here->temp = path;
    results[0] = VM_ValueI32(snprintf((char *)out.data, out.size, "%s", path));
    return VM_STATUS_OK;
}

static const VM_FunctionDescriptor functions[] = {
    VM_FUNCTION("where", "(i>~)i", where),
};
static const VM_ModuleDescriptor modules[] = {
    VM_MODULE("directories", functions),
};
static const VM_PluginDescriptor descriptor = {
    VM_PLUGIN_DESCRIPTOR_INIT, .modules = VM_TABLE(modules), .create = create, .destroy = destroy,
};
VM_PLUGIN_DESCRIPTOR("directories", "1.0.0", "Has directories", descriptor);
