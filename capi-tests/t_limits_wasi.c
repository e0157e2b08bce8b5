/* What a guest can make the host allocate through WASI is bounded, and the guest goes on afterwards. */
#include "wasi.h"

enum { MFILE = 33, NAMETOOLONG = 37, OPEN_FILES = 5, MOST_PATH = 4096, MOST_BUFFERS = 1024, MOST_SUBSCRIPTIONS = 4096 };
enum { CLOCK_RELATIVE_AT = 65536, EVENTS_AT = 4 * 65536, SUBSCRIPTION = 48 };

static VM_Engine *engine;

static VM_Context *new_limited_guest(VM_Wasi *wasi)
{
    VM_ContextConfig *config = NULL;
    VM_Context *guest = NULL;
    NEED(VM_ContextConfigCreate(&config, &error));
    CHECK_OK(VM_ContextConfigSetOpenFileLimit(config, OPEN_FILES, &error));
    NEED(VM_ContextCreate(engine, config, &guest, &error));
    VM_ContextConfigDelete(config);
    NEED(VM_ContextRegisterWasi(guest, wasi, &error));
    instantiate(engine, guest, GUEST("wasi_functions"));
    return guest;
}

/* Files and directories count alike; a closed one makes room, and so does a reset. */
static void open_files(VM_Context *guest)
{
    uint32_t last = 0;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < OPEN_FILES; i++) {
            CHECK_INT(opens(guest, FIRST_DIRECTORY, i % 2 ? "folder" : "file", i % 2 ? DIRECTORY : 0, FD_READ), SUCCESS);
            last = result_u32(guest);
        }
        CHECK_INT(opens(guest, FIRST_DIRECTORY, "file", 0, FD_READ), MFILE);
        CHECK_INT(opens(guest, FIRST_DIRECTORY, "file", CREATE | EXCLUSIVE, FD_READ), MFILE);
        CHECK_INT(run(guest, "fd_close", VALUES(I(last))), SUCCESS);
        CHECK_INT(opens(guest, FIRST_DIRECTORY, "file", 0, FD_READ), SUCCESS);
        CHECK_READ(guest, result_u32(guest), 20, "content");
        CHECK_INT(opens(guest, FIRST_DIRECTORY, "none", CREATE, FD_WRITE), MFILE);
        CHECK(access(in_scratch("none").text, F_OK) != 0);
        CHECK_OK(VM_ContextReset(guest, &error));
        instantiate(engine, guest, GUEST("wasi_functions"));
    }
}

static void paths(VM_Context *guest)
{
    static const char *const taking_one[] = { "path_create_directory", "path_remove_directory", "path_unlink_file" };
    static char path[MOST_PATH + 2];
    memset(path, 'a', MOST_PATH + 1);
    CHECK_OK(VM_MemoryGrow(guest, guest_memory(guest), 7, NULL, &error));
    put(guest, 8192, path, sizeof path);
    for (int i = 0; i < 3; i++) {
        CHECK_INT(run(guest, taking_one[i], VALUES(I(FIRST_DIRECTORY), I(8192), I(MOST_PATH + 1))), NAMETOOLONG);
        CHECK_INT(run(guest, taking_one[i], VALUES(I(FIRST_DIRECTORY), I(0), I(-1))), NAMETOOLONG);
        CHECK_INT(run(guest, taking_one[i], VALUES(I(FIRST_DIRECTORY), I(8192), I(1))), i == 0 ? SUCCESS : i == 1 ? SUCCESS : NOENT);
    }
    CHECK_INT(run(guest, "path_symlink", VALUES(I(8192), I(MOST_PATH + 1), I(FIRST_DIRECTORY), I(8192), I(1))), NAMETOOLONG);
    CHECK_INT(run(guest, "path_symlink", VALUES(I(8192), I(1), I(FIRST_DIRECTORY), I(8192), I(MOST_PATH + 1))), NAMETOOLONG);
    CHECK_INT(run(guest, "path_rename", VALUES(I(FIRST_DIRECTORY), I(8192), I(1), I(FIRST_DIRECTORY), I(8192), I(-1))), NAMETOOLONG);
    CHECK_INT(run(guest, "path_open", VALUES(I(FIRST_DIRECTORY), I(1), I(8192), I(1 << 20), I(0), L(FD_READ), L(FD_READ), I(0), I(RESULT))),
              NAMETOOLONG);
}

static void lists(VM_Context *guest)
{
    static const uint8_t clock[SUBSCRIPTION] = { [16] = 1 }; /* relative, after no time */
    for (int i = 0; i < MOST_SUBSCRIPTIONS; i++)
        put(guest, CLOCK_RELATIVE_AT + (uint64_t)i * SUBSCRIPTION, clock, SUBSCRIPTION);
    CHECK_INT(run(guest, "poll_oneoff", VALUES(I(CLOCK_RELATIVE_AT), I(EVENTS_AT), I(MOST_SUBSCRIPTIONS), I(RESULT))), SUCCESS);
    CHECK(result_u32(guest) > 0);
    CHECK_INT(run(guest, "poll_oneoff", VALUES(I(CLOCK_RELATIVE_AT), I(EVENTS_AT), I(MOST_SUBSCRIPTIONS + 1), I(RESULT))), INVAL);
    CHECK_INT(run(guest, "poll_oneoff", VALUES(I(CLOCK_RELATIVE_AT), I(EVENTS_AT), I(-1), I(RESULT))), INVAL);
    CHECK_INT(run(guest, "fd_write", VALUES(I(1), I(EVENTS_AT), I(MOST_BUFFERS), I(RESULT))), SUCCESS);
    CHECK_INT(run(guest, "fd_write", VALUES(I(1), I(EVENTS_AT), I(MOST_BUFFERS + 1), I(RESULT))), INVAL);
    CHECK_INT(run(guest, "fd_read", VALUES(I(0), I(EVENTS_AT), I(-1), I(RESULT))), INVAL);
}

/* As much as is captured; then no more, whatever the guest tries. */
static void output(VM_Context *guest, VM_Wasi *wasi)
{
    for (int i = 0; i < 100; i++)
        CHECK_INT(guest_writes(guest, 1, TEXT("0123456789")), i < 10 ? SUCCESS : NOSPC);
    CHECK_INT(VM_WasiGetOutput(wasi).size, 100);
}

int main(void)
{
    VM_Wasi *wasi = new_wasi();
    VM_Context *guest;
    make_scratch();
    make_folder("shared");
    make_folder("shared/folder");
    write_content("shared/file", "content", 7);
    engine = new_engine();
    NEED(VM_WasiAddDirectory(wasi, in_scratch("shared").text, "/", VM_WASI_READ | VM_WASI_WRITE, &error));
    NEED(VM_WasiCaptureStream(wasi, VM_WASI_STDOUT, 100, &error));
    guest = new_limited_guest(wasi);
    open_files(guest);
    paths(guest);
    lists(guest);
    output(guest, wasi);
    VM_ContextDelete(guest);
    VM_WasiDelete(wasi);
    VM_EngineDelete(engine);
    return finish();
}
