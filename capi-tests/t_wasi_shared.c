/* Operations that guests may not perform on the host's streams, and FIFOs in their directories. */
#include "wasi.h"
#include <sys/stat.h>
#include <unistd.h>

enum { STDIN, STDOUT, STDERR };
enum { APPEND = 1, NONBLOCK = 4 };
/* fd_filestat_set_times: both to the arguments. */
enum { BOTH_TIMES = 1 | 4 };

static VM_Engine *engine;

static void check_cannot_change(VM_Context *guest, int fd, int flags)
{
    /* As it is, it may be set: C libraries do. */
    CHECK_INT(run(guest, "fd_fdstat_set_flags", VALUES(I(fd), I(flags))), SUCCESS);
    CHECK_INT(run(guest, "fd_fdstat_set_flags", VALUES(I(fd), I(flags ^ APPEND))), PERM);
    CHECK_INT(run(guest, "fd_fdstat_set_flags", VALUES(I(fd), I(flags ^ NONBLOCK))), PERM);
    CHECK_INT(run(guest, "fd_filestat_set_size", VALUES(I(fd), L(0))), PERM);
    CHECK_INT(run(guest, "fd_filestat_set_times", VALUES(I(fd), L(1), L(1), I(BOTH_TIMES))), PERM);
}

/* A log of two tenants: neither can overwrite or truncate the other's lines, or change the times of the file. */
static void a_shared_log(void)
{
    VM_Wasi *wasi = new_wasi();
    VM_Context *honest, *forger;
    Path log = in_scratch("log");
    struct stat before, after;
    CHECK_OK(VM_WasiSetStreamFile(wasi, VM_WASI_STDOUT, log.text, &error));
    honest = new_guest(engine, wasi);
    forger = new_guest(engine, wasi);
    CHECK_INT(guest_writes(honest, STDOUT, TEXT("paid 10\n")), SUCCESS);
    SURE(stat(log.text, &before) == 0);
    check_cannot_change(forger, STDOUT, APPEND);
    CHECK_INT(run(forger, "fd_seek", VALUES(I(STDOUT), L(0), I(0), I(RESULT))), SPIPE);
    put(forger, BYTES, "paid 99\n", 8);
    put_vector(forger, 8);
    CHECK_INT(run(forger, "fd_pwrite", VALUES(I(STDOUT), I(VECTOR), I(1), L(0), I(RESULT))), SPIPE);
    SURE(stat(log.text, &after) == 0);
    CHECK(before.st_mtime == after.st_mtime && after.st_size == 8);
    CHECK_INT(guest_writes(forger, STDOUT, TEXT("paid 99\n")), SUCCESS);
    CHECK_INT(guest_writes(honest, STDOUT, TEXT("paid 20\n")), SUCCESS);
    CHECK(file_is(log.text, "paid 10\npaid 99\npaid 20\n"));
    VM_ContextDelete(honest);
    VM_ContextDelete(forger);
    VM_WasiDelete(wasi);
}

static void an_input_file(void)
{
    VM_Wasi *wasi = new_wasi();
    VM_Context *guest;
    Path file = write_content("input", "content", 7);
    struct stat found;
    CHECK_OK(VM_WasiSetInputFile(wasi, file.text, &error));
    guest = new_guest(engine, wasi);
    check_cannot_change(guest, STDIN, 0);
    SURE(stat(file.text, &found) == 0);
    CHECK(found.st_mtime > 1 && found.st_size == 7);
    CHECK_READ(guest, STDIN, 9, "content");
    CHECK_INT(run(guest, "fd_seek", VALUES(I(STDIN), L(3), I(0), I(RESULT))), SUCCESS);
    CHECK_READ(guest, STDIN, 9, "tent");
    VM_ContextDelete(guest);
    VM_WasiDelete(wasi);
}

/* The process's own streams are the host's too. */
static void inherited(void)
{
    VM_Wasi *wasi = new_wasi();
    VM_Context *guest;
    Path file = write_content("own", "own", 3);
    int kept = dup(STDIN);
    FILE *ours = fopen(file.text, "rb");
    struct stat found;
    SURE(ours && kept >= 0 && dup2(fileno(ours), STDIN) == STDIN);
    CHECK_OK(VM_WasiInheritInput(wasi, &error));
    guest = new_guest(engine, wasi);
    check_cannot_change(guest, STDIN, 0);
    CHECK_INT(run(guest, "fd_fdstat_set_flags", VALUES(I(STDOUT), I(NONBLOCK))), PERM);
    CHECK_INT(run(guest, "fd_filestat_set_times", VALUES(I(STDERR), L(1), L(1), I(BOTH_TIMES))), PERM);
    SURE(stat(file.text, &found) == 0);
    CHECK(found.st_mtime > 1);
    VM_ContextDelete(guest);
    SURE(dup2(kept, STDIN) == STDIN && close(kept) == 0 && fclose(ours) == 0);
    VM_WasiDelete(wasi);
}

/* Opening does not wait for the other end, which may never come. */
static void fifos(void)
{
    VM_Wasi *wasi = new_wasi();
    VM_Context *guest;
    char found[8] = { 0 };
    FILE *reader;
    uint32_t fd;
    make_folder("pipes");
    SURE(mkfifo(in_scratch("pipes/fifo").text, 0600) == 0);
    CHECK_OK(VM_WasiAddDirectory(wasi, in_scratch("pipes").text, "/", VM_WASI_READ | VM_WASI_WRITE, &error));
    guest = new_guest(engine, wasi);
    alarm(60);
    CHECK_INT(opens(guest, FIRST_DIRECTORY, "fifo", 0, FD_WRITE), NXIO);
    CHECK_INT(opens(guest, FIRST_DIRECTORY, "fifo", CREATE, FD_WRITE), NXIO);
    CHECK_INT(opens(guest, FIRST_DIRECTORY, "fifo", DIRECTORY, FD_READ), NOTDIR);
    CHECK_INT(opens(guest, FIRST_DIRECTORY, "fifo", 0, FD_READ), SUCCESS);
    fd = result_u32(guest);
    CHECK_READ(guest, fd, 4, "");
    /* With a reader, it works as a file. */
    CHECK_INT(opens(guest, FIRST_DIRECTORY, "fifo", 0, FD_WRITE), SUCCESS);
    CHECK_INT(guest_writes(guest, result_u32(guest), TEXT("word")), SUCCESS);
    reader = fopen(in_scratch("pipes/fifo").text, "rb");
    SURE(reader && fread(found, 1, 4, reader) == 4);
    CHECK_TEXT(found, "word");
    fclose(reader);
    alarm(0);
    VM_ContextDelete(guest);
    VM_WasiDelete(wasi);
}

/* Nor does a stream of the host's, which is not a FIFO for that. */
static void fifos_as_streams(void)
{
    VM_Wasi *wasi = new_wasi();
    VM_Context *context = new_context(engine);
    Path fifo = in_scratch("stream"), file = write_content("was_file", "", 0);
    SURE(mkfifo(fifo.text, 0600) == 0 && symlink(fifo.text, in_scratch("to_stream").text) == 0);
    alarm(60);
    CHECK_STATUS(VM_WasiSetInputFile(wasi, fifo.text, &error), VM_STATUS_INVALID_ARGUMENT,
                 "it is a named pipe, and opening it could block for ever; read it in a callback (VM_WasiSetInputCallback)");
    CHECK_TEXT(VM_ErrorGetPath(error), fifo.text);
    CHECK_STATUS(VM_WasiSetStreamFile(wasi, VM_WASI_STDERR, in_scratch("to_stream").text, &error), VM_STATUS_INVALID_ARGUMENT,
                 "it is a named pipe, and opening it could block for ever; write to it in a callback (VM_WasiSetStreamCallback)");
    CHECK_OK(VM_WasiSetInputFile(wasi, file.text, &error));
    SURE(rename(fifo.text, file.text) == 0);
    CHECK_STATUS(VM_ContextRegisterWasi(context, wasi, &error), VM_STATUS_INVALID_ARGUMENT, "it is a named pipe");
    CHECK_OK(VM_WasiSetInputFile(wasi, "/dev/null", &error));
    CHECK_OK(VM_WasiSetStreamFile(wasi, VM_WASI_STDERR, "/dev/null", &error));
    CHECK_OK(VM_ContextRegisterWasi(context, wasi, &error));
    alarm(0);
    VM_ContextDelete(context);
    VM_WasiDelete(wasi);
}

int main(void)
{
    make_scratch();
    engine = new_engine();
    a_shared_log();
    an_input_file();
    inherited();
    fifos();
    fifos_as_streams();
    VM_EngineDelete(engine);
    return finish();
}
