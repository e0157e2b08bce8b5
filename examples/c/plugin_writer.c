/*
 * A plug-in with a sink for streams: it appends the events to a file in its data directory, as lines or as records.
 *
 *     cc -shared -fPIC -fvisibility=hidden plugin_writer.c -o writer.so $(pkg-config --cflags libvm)
 *
 * `write` puts an event into a buffer, and `flush` the buffer into the file: only then the event is acknowledged. A part of an event
 * that a killed process has left at the end of the file is removed.
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <fcntl.h>
#include <libvm/plugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct Writer {
    const VM_StreamPart *part;
    int file;
    bool records, sync;
    off_t end; /* of the last whole event in the file */
    uint8_t *data;
    size_t size, capacity;
} Writer;

static VM_Status fail(Writer *writer, const char *what)
{
    char text[4200]; /* a path and the reason */
    snprintf(text, sizeof text, "%s: %s", what, strerror(errno));
    return VM_StreamPartFail(writer->part, VM_STATUS_IO, text);
}

static void close_writer(void *opened)
{
    Writer *writer = opened;
    if (writer->file >= 0)
        close(writer->file);
    free(writer->data);
    free(writer);
}

/* Finds the end of the last whole event. */
static bool find_end(Writer *writer)
{
    off_t size = lseek(writer->file, 0, SEEK_END);
    unsigned char bytes[4];
    if (size < 0)
        return false;
    if (!writer->records) {
        for (writer->end = size; writer->end > 0; writer->end--) {
            if (pread(writer->file, bytes, 1, writer->end - 1) != 1)
                return false;
            if (bytes[0] == '\n')
                break;
        }
        return true;
    }
    for (;;) {
        off_t next = writer->end + 4;
        if (pread(writer->file, bytes, 4, writer->end) != 4)
            return next > size;
        next += (off_t)bytes[0] | (off_t)bytes[1] << 8 | (off_t)bytes[2] << 16 | (off_t)bytes[3] << 24;
        if (next > size)
            return true;
        writer->end = next;
    }
}

static VM_Status prepare(Writer *writer)
{
    const VM_PluginHost *host = writer->part->host;
    VM_PluginInstance *self = writer->part->self;
    const VM_DirectoriesService *directories = VM_HostGetDirectoriesService(host);
    const char *folder, *name, *format;
    char path[4096];
    VM_Status status;
    if (!directories)
        return VM_HostFail(host, "the host is too old: it has no directories");
    if ((status = directories->get(host, self, VM_DIRECTORY_DATA, &folder)) != VM_STATUS_OK ||
        (status = VM_HostGetOptionString(host, self, "name", &name)) != VM_STATUS_OK ||
        (status = VM_HostGetOptionString(host, self, "format", &format)) != VM_STATUS_OK ||
        (status = VM_HostGetOptionBool(host, self, "sync", &writer->sync)) != VM_STATUS_OK)
        return status; /* the host's error contains the reason */
    if (strchr(name, '/') || name[0] == '.' || (size_t)snprintf(path, sizeof path, "%s/%s", folder, name) >= sizeof path)
        return VM_StreamPartFail(writer->part, VM_STATUS_PLUGIN_OPTION, "option `name` is not the name of a file");
    writer->records = strcmp(format, "records") == 0;
    writer->file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (writer->file < 0 || !find_end(writer) || ftruncate(writer->file, writer->end) != 0)
        return fail(writer, path);
    return VM_STATUS_OK;
}

static VM_Status open_writer(void *instance, const VM_StreamPart *part, void **opened)
{
    Writer *writer = calloc(1, sizeof *writer);
    VM_Status status;
    (void)instance;
    if (!writer)
        return VM_STATUS_OUT_OF_MEMORY;
    writer->part = part;
    writer->file = -1;
    status = prepare(writer);
    if (status == VM_STATUS_OK)
        *opened = writer;
    else
        close_writer(writer);
    return status;
}

/* Writes the buffer to the file. If it does not fit, the file stays as it was, and the events stay in the buffer. */
static VM_Status empty_buffer(Writer *writer)
{
    size_t done = 0;
    while (done < writer->size) {
        ssize_t written = pwrite(writer->file, writer->data + done, writer->size - done, writer->end + (off_t)done);
        if (written < 0 && errno != EINTR) {
            VM_Status status = fail(writer, "cannot write");
            return ftruncate(writer->file, writer->end) == 0 ? status : fail(writer, "cannot undo what was written");
        }
        done += written > 0 ? (size_t)written : 0;
    }
    writer->end += (off_t)writer->size;
    writer->size = 0;
    return VM_STATUS_OK;
}

static VM_Status write_event(void *opened, const VM_StreamEvent *event)
{
    Writer *writer = opened;
    size_t size = event->payload.size, needed = size + 4;
    uint8_t *to;
    if (!writer->records && size > 0 && memchr(event->payload.data, '\n', size))
        return VM_StreamPartFail(writer->part, VM_STATUS_USER, "the event is not a line");
    if (writer->size > 0 && writer->size + needed > 1 << 16) {
        VM_Status status = empty_buffer(writer);
        if (status != VM_STATUS_OK)
            return status;
    }
    if (writer->size + needed > writer->capacity) {
        to = realloc(writer->data, writer->size + needed);
        if (!to)
            return VM_STATUS_OUT_OF_MEMORY;
        writer->data = to;
        writer->capacity = writer->size + needed;
    }
    to = writer->data + writer->size;
    if (writer->records) {
        to[0] = (uint8_t)size;
        to[1] = (uint8_t)(size >> 8);
        to[2] = (uint8_t)(size >> 16);
        to[3] = (uint8_t)(size >> 24);
        to += 4;
    }
    if (size > 0)
        memcpy(to, event->payload.data, size);
    if (!writer->records)
        to[size] = '\n';
    writer->size += size + (writer->records ? 4 : 1);
    return VM_STATUS_OK;
}

/* What was written survives the end of the process; with the option `sync` also that of the machine. */
static VM_Status flush(void *opened)
{
    Writer *writer = opened;
    VM_Status status = empty_buffer(writer);
    if (status == VM_STATUS_OK && writer->sync && fsync(writer->file) != 0)
        return fail(writer, "cannot sync");
    return status;
}

static const VM_OptionDescriptor options[] = {
    VM_OPTION_STRING("name", "events", "name of the file in the data directory"),
    VM_OPTION_ENUM("format", "lines,records", "lines", "lines, or records after their length in 4 bytes, little-endian"),
    VM_OPTION_BOOL("sync", 0, "each flush waits for the disk"),
};
static const VM_SinkDescriptor sinks[] = {
    { VM_SINK_INIT, .name = "file", .description = "Appends to a file", .options = VM_TABLE(options), .open = open_writer,
      .close = close_writer, .write = write_event, .flush = flush },
};
static const VM_StreamExtension streams = VM_STREAM_EXTENSION_OF(VM_TABLE_EMPTY, VM_TABLE(sinks));

static const void *get_extension(void *data, const char *id)
{
    (void)data;
    return VM_ExtensionMatches(id, VM_STREAM_EXTENSION) ? &streams : NULL;
}

static const VM_PluginDescriptor descriptor = { VM_PLUGIN_DESCRIPTOR_INIT, .get_extension = get_extension };
VM_PLUGIN_DESCRIPTOR("writer", "1.0.0", "Writes streams to files", descriptor);
