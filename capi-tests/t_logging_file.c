/* The plug-in `logging` with a file: in its data directory only, whole lines, and no end of the guest when the disk is full. */
#include "logging.h"
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

enum { THREADS = 8, LINES = 200 };

static VM_PluginRegistry *registry;

/* The contents of a file in the data directory of a context, without the times, which are checked; free them. */
static char *content(const char *context, const char *file)
{
    char name[100];
    size_t size, from, to = 0;
    char *bytes;
    snprintf(name, sizeof name, "data/libvm/data/logging/%s/%s", context, file);
    bytes = (char *)read_file(in_scratch(name).text, &size);
    bytes[size] = '\0';
    for (from = 0; from < size;) {
        const char *line = bytes + from, *end = memchr(line, '\n', size - from);
        int year, day, ms, used = 0;
        SURE(end != NULL);
        SURE(sscanf(line, "%4d-%*2d-%2dT%*2d:%*2d:%*2d.%3dZ %n", &year, &day, &ms, &used) == 3 && used == 25);
        CHECK(year > 2000 && day > 0);
        memmove(bytes + to, line + used, (size_t)(end + 1 - line) - (size_t)used);
        to += (size_t)(end + 1 - line) - (size_t)used;
        from += (size_t)(end + 1 - line);
    }
    bytes[to] = '\0';
    return bytes;
}

static void check_content(const char *context, const char *file, const char *expected)
{
    char *found = content(context, file);
    CHECK_TEXT(found, expected);
    free(found);
}

static void lines_of_contexts(void)
{
    Heard heard = { "", 0 };
    VM_Context *one = logging_context(registry, "desk", &heard, "app.log", NULL), *two = logging_context(registry, "desk", &heard, "app.log", NULL),
               *other = logging_context(registry, "door", &heard, "app.log", NULL);
    struct stat status;
    CHECK_OK(log_line(one, 2, "net", "up"));
    CHECK_OK(log_line(two, 5, "", "down\n2026-01-01T00:00:00.000Z critical forged"));
    CHECK_OK(log_line(other, 0, "x", "elsewhere"));
    CHECK_HEARD(&heard, "3 logging/desk: net: up\n1 logging/desk: critical: down\\n2026-01-01T00:00:00.000Z critical forged\n5 logging/door: x: elsewhere\n");
    VM_ContextDelete(one);
    check_content("desk", "app.log", "info net: up\ncritical down\\n2026-01-01T00:00:00.000Z critical forged\n");
    check_content("door", "app.log", "trace x: elsewhere\n");
    one = logging_context(registry, "desk", &heard, "app.log", NULL);
    CHECK_OK(log_line(one, 1, "", "again"));
    CHECK_OK(log_line(two, 1, "", "and again"));
    check_content("desk", "app.log", "info net: up\ncritical down\\n2026-01-01T00:00:00.000Z critical forged\ndebug again\ndebug and again\n");
    SURE(stat(in_scratch("data/libvm/data/logging/desk/app.log").text, &status) == 0);
    CHECK_INT(status.st_mode & 0777, 0600);
    VM_ContextDelete(one);
    VM_ContextDelete(two);
    VM_ContextDelete(other);
}

/* A link in the data directory leads nowhere. */
static void links(void)
{
    Heard heard = { "", 0 };
    Path target = write_content("target", "mine\n", 5);
    VM_Context *context = bare_context("desk", &heard);
    SURE(symlink(target.text, in_scratch("data/libvm/data/logging/desk/link").text) == 0);
    SURE(link(target.text, in_scratch("data/libvm/data/logging/desk/hard").text) == 0);
    SURE(mkfifo(in_scratch("data/libvm/data/logging/desk/fifo").text, 0600) == 0);
    set_option(context, "file", "link");
    CHECK_STATUS(VM_ContextRegisterPlugins(context, registry, &error), VM_STATUS_PLUGIN_INITIALIZE, "/logging/desk/link: it is a symbolic link");
    set_option(context, "file", "hard");
    CHECK_STATUS(VM_ContextRegisterPlugins(context, registry, &error), VM_STATUS_PLUGIN_INITIALIZE, "/logging/desk/hard: the file has 2 names");
    set_option(context, "file", "fifo");
    CHECK_STATUS(VM_ContextRegisterPlugins(context, registry, &error), VM_STATUS_PLUGIN_INITIALIZE, "/logging/desk/fifo: it is not a regular file");
    VM_ContextDelete(context);
    SURE(chmod(in_scratch("data/libvm/data/logging/desk").text, 0777) == 0);
    context = bare_context("desk", &heard);
    set_option(context, "file", "app.log");
    CHECK_STATUS(VM_ContextRegisterPlugins(context, registry, &error), VM_STATUS_PLUGIN_INITIALIZE, "plug-in `logging` has no data directory: ");
    VM_ContextDelete(context);
    SURE(chmod(in_scratch("data/libvm/data/logging/desk").text, 0700) == 0);
}

static void is_renamed(void)
{
    Heard heard = { "", 0 };
    VM_Context *context = logging_context(registry, "sizes", &heard, "log", "1024");
    struct stat status;
    for (int i = 0; i < 50; i++)
        CHECK_OK(log_line(context, 2, "", i % 2 ? "a line with an odd number" : "a line with an even number"));
    SURE(stat(in_scratch("data/libvm/data/logging/sizes/log").text, &status) == 0);
    CHECK(status.st_size > 0 && status.st_size <= 1024);
    SURE(stat(in_scratch("data/libvm/data/logging/sizes/log.1").text, &status) == 0);
    CHECK(status.st_size > 900 && status.st_size <= 1024);
    free(content("sizes", "log.1"));
    CHECK_INT(heard.count, 50);
    VM_ContextDelete(context);
}

static void set_limit(rlim_t most)
{
    struct rlimit limits;
    SURE(getrlimit(RLIMIT_FSIZE, &limits) == 0);
    limits.rlim_cur = most;
    SURE(setrlimit(RLIMIT_FSIZE, &limits) == 0);
}

/* The host has every line, and one that the file has not; the guest goes on. */
static void no_room(void)
{
    Heard heard = { "", 0 };
    VM_Context *context = logging_context(registry, "full", &heard, "log", NULL);
    char *last;
    signal(SIGXFSZ, SIG_IGN);
    CHECK_OK(log_line(context, 2, "", "first"));
    set_limit(50);
    CHECK_OK(log_line(context, 2, "", "second"));
    CHECK_OK(log_line(context, 2, "", "third"));
    set_limit(RLIM_INFINITY);
    CHECK_OK(log_line(context, 2, "", "fourth"));
    CHECK_OK(log_line(context, 2, "", "fifth"));
    CHECK_INT(heard.count, 7);
    CHECK(strstr(heard.text, "3 logging/full: first\n3 logging/full: second\n1 logging/full: lines are missing in the log file from now on: ") == heard.text);
    CHECK(strstr(heard.text, "/logging/full/log: File too large") != NULL);
    last = strstr(heard.text, "3 logging/full: third\n");
    CHECK_TEXT(last, "3 logging/full: third\n3 logging/full: fourth\n2 logging/full: the log file is written again; 2 lines are missing in it\n3 logging/full: fifth\n");
    check_content("full", "log", "info first\ninfo fourth\ninfo fifth\n");
    VM_ContextDelete(context);
}

static atomic_int heard_lines, heard_wrong;

static void VM_CALL count(void *user, VM_LogLevel level, const char *source, const char *text)
{
    heard_lines++;
    heard_wrong += level != VM_LOG_INFO || strcmp(source, "logging/many") != 0 || strcmp(text, user) != 0;
}

static void *write_many(void *argument)
{
    Heard heard = { "", 0 };
    char where[2] = { *(char *)argument, '\0' }, line[80];
    VM_Context *context = logging_context(registry, "many", &heard, "log", NULL);
    snprintf(line, sizeof line, "%s: of thread %s and of no other one", where, where);
    NEED(VM_ContextSetLogCallback(context, VM_LOG_TRACE, count, line, NULL, &error));
    CHECK_OK(log_many(context, LINES, 2, where, line + 3));
    VM_ContextDelete(context);
    forget_error();
    return NULL;
}

static void on_threads(void)
{
    pthread_t threads[THREADS];
    char names[] = "abcdefgh", *found, *line;
    int counts[THREADS] = { 0 };
    for (int i = 0; i < THREADS; i++)
        SURE(pthread_create(&threads[i], NULL, write_many, names + i) == 0);
    for (int i = 0; i < THREADS; i++)
        SURE(pthread_join(threads[i], NULL) == 0);
    CHECK_INT(heard_lines, THREADS * LINES);
    CHECK_INT(heard_wrong, 0);
    found = content("many", "log");
    for (line = strtok(found, "\n"); line; line = strtok(NULL, "\n")) {
        char expected[80];
        snprintf(expected, sizeof expected, "info %c: of thread %c and of no other one", line[5], line[5]);
        CHECK_TEXT(line, expected);
        SURE(line[5] >= 'a' && line[5] < 'a' + THREADS);
        counts[line[5] - 'a']++;
    }
    for (int i = 0; i < THREADS; i++)
        CHECK_INT(counts[i], LINES);
    free(found);
}

int main(void)
{
    make_scratch();
    engine = new_engine();
    registry = logging_registry();
    lines_of_contexts();
    links();
    is_renamed();
    no_room();
    on_threads();
    VM_PluginRegistryDelete(registry);
    VM_EngineDelete(engine);
    return finish();
}
