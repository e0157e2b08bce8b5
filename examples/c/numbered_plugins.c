/*
 * Loads a directory of numbered plug-ins, prints the report, and calls them in their order.
 *
 *     cc numbered_plugins.c -o numbered_plugins $(pkg-config --cflags --libs libvm)
 *     ./numbered_plugins steps 5
 *
 * The plug-ins are built from plugin_step.c. They are loaded by number and then by name: `9-double.so` before `10-add-three.so`.
 * Of two versions of a plug-in the higher one is loaded.
 */
#include "plugin_step.h"
#include <libvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    VM_PluginRegistry *plugins = NULL;
    VM_PluginReport *report = NULL;
    const VM_PluginReportLine *line;
    VM_Plugin *plugin = NULL;
    VM_Error *error = NULL;
    VM_Status status;
    size_t i;

    if (argc != 3) {
        fprintf(stderr, "usage: %s DIRECTORY NUMBER\n", argv[0]);
        return 2;
    }
    status = VM_PluginRegistryCreate(&plugins, &error);
    if (!status)
        status = VM_PluginLoadFromPath(plugins, argv[1], &report, &error);
    for (i = 0; (line = VM_PluginReportGetLine(report, i)); i++) /* also if some were not loaded */
        printf("%s: %s\n", strrchr(line->path, '/') + 1, line->message);

    int32_t number = atoi(argv[2]);
    for (i = 0; !VM_PluginRegistryFindByIndex(plugins, i, &plugin, NULL); i++) {
        const Step *step = VM_PluginGetExtension(plugin, STEP_EXTENSION);
        if (step) { /* a plug-in may have other extensions, or none */
            number = step->step(number);
            printf("%s returned %d\n", VM_PluginGetName(plugin), number);
        }
        VM_PluginRelease(plugin);
    }
    if (status)
        fprintf(stderr, "%s: %s\n", VM_StatusGetName(status), VM_ErrorGetMessage(error));
    VM_PluginReportDelete(report);
    VM_PluginRegistryDelete(plugins);
    VM_ErrorDelete(error);
    return status != VM_STATUS_OK;
}
