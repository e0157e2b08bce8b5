/*
 * The plug-ins of a mail server: found in the directory that the configuration names, and called in load order.
 *
 *     cc mail_filters.c -o mail_filters $(pkg-config --cflags --libs libvm)
 *     ./mail_filters mail_filters.toml ann@home.example bob@spam.example
 *
 * The plug-ins are plugin_mail_blocklist.c and plugin_mail_log.c. They have no wasm modules: they extend the host itself, through
 * an extension. Each of its callbacks is optional.
 */
#include "plugin_mail.h"
#include <libvm.h>
#include <stdio.h>

static void receive(VM_PluginRegistry *registry, const char *sender)
{
    const char *why = NULL;
    VM_Plugin *plugin;
    size_t i;
    for (i = 0; !why && !VM_PluginRegistryFindByIndex(registry, i, &plugin, NULL); i++) {
        const Mail *mail = VM_PluginGetExtension(plugin, MAIL_EXTENSION);
        if (!mail)
            fprintf(stderr, "%s has no mail extension\n", VM_PluginGetName(plugin));
        if (mail && mail->refuse && (why = mail->refuse(sender)))
            printf("%s refuses %s: %s\n", VM_PluginGetName(plugin), sender, why);
        if (mail && mail->note && !why)
            mail->note(sender);
        VM_PluginRelease(plugin);
    }
}

int main(int argc, char **argv)
{
    VM_Config *config = NULL;
    VM_PluginRegistry *registry = NULL;
    VM_Error *error = NULL;
    int i;

    if (argc < 3) {
        fprintf(stderr, "usage: %s CONFIGURATION SENDER...\n", argv[0]);
        return 2;
    }
    if (!VM_ConfigLoadFromFile(argv[1], &config, &error) && !VM_PluginRegistryCreate(&registry, &error) &&
        !VM_ConfigApplyToPluginRegistry(config, registry, NULL, &error) && !VM_PluginLoadWithDefaultPaths(registry, NULL, &error))
        for (i = 2; i < argc; i++)
            receive(registry, argv[i]);
    else
        fprintf(stderr, "%s: %s\n", VM_StatusGetName(VM_ErrorGetStatus(error)), VM_ErrorGetMessage(error));

    int failed = error != NULL;
    VM_ErrorDelete(error);
    VM_ConfigDelete(config);
    VM_PluginRegistryDelete(registry);
    return failed;
}
