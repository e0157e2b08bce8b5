/* The second of three plug-ins with hooks: it changes the event, and asks all hooks again what they think of that. */
#include <libvm/plugin.h>
#include <stdio.h>
#include <string.h>

static VM_Status on_job(void *instance, VM_Event *event)
{
    const char *job = "";
    (void)instance;
    VM_EventGetString(event, "job", &job);
    if (strcmp(job, "draft") != 0)
        return VM_STATUS_OK;
    printf("  rename: draft becomes letter\n");
    VM_EventSetString(event, "job", "letter");
    return VM_STATUS_RETRY;
}

static const VM_Hook hooks[] = { VM_HOOK("print.job", on_job) };
static const VM_HooksExtension extension = VM_HOOKS(hooks);

static const void *get_extension(void *data, const char *id)
{
    (void)data;
    return VM_ExtensionMatches(id, VM_HOOKS_EXTENSION) ? &extension : NULL;
}

static const VM_PluginDescriptor descriptor = { VM_PLUGIN_DESCRIPTOR_INIT, .get_extension = get_extension };
VM_PLUGIN_DESCRIPTOR("rename", "1.0.0", "Renames drafts", descriptor);
