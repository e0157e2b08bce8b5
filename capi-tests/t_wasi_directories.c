/* Several preopened directories with different rights: refused operations return the error number of a file system. */
#include "wasi.h"

/* The directories of the guest, in order. */
enum { TO_READ = FIRST_DIRECTORY, TO_WRITE, FOR_BOTH };

static VM_Engine *engine;
static VM_Context *guest;

static void make_folders(void)
{
    const char *const folders[] = { "read", "write", "both", "outside" };
    for (size_t i = 0; i < 4; i++) {
        make_folder(folders[i]);
        make_folder(join(folders[i], "folder").text);
        write_content(join(folders[i], "file").text, "content", 7);
        SURE(symlink("file", in_scratch(join(folders[i], "link").text).text) == 0);
        SURE(symlink("../outside/file", in_scratch(join(folders[i], "way_out").text).text) == 0);
    }
}

static int32_t reads(uint32_t fd)
{
    int32_t errno_ = opens(guest, fd, "file", 0, FD_READ);
    if (errno_ == SUCCESS)
        CHECK_READ(guest, result_u32(guest), 20, "content");
    return errno_;
}

static int32_t writes(uint32_t fd)
{
    int32_t errno_ = opens(guest, fd, "file", 0, FD_WRITE);
    return errno_ == SUCCESS ? guest_writes(guest, result_u32(guest), TEXT("CON")) : errno_;
}

static int32_t empties(uint32_t fd) { return opens(guest, fd, "link", TRUNCATE, FD_WRITE); }

static int32_t makes(uint32_t fd) { return opens(guest, fd, "new", CREATE | EXCLUSIVE, FD_WRITE); }

static int32_t makes_again(uint32_t fd) { return opens(guest, fd, "file", CREATE | EXCLUSIVE, FD_WRITE); }

static int32_t lists(uint32_t fd)
{
    return run(guest, "fd_readdir", VALUES(I(fd), I(BYTES), I(1000), L(0), I(RESULT)));
}

static int32_t asks(uint32_t fd)
{
    put(guest, PATH, "file", 4);
    return run(guest, "path_filestat_get", VALUES(I(fd), I(0), I(PATH), I(4), I(BYTES)));
}

static int32_t touches(uint32_t fd)
{
    put(guest, PATH, "file", 4);
    return run(guest, "path_filestat_set_times", VALUES(I(fd), I(0), I(PATH), I(4), L(1), L(1), I(5)));
}

static int32_t reads_link(uint32_t fd)
{
    put(guest, PATH, "link", 4);
    return run(guest, "path_readlink", VALUES(I(fd), I(PATH), I(4), I(BYTES), I(100), I(RESULT)));
}

static int32_t makes_link(uint32_t fd)
{
    put(guest, PATH, "file", 4);
    put(guest, OTHER_PATH, "new_link", 8);
    return run(guest, "path_symlink", VALUES(I(PATH), I(4), I(fd), I(OTHER_PATH), I(8)));
}

static int32_t links_hard(uint32_t fd)
{
    put(guest, PATH, "file", 4);
    put(guest, OTHER_PATH, "hard", 4);
    return run(guest, "path_link", VALUES(I(fd), I(0), I(PATH), I(4), I(fd), I(OTHER_PATH), I(4)));
}

static int32_t renames_to(uint32_t from, uint32_t to)
{
    put(guest, PATH, "file", 4);
    put(guest, OTHER_PATH, "moved", 5);
    return run(guest, "path_rename", VALUES(I(from), I(PATH), I(4), I(to), I(OTHER_PATH), I(5)));
}

static int32_t renames(uint32_t fd) { return renames_to(fd, fd); }
static int32_t makes_folder(uint32_t fd) { return on_path(guest, "path_create_directory", fd, "new_folder"); }
static int32_t makes_folder_again(uint32_t fd) { return on_path(guest, "path_create_directory", fd, "folder"); }
static int32_t removes_folder(uint32_t fd) { return on_path(guest, "path_remove_directory", fd, "folder"); }
static int32_t removes_file(uint32_t fd) { return on_path(guest, "path_unlink_file", fd, "moved"); }

/* The result for each directory, in this order. */
static const struct Try {
    const char *what;
    int32_t (*make)(uint32_t fd);
    int32_t answers[3];
} tries[] = {
    { "reading", reads, { SUCCESS, ACCES, SUCCESS } },
    { "listing", lists, { SUCCESS, ACCES, SUCCESS } },
    { "asking for type and size", asks, { SUCCESS, SUCCESS, SUCCESS } },
    { "reading a link", reads_link, { SUCCESS, ACCES, SUCCESS } },
    { "writing", writes, { ROFS, SUCCESS, SUCCESS } },
    { "emptying", empties, { ROFS, SUCCESS, SUCCESS } },
    { "making a file", makes, { ROFS, SUCCESS, SUCCESS } },
    { "making a file that is there", makes_again, { EXIST, EXIST, EXIST } },
    { "setting times", touches, { ROFS, SUCCESS, SUCCESS } },
    { "making a symbolic link", makes_link, { ROFS, SUCCESS, SUCCESS } },
    { "making a hard link", links_hard, { ROFS, SUCCESS, SUCCESS } },
    { "renaming", renames, { ROFS, SUCCESS, SUCCESS } },
    { "removing a file", removes_file, { ROFS, SUCCESS, SUCCESS } },
    { "making a directory", makes_folder, { ROFS, SUCCESS, SUCCESS } },
    { "making a directory that is there", makes_folder_again, { EXIST, EXIST, EXIST } },
    { "removing a directory", removes_folder, { ROFS, SUCCESS, SUCCESS } },
};

static void rights(void)
{
    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++)
        for (uint32_t fd = TO_READ; fd <= FOR_BOTH; fd++)
            check_int(tries[i].make(fd), tries[i].answers[fd - TO_READ], __FILE__, __LINE__, tries[i].what);

    CHECK(file_is(in_scratch("read/file").text, "content"));
    CHECK(access(in_scratch("read/new").text, F_OK) != 0);
    for (int i = 0; i < 2; i++) {
        const char *folder = i ? "both" : "write";
        CHECK(file_is(in_scratch(join(folder, "hard").text).text, ""));
        CHECK(access(in_scratch(join(folder, "new").text).text, F_OK) == 0);
        CHECK(access(in_scratch(join(folder, "new_folder").text).text, F_OK) == 0);
        CHECK(access(in_scratch(join(folder, "folder").text).text, F_OK) != 0);
        CHECK(access(in_scratch(join(folder, "moved").text).text, F_OK) != 0);
    }
}

/* No path leads out of a directory, or gives access with the rights of another. */
static void borders(void)
{
    const char *const outside[] = { "../outside/file", "folder/../../outside/file", "/etc/passwd", "way_out" };
    for (uint32_t fd = TO_READ; fd <= FOR_BOTH; fd++)
        for (size_t i = 0; i < sizeof outside / sizeof *outside; i++)
            CHECK_INT(opens(guest, fd, outside[i], 0, fd == TO_WRITE ? FD_WRITE : FD_READ),
                      fd != TO_READ && i == 1 ? NOENT : PERM); /* the directory was removed */
    CHECK_INT(renames_to(TO_WRITE, TO_READ), ROFS);
    CHECK_INT(opens(guest, FOR_BOTH, "file", CREATE, FD_WRITE), SUCCESS);
    CHECK_INT(renames_to(FOR_BOTH, TO_WRITE), XDEV);
    CHECK_INT(opens(guest, FOR_BOTH, "missing", 0, FD_READ), NOENT);
    CHECK_INT(opens(guest, FOR_BOTH, "file/x", 0, FD_READ), NOTDIR);
    CHECK_INT(opens(guest, FOR_BOTH, "file", DIRECTORY, FD_READ), NOTDIR);
    CHECK_INT(opens(guest, FOR_BOTH + 99, "file", 0, FD_READ), BADF);
    CHECK_INT(guest_writes(guest, 0, TEXT("x")), BADF);
    CHECK(file_is(in_scratch("outside/file").text, "content"));
}

/* Files and directories belong to a context; another one has its own, under the same numbers. */
static void each_context(VM_Wasi *wasi)
{
    VM_Wasi *other = new_wasi();
    VM_Context *same = new_guest(engine, wasi), *different;
    uint32_t file;
    CHECK_OK(VM_WasiAddDirectory(other, in_scratch("outside").text, "/", VM_WASI_READ, &error));
    different = new_guest(engine, other);
    CHECK_INT(opens(guest, TO_READ, "file", 0, FD_READ), SUCCESS);
    file = result_u32(guest);
    CHECK_READ(guest, file, 3, "con");
    CHECK_INT(guest_reads(same, file, 3), BADF);
    CHECK_INT(opens(different, TO_WRITE, "file", 0, FD_READ), BADF);
    CHECK_INT(opens(different, FIRST_DIRECTORY, "file", 0, FD_READ), SUCCESS);
    CHECK_READ(guest, file, 9, "tent");
    CHECK_INT(on_path(different, "path_unlink_file", FIRST_DIRECTORY, "file"), ROFS);
    VM_ContextDelete(same);
    VM_ContextDelete(different);
    VM_WasiDelete(other);
}

int main(void)
{
    VM_Wasi *wasi = new_wasi();
    make_scratch();
    make_folders();
    engine = new_engine();
    CHECK_OK(VM_WasiAddDirectory(wasi, in_scratch("read").text, "/read", VM_WASI_READ, &error));
    CHECK_OK(VM_WasiAddDirectory(wasi, in_scratch("write").text, "/write", VM_WASI_WRITE, &error));
    CHECK_OK(VM_WasiAddDirectory(wasi, in_scratch("both").text, "/both", VM_WASI_READ | VM_WASI_WRITE, &error));
    CHECK_STATUS(VM_WasiAddDirectory(wasi, in_scratch("outside").text, "/both/", VM_WASI_READ, &error), VM_STATUS_ALREADY_EXISTS,
                 "as \"/both\"; use another name");
    CHECK_STATUS(VM_WasiAddDirectory(wasi, in_scratch("read/file").text, "/file", VM_WASI_READ, &error),
                 VM_STATUS_INVALID_ARGUMENT, "is not a directory");
    guest = new_guest(engine, wasi);
    rights();
    borders();
    each_context(wasi);
    VM_ContextDelete(guest);
    VM_WasiDelete(wasi);
    VM_EngineDelete(engine);
    return finish();
}
