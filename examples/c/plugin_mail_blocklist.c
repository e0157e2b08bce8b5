/*
 * A plug-in for mail_filters.c with one of its two callbacks: it refuses senders.
 *
 *     cc -shared -fPIC -fvisibility=hidden plugin_mail_blocklist.c -o mail/9-blocklist.so $(pkg-config --cflags libvm)
 */
#define VM_PLUGIN_HOST_VERSION ">=0.2" /* the libvm that it requires; the host's revision is in MAIL_EXTENSION */
#include "plugin_mail.h"
#include <libvm/plugin.h>
#include <string.h>

static const char *refuse(const char *sender) { return strstr(sender, "@spam.example") ? "it is on the list" : NULL; }

static const Mail mail = { refuse, NULL };

static const void *get_extension(void *data, const char *id) 
{
    (void)data;
    return VM_ExtensionMatches(id, MAIL_EXTENSION) ? &mail : NULL;
}

static const VM_PluginDescriptor descriptor = { VM_PLUGIN_DESCRIPTOR_INIT, .get_extension = get_extension };
VM_PLUGIN_DESCRIPTOR("blocklist", "1.0.0", "Refuses known senders", descriptor);
