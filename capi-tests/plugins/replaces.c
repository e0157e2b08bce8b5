/* Valid, but when it is opened it replaces another file: the worst moment for a replacement. */
#define MARK "replaces"
#include "marked.h"
#include <libvm/plugin.h>

static void copy(const char *from, const char *to)
{
    FILE *source = fopen(from, "rb"), *target = fopen(to, "r+b");
    int byte;
    while (source && target && (byte = fgetc(source)) != EOF)
        fputc(byte, target);
    if (source)
        fclose(source);
    if (target)
        fclose(target);
}

__attribute__((constructor)) static void replace(void)
{
    const char *from = getenv("LIBVM_TEST_REPLACE_FROM"), *to = getenv("LIBVM_TEST_REPLACE_TO");
    if (!from || !to)
        return;
    if (getenv("LIBVM_TEST_REPLACE_BYTES"))
        copy(from, to);
    else
        rename(from, to);
}

static const VM_PluginDescriptor descriptor = { VM_PLUGIN_DESCRIPTOR_INIT, .flags = 0 };
VM_PLUGIN_DESCRIPTOR("replaces", "1.0.0", "Replaces a file", descriptor);
