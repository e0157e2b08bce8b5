/*
 * A plug-in for mail_filters.c with the other of its two callbacks: it logs mail.
 *
 *     cc -shared -fPIC -fvisibility=hidden plugin_mail_log.c -o mail/10-log.so $(pkg-config --cflags libvm)
 */
#include "plugin_mail.h"
#include <libvm/plugin.h>
#include <stdio.h>

static void note(const char *sender) { printf("log: mail from %s\n", sender); }

static const Mail mail = { NULL, note };

static const void *get_extension(void *data, const char *id) 
{
    (void)data;
    return VM_ExtensionMatches(id, MAIL_EXTENSION) ? &mail : NULL;
}

static const VM_PluginDescriptor descriptor = { VM_PLUGIN_DESCRIPTOR_INIT, .get_extension = get_extension };
VM_PLUGIN_DESCRIPTOR("log", "1.0.0", "Logs mail", descriptor);
