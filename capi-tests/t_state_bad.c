/* State files that cannot be used, and a full disk: messages have the reason, and no state is lost. */
#include "keeper.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#ifdef __linux__
#include <sys/mount.h>
#endif

static VM_Engine *engine;
static char logged[512];
static int lines;

static void VM_CALL keep_line(void *user, VM_LogLevel level, const char *source, const char *text)
{
    (void)user;
    CHECK_INT(level, VM_LOG_ERROR);
    CHECK_TEXT(source, "libvm");
    snprintf(logged, sizeof logged, "%s", text);
    lines++;
}

static void check_bad(const char *path, VM_Status status, const char *part)
{
    VM_PluginRegistry *registry = new_registry();
    CHECK_STATUS(VM_PluginRegistrySetStateFile(registry, path, &error), status, part);
    CHECK_TEXT(VM_ErrorGetPath(error), path);
    CHECK(strstr(VM_ErrorGetMessage(error), path) != NULL);
    VM_PluginRegistryDelete(registry);
}

static void what_is_no_state_file(void)
{
    Path text = write_content("mine.txt", "very important", 14), database = in_scratch("state.db");
    size_t size;
    uint8_t *bytes;
    char device[] = "/dev/null";

    check_bad(in_scratch("none/state.db").text, VM_STATUS_FILE_NOT_FOUND, "/none does not exist; create it first");
    check_bad(scratch_folder.text, VM_STATUS_INVALID_ARGUMENT, "it is a directory; set the path of a file in it");
    check_bad(device, VM_STATUS_INVALID_ARGUMENT, "it is a device, and only regular files are opened");
    check_bad(text.text, VM_STATUS_BAD_STATE_FILE, "it is not a state file, or its beginning was lost; it was not changed");
    bytes = read_file(text.text, &size);
    CHECK(size == 14 && memcmp(bytes, "very important", 14) == 0);
    free(bytes);
    CHECK(access(in_scratch("mine.txt-lock").text, F_OK) != 0);

    VM_PluginRegistryDelete(registry_with(database.text));
    bytes = read_file(database.text, &size);
    bytes[63] = 2;
    check_bad(write_content("newer.db", bytes, size).text, VM_STATUS_BAD_STATE_FILE,
              " supports 1; use the libvm that wrote it, or another file");
    bytes[71]++;
    check_bad(write_content("other.db", bytes, size).text, VM_STATUS_BAD_STATE_FILE, "it is a database of another program");
    bytes[71]--, bytes[63] = 1;
    check_bad(write_content("cut.db", bytes, size - 100).text, VM_STATUS_BAD_STATE_FILE, "its end was lost; the file is damaged");
    check_bad(write_content("half.db", bytes, 4096).text, VM_STATUS_BAD_STATE_FILE, "the file is damaged: set a backup copy");
    free(bytes);
}

/* As a user without privileges. */
static void without_rights(const char *folder)
{
    if (geteuid() == 0)
        SURE(setgid(65534) == 0 && setuid(65534) == 0);
    check_bad(join(folder, "closed/state.db").text, VM_STATUS_PERMISSION_DENIED, "ermission denied");
    check_bad(join(folder, "open/state.db").text, VM_STATUS_PERMISSION_DENIED, "the file is read-only; let this user write to it");
}

static void what_may_not_be_written(void)
{
    make_folder("closed");
    make_folder("open");
    VM_PluginRegistryDelete(registry_with(in_scratch("open/state.db").text));
    SURE(remove(in_scratch("open/state.db-lock").text) == 0);
    if (geteuid() == 0)
        SURE(chown(in_scratch("open").text, 65534, 65534) == 0);
    SURE(chmod(in_scratch("open/state.db").text, 0444) == 0 && chmod(in_scratch("closed").text, 0555) == 0);
    in_child(without_rights, scratch_folder.text);
}

/* Fills the disk by counting and keeping, until both fail; then there is room again. */
static void fill(const char *path, void (*make_full)(const char *path), void (*make_room)(const char *path))
{
    VM_PluginRegistry *registry = registry_with(path);
    VM_Context *desk = keeper_context(engine, registry, "desk");
    int64_t now, last = 0;
    int i;

    for (i = 0; i < 100; i++)
        last = next(desk);
    CHECK_INT(keep(desk, 'k', 1000), VM_STATUS_OK);
    lines = 0;
    make_full(path);
    CHECK_INT(keep(desk, 'v', 4 << 20), VM_STATUS_IO);
    CHECK_INT(lines, 1);
    CHECK(strstr(logged, "the state file ") == logged && strstr(logged, path) != NULL);
    CHECK(strstr(logged, "the state saved before is intact") || strstr(logged, "The state saved before is intact"));
    while ((now = next(desk)) > 0) {
        CHECK_INT(now, last + 1);
        last = now;
    }
    CHECK_INT(now, VM_STATUS_IO);
    CHECK_INT(next(desk), VM_STATUS_IO);
    /* One line for many failures of a kind, until something works. */
    CHECK_INT(lines, last > 100 ? 2 : 1);
    make_room(path);
    CHECK_INT(next(desk), last + 1);
    CHECK_INT(keep(desk, 'v', 1000), VM_STATUS_OK);
    VM_ContextDelete(desk);
    VM_PluginRegistryDelete(registry);

    registry = registry_with(path);
    desk = keeper_context(engine, registry, "desk");
    CHECK_INT(next(desk), last + 2);
    VM_ContextDelete(desk);
    VM_PluginRegistryDelete(registry);
}

static void set_limit(rlim_t limit)
{
    struct rlimit limits;
    SURE(getrlimit(RLIMIT_FSIZE, &limits) == 0);
    limits.rlim_cur = limit;
    SURE(setrlimit(RLIMIT_FSIZE, &limits) == 0);
}

static void limit_files(const char *path) { (void)path, set_limit(1 << 20); }
static void unlimit_files(const char *path) { (void)path, set_limit(RLIM_INFINITY); }

static void with_a_limit_on_files(const char *path)
{
    SURE(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    fill(path, limit_files, unlimit_files);
    set_limit(0);
    check_bad(in_scratch("nowhere.db").text, VM_STATUS_IO, "/nowhere.db: ");
}

static void take_all(const char *path)
{
    static char block[4096];
    int file = open(join(scratch_folder.text, "disk/filler").text, O_WRONLY | O_CREAT, 0600);
    (void)path;
    SURE(file >= 0);
    while (write(file, block, sizeof block) > 0)
        ;
    SURE(close(file) == 0);
}

static void give_back(const char *path)
{
    (void)path;
    SURE(remove(in_scratch("disk/filler").text) == 0);
}

static void on_a_full_disk(void)
{
    make_folder("disk");
#ifdef __linux__
    if (mount("tmpfs", in_scratch("disk").text, "tmpfs", 0, "size=2m,mode=755") == 0) {
        fill(in_scratch("disk/state.db").text, take_all, give_back);
        take_all(NULL);
        check_bad(in_scratch("disk/other.db").text, VM_STATUS_IO, "free some space");
        SURE(umount(in_scratch("disk").text) == 0);
        return;
    }
#endif
    printf("this user cannot mount a small disk: a full one is tested by a limit on files only\n");
}

int main(void)
{
    make_scratch();
    engine = new_engine();
    CHECK_OK(VM_LogSetCallback(VM_LOG_ERROR, keep_line, NULL, NULL, &error));
    what_is_no_state_file();
    what_may_not_be_written();
    in_child(with_a_limit_on_files, in_scratch("limited.db").text);
    on_a_full_disk();
    VM_EngineDelete(engine);
    return finish();
}
