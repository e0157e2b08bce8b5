/* The first of three plug-ins with hooks: it decides about a job, so that the others are not asked. */
#include <libvm/plugin.h>
#include <stdio.h>
#include <string.h>

static VM_Status on_job(void *instance, VM_Event *event)
{
    const char *job = "";
    (void)instance;
    VM_EventGetString(event, "job", &job);
    printf("  check: %s\n", job);
    return strcmp(job, "poster") == 0 ? VM_STATUS_COMPLETE : VM_STATUS_OK;
}

static const VM_Hook hooks[] = { VM_HOOK("print.job", on_job) };
static const VM_HooksExtension extension = VM_HOOKS(hooks);

static const void *get_extension(void *data, const char *id)
{
    (void)data;
    return VM_ExtensionMatches(id, VM_HOOKS_EXTENSION) ? &extension : NULL;
}

static const VM_PluginDescriptor descriptor = { VM_PLUGIN_DESCRIPTOR_INIT, .get_extension = get_extension };
VM_PLUGIN_DESCRIPTOR("check", "1.0.0", "Refuses posters", descriptor);
