/* A source that returns the lines of a file. */
#define _GNU_SOURCE
#include <libvm/plugin.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct Reader {
    const VM_StreamPart *part;
    const VM_StateService *state;
    const char *path;
    FILE *file;
    char *line;
    size_t room;
    uint64_t committed, position;
} Reader;

#include "opening.c"
#include "commit-and-rewind.c"

static VM_Status pull(void *opened, VM_StreamEvent *event)
{
    Reader *reader = opened;
    ssize_t length;

    if (!reader->file && !(reader->file = fopen(reader->path, "r")))
        return VM_STATUS_IO;
    /* What was committed is not delivered again. */
    do {
        if ((length = getline(&reader->line, &reader->room, reader->file)) < 0)
            return VM_STATUS_COMPLETE;
    } while (++reader->position <= reader->committed);
    event->payload.data = (const uint8_t *)reader->line;
    event->payload.size = (size_t)length;
    event->position = reader->position;
    return VM_STATUS_OK;
}

static VM_Status go_to(void *opened, uint64_t position)
{
    return VM_STATUS_OK;
}

static void close_file(void *opened)
{
    Reader *reader = opened;
    if (reader->file)
        fclose(reader->file);
    free(reader->line);
    free(reader);
}

static const VM_OptionDescriptor options[] = {
    VM_OPTION_WITH(VM_OPTION_TYPE_STRING, VM_OPTION_REQUIRED, "path", NULL, NULL, 0, 0, "of the file"),
};
#include "the-extension.c"

static const VM_PluginDescriptor descriptor = { VM_PLUGIN_DESCRIPTOR_INIT, .get_extension = get_extension };
VM_PLUGIN_DESCRIPTOR("reader", "1.0.0", "Reads files", descriptor);
