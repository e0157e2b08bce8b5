/* VM_PROFILER_JITDUMP: the file of a process with the names and the code of guests, which `perf inject --jit` reads. */
#define _XOPEN_SOURCE 700
#include "machine.h"
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#ifdef __linux__
typedef struct { uint32_t magic, version, size, machine, pad, process; uint64_t time, flags; } Header;
typedef struct { uint32_t id, size; uint64_t time; uint32_t process, thread; uint64_t memory, address, bytes, index; } Record;

static char name[64], bytes[1 << 20];

/* How often a function is in the file, which is read from the beginning to the end; 1000 for a file of another form. */
static int found(const char *function)
{
    Header header;
    Record record;
    int count = 0;
    FILE *file = fopen(name, "rb");
    SURE(file != NULL);
    size_t length = fread(bytes, 1, sizeof bytes, file), at = sizeof header;
    fclose(file);
    SURE(length >= at && length < sizeof bytes);
    memcpy(&header, bytes, sizeof header);
    CHECK_INT(header.magic, 0x4A695444); /* "JiTD", as this machine stores numbers */
    CHECK_INT(header.size, sizeof header);
    CHECK_INT(header.process, getpid());
    for (uint64_t time = header.time; at < length; at += record.size, time = record.time) {
        const char *text = bytes + at + sizeof record;
        SURE(length - at >= sizeof record);
        memcpy(&record, bytes + at, sizeof record);
        if (record.id != 0 || record.size > length - at || record.time < time || record.process != (uint32_t)getpid() || !record.bytes ||
            record.size != sizeof record + strlen(text) + 1 + record.bytes)
            return 1000;
        count += strcmp(text, function) == 0;
    }
    return count;
}

static VM_Engine *profiled(const char *cache)
{
    VM_EngineConfig *config = config_of(VM_TIER_COMPILED, cache);
    NEED(VM_EngineConfigSetProfiler(config, VM_PROFILER_JITDUMP, &error));
    return engine_of(config);
}

static void call(VM_Engine *engine)
{
    VM_Context *context = new_context(engine);
    instantiate(engine, context, GUEST("deep"));
    CHECK_INT(run(context, "thin", VALUES(VM_ValueI32(7))), 7);
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
}

static void is_refused(VM_Status wanted, const char *message)
{
    VM_Engine *engine = NULL;
    VM_EngineConfig *config = config_of(VM_TIER_COMPILED, NULL);
    NEED(VM_EngineConfigSetProfiler(config, VM_PROFILER_JITDUMP, &error));
    CHECK_STATUS(VM_EngineCreate(config, &engine, &error), wanted, message);
    VM_EngineConfigDelete(config);
}

/* What is there is not written to, a link is not followed. */
static void others_files(void)
{
    const char *message = "for the profiler exists: it is of a former process with the same number";
    FILE *file = fopen("target", "w");
    struct stat data;
    SURE(file && fclose(file) == 0 && symlink("target", name) == 0);
    is_refused(VM_STATUS_ALREADY_EXISTS, message);
    SURE(stat("target", &data) == 0);
    CHECK_INT(data.st_size, 0);
    SURE(remove("target") == 0);
    is_refused(VM_STATUS_ALREADY_EXISTS, message);
    SURE(remove(name) == 0 && mkdir(name, 0700) == 0);
    is_refused(VM_STATUS_ALREADY_EXISTS, name);
    SURE(rmdir(name) == 0);
    if (geteuid() != 0) {
        SURE(chmod(".", 0500) == 0);
        is_refused(VM_STATUS_PERMISSION_DENIED, "cannot create the file for the profiler jit-");
        SURE(chmod(".", 0700) == 0);
    }
}

/* A child of `fork` has a file of its own. */
static void child(void)
{
    int status = 0;
    pid_t process = fork();
    SURE(process >= 0);
    if (process == 0) {
        snprintf(name, sizeof name, "jit-%ld.dump", (long)getpid());
        call(profiled(NULL));
        int count = found("wasm[0]::function[0]::thin");
        _exit(count == 1 && failures == 0 ? 0 : 1);
    }
    SURE(waitpid(process, &status, 0) == process);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static int told;

/* Loads code itself. */
static void VM_CALL is_told(void *unused, VM_LogLevel level, const char *source, const char *text)
{
    VM_Engine *engine = engine_of(config_of(VM_TIER_COMPILED, NULL));
    (void)unused;
    (void)source;
    CHECK_INT(level, VM_LOG_WARNING);
    CHECK(strstr(text, "for the profiler is not complete: ") != NULL);
    VM_ModuleDelete(load(engine, GUEST("deep")));
    VM_EngineDelete(engine);
    told++;
}

/* Where the file can become no larger, the log says so once, and guests run. */
static void full(void)
{
    struct rlimit before, none = { 0, 0 };
    SURE(getrlimit(RLIMIT_FSIZE, &before) == 0 && signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    none.rlim_max = before.rlim_max;
    NEED(VM_LogSetCallback(VM_LOG_WARNING, is_told, NULL, NULL, &error));
    SURE(setrlimit(RLIMIT_FSIZE, &none) == 0);
    call(profiled(NULL));
    call(profiled(NULL));
    SURE(setrlimit(RLIMIT_FSIZE, &before) == 0);
    NEED(VM_LogSetCallback(VM_LOG_WARNING, NULL, NULL, NULL, &error));
    CHECK_INT(told, 1);
}

static void dumped(void)
{
    make_scratch();
    SURE(chdir(scratch_folder.text) == 0);
    snprintf(name, sizeof name, "jit-%ld.dump", (long)getpid());
    others_files();
    VM_Engine *engine = profiled("cache");
    CHECK_INT(found("wasm[0]::function[0]::thin"), 0);
    call(engine);
    CHECK_INT(found("wasm[0]::function[0]::thin"), 1);
    CHECK_INT(found("wasm[0]::function[1]::wide"), 1);
    /* From the cache, by another engine. */
    call(profiled("cache"));
    CHECK_INT(found("wasm[0]::function[0]::thin"), 2);
    child();
    CHECK_INT(found("wasm[0]::function[0]::thin"), 2);
    /* Nothing of engines without the profiler. */
    call(engine_of(config_of(VM_TIER_COMPILED, NULL)));
    CHECK_INT(found("wasm[0]::function[0]::thin"), 2);
    full();
    SURE(chdir("/") == 0);
}
#endif

int main(void)
{
    VM_EngineConfig *config = config_of(VM_TIER_INTERPRETER, NULL);
    VM_Engine *engine = NULL;
    NEED(VM_EngineConfigSetProfiler(config, VM_PROFILER_JITDUMP, &error));
    CHECK_STATUS(VM_EngineCreate(config, &engine, &error), VM_STATUS_UNSUPPORTED, "profilers see machine code only");
    VM_EngineConfigDelete(config);
#ifdef __linux__
    if (can_compile())
        dumped();
#else
    printf("skipped: a profiler of Linux\n");
#endif
    return finish();
}
