/*
 * A plug-in with a source for streams: it returns the lines or records of a file, one in each call of `pull`.
 *
 *     cc -shared -fPIC -fvisibility=hidden plugin_reader.c -o reader.so $(pkg-config --cflags libvm)
 *
 * The position of an event is the offset behind it. `commit` stores it in the state of the stream, so that a stream with the same
 * name goes on there, also after kill -9.
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <libvm/plugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LARGEST_RECORD (1u << 24)

typedef struct Reader {
    const VM_StreamPart *part;
    const VM_StateService *state; /* NULL if the host has none */
    const char *path;             /* the host keeps the string until close */
    bool records, follow;
    FILE *file;
    uint64_t offset, committed;
    char *data; /* of the last event */
    size_t capacity;
    VM_StreamField field;
} Reader;

/* Fails with a text and the path. */
static VM_Status fail(Reader *reader, VM_Status status, const char *what)
{
    char text[600];
    snprintf(text, sizeof text, "%s: %s at offset %llu%s%s", reader->path, what, (unsigned long long)reader->offset,
             status == VM_STATUS_IO ? ": " : "", status == VM_STATUS_IO ? strerror(errno) : "");
    return VM_StreamPartFail(reader->part, status, text);
}

static void close_file(void *opened)
{
    Reader *reader = opened;
    if (reader->file)
        fclose(reader->file);
    free(reader->data);
    free(reader);
}

/* Options, the offset of the last commit, the file. */
static VM_Status prepare(Reader *reader)
{
    const VM_PluginHost *host = reader->part->host;
    VM_PluginInstance *self = reader->part->self;
    const char *format;
    size_t size;
    VM_Status status;
    if ((status = VM_HostGetOptionString(host, self, "path", &reader->path)) != VM_STATUS_OK ||
        (status = VM_HostGetOptionString(host, self, "format", &format)) != VM_STATUS_OK ||
        (status = VM_HostGetOptionBool(host, self, "follow", &reader->follow)) != VM_STATUS_OK)
        return status; /* the host's error contains the reason */
    reader->records = strcmp(format, "records") == 0;
    reader->field.key = "file";
    reader->field.value = reader->path;
    if ((reader->state = VM_HostGetStateService(host)) != NULL) {
        status = reader->state->get(self, "offset", &reader->committed, sizeof reader->committed, &size);
        if (status != VM_STATUS_OK && status != VM_STATUS_NOT_FOUND)
            return fail(reader, status, "its offset cannot be read from the state");
    }
    reader->offset = reader->committed;
    reader->file = fopen(reader->path, "rb");
    if (!reader->file || fseeko(reader->file, 0, SEEK_END) != 0)
        return fail(reader, VM_STATUS_IO, "cannot be opened");
    if ((uint64_t)ftello(reader->file) < reader->offset) /* it is another file */
        reader->offset = reader->committed = 0;
    if (fseeko(reader->file, (off_t)reader->offset, SEEK_SET) != 0)
        return fail(reader, VM_STATUS_IO, "cannot seek");
    return VM_STATUS_OK;
}

static VM_Status open_file(void *instance, const VM_StreamPart *part, void **opened)
{
    Reader *reader = calloc(1, sizeof *reader);
    VM_Status status;
    (void)instance;
    if (!reader)
        return VM_STATUS_OUT_OF_MEMORY;
    reader->part = part;
    status = prepare(reader);
    if (status == VM_STATUS_OK)
        *opened = reader;
    else
        close_file(reader); /* the host does not call close after a failure */
    return status;
}

/* There is not a whole event: the next pull begins at the same offset. */
static VM_Status wait_for_more(Reader *reader, bool is_part)
{
    if (ferror(reader->file))
        return fail(reader, VM_STATUS_IO, "cannot be read");
    if (!reader->follow)
        return is_part ? fail(reader, VM_STATUS_USER, "ends within the record") : VM_STATUS_COMPLETE;
    clearerr(reader->file);
    if (fseeko(reader->file, (off_t)reader->offset, SEEK_SET) != 0)
        return fail(reader, VM_STATUS_IO, "cannot seek");
    return VM_STATUS_WOULD_BLOCK; /* the host pulls again soon */
}

/* The bytes stay valid until the next call of a function of this source, and the host copies them before. */
static VM_Status fill(Reader *reader, VM_StreamEvent *event, size_t size, size_t read)
{
    reader->offset += read;
    event->payload.data = (const uint8_t *)reader->data;
    event->payload.size = size;
    event->metadata = &reader->field;
    event->metadata_count = 1;
    event->position = reader->offset;
    return VM_STATUS_OK;
}

static VM_Status pull_line(Reader *reader, VM_StreamEvent *event)
{
    ssize_t length = getline(&reader->data, &reader->capacity, reader->file);
    bool is_whole = length > 0 && reader->data[length - 1] == '\n';
    if (length <= 0 || (!is_whole && reader->follow)) /* the rest of it may be on its way */
        return wait_for_more(reader, false);
    return fill(reader, event, (size_t)length - is_whole, (size_t)length);
}

static VM_Status pull_record(Reader *reader, VM_StreamEvent *event)
{
    unsigned char prefix[4];
    size_t size, found = fread(prefix, 1, sizeof prefix, reader->file);
    if (found < sizeof prefix)
        return wait_for_more(reader, found > 0);
    size = (size_t)prefix[0] | (size_t)prefix[1] << 8 | (size_t)prefix[2] << 16 | (size_t)prefix[3] << 24;
    if (size > LARGEST_RECORD)
        return fail(reader, VM_STATUS_USER, "is damaged: there is no record");
    if (size > reader->capacity) {
        char *larger = realloc(reader->data, size);
        if (!larger)
            return VM_STATUS_OUT_OF_MEMORY;
        reader->data = larger;
        reader->capacity = size;
    }
    if (fread(reader->data, 1, size, reader->file) < size)
        return wait_for_more(reader, true);
    return fill(reader, event, size, sizeof prefix + size);
}

static VM_Status pull(void *opened, VM_StreamEvent *event)
{
    Reader *reader = opened;
    return reader->records ? pull_record(reader, event) : pull_line(reader, event);
}

static VM_Status commit(void *opened, uint64_t position)
{
    Reader *reader = opened;
    VM_Status status = VM_STATUS_OK;
    if (reader->state)
        status = reader->state->put(reader->part->self, "offset", &position, sizeof position);
    if (status != VM_STATUS_OK)
        return fail(reader, status, "its offset cannot be stored in the state");
    reader->committed = position;
    return VM_STATUS_OK;
}

static VM_Status go_to(void *opened, uint64_t position)
{
    Reader *reader = opened;
    reader->offset = position == VM_STREAM_COMMITTED ? reader->committed : position == VM_STREAM_BEGINNING ? 0 : position;
    if (fseeko(reader->file, (off_t)reader->offset, SEEK_SET) != 0)
        return fail(reader, VM_STATUS_IO, "cannot seek");
    return VM_STATUS_OK;
}

static const VM_OptionDescriptor options[] = {
    VM_OPTION_WITH(VM_OPTION_TYPE_STRING, VM_OPTION_REQUIRED, "path", NULL, NULL, 0, 0, "the file"),
    VM_OPTION_ENUM("format", "lines,records", "lines", "lines, or records after their length in 4 bytes, little-endian"),
    VM_OPTION_BOOL("follow", 0, "waits at the end of the file for more"),
};
static const VM_SourceDescriptor sources[] = {
    { VM_SOURCE_INIT, .flags = VM_SOURCE_BOUNDED, .name = "file", .description = "Reads a file", .options = VM_TABLE(options),
      .open = open_file, .close = close_file, .pull = pull, .commit = commit, .rewind = go_to },
};
static const VM_StreamExtension streams = VM_STREAM_EXTENSION_OF(VM_TABLE(sources), VM_TABLE_EMPTY);

static const void *get_extension(void *data, const char *id)
{
    (void)data;
    return VM_ExtensionMatches(id, VM_STREAM_EXTENSION) ? &streams : NULL;
}

static const VM_PluginDescriptor descriptor = { VM_PLUGIN_DESCRIPTOR_INIT, .get_extension = get_extension };
VM_PLUGIN_DESCRIPTOR("reader", "1.0.0", "Reads files into streams", descriptor);
