/* The twin of tests/sdk and sdk.cpp in C. */
#define VM_PLUGIN_PERMISSIONS "sdk:secret,sdk:say:*"
#include "sdk.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static VM_Status VM_CALL create(const VM_PluginHost *host, VM_PluginInstance *self, void **instance)
{
    Probe *probe = calloc(1, sizeof *probe);
    char line[100];
    VM_Status status;
    if (!probe)
        return VM_STATUS_OUT_OF_MEMORY;
    probe->host = host;
    probe->self = self;
    status = VM_HostGetOptionString(host, self, "greeting", &probe->greeting);
    if (status == VM_STATUS_OK)
        status = VM_HostGetOptionInteger(host, self, "limit", &probe->limit);
    if (status == VM_STATUS_OK && !*probe->greeting) {
        VM_HostFail(host, "the greeting is empty");
        status = VM_STATUS_USER - 1;
    } else if (status == VM_STATUS_OK && strcmp(probe->greeting, "panic") == 0) {
        status = VM_HostFail(host, "nobody is greeted so");
    }
    if (status != VM_STATUS_OK) {
        free(probe);
        return status;
    }
    snprintf(line, sizeof line, "an instance that says %s", probe->greeting);
    VM_HostLog(host, NULL, VM_LOG_INFO, line);
    *instance = probe;
    return VM_STATUS_OK;
}

static const VM_OptionDescriptor options[] = {
    VM_OPTION_STRING("greeting", "Hello", "What to say before the name"),
    VM_OPTION_INTEGER_IN("limit", 100, 1, 1000, "How often"),
    VM_OPTION_BOOL("polite", true, NULL),
    VM_OPTION_FLOAT_IN("share", 0.5, 0, 1, NULL),
    VM_OPTION_LIST("names", "a\nb", NULL),
    VM_OPTION_ENUM("optimize-for", "fast,small", "fast", NULL),
};

static VM_Status VM_CALL save(void *instance, VM_SnapshotWrite write, void *user)
{
    return write(user, &((Probe *)instance)->count, sizeof(int32_t));
}

static VM_Status VM_CALL restore(void *instance, const void *data, size_t size)
{
    if (size != sizeof(int32_t))
        return VM_STATUS_PLUGIN_FAILED;
    memcpy(&((Probe *)instance)->count, data, size);
    return VM_STATUS_OK;
}

static const VM_SnapshotExtension snapshot = { sizeof snapshot, 0, save, restore };

static const void *VM_CALL get_extension(void *data, const char *id)
{
    (void)data;
    return VM_ExtensionMatches(id, VM_SNAPSHOT_EXTENSION) ? &snapshot : NULL;
}

static const VM_PluginDescriptor descriptor = {
    VM_PLUGIN_DESCRIPTOR_INIT, .modules = VM_TABLE(sdk_modules), .options = VM_TABLE(options), .create = create, .destroy = free,
    .get_extension = get_extension,
};
VM_PLUGIN_DESCRIPTOR("sdk", "1.2.0", "A plug-in in C for the tests of the SDK", descriptor);
