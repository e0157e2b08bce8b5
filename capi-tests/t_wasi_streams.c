/* Standard input, output and error: sources and destinations, for each context. */
#include "wasi.h"

enum { STDIN, STDOUT, STDERR };

static VM_Engine *engine;

/* A new context that reads and writes in pieces of three bytes. */
static void check_input(VM_Wasi *wasi, const char *first, const char *second)
{
    VM_Context *guest = new_guest(engine, wasi);
    CHECK_READ(guest, STDIN, 3, first);
    CHECK_READ(guest, STDIN, 3, second);
    CHECK_READ(guest, STDIN, 3, "");
    VM_ContextDelete(guest);
}

/* Input of a callback: "cba", a byte at a time; further reads fail with its status. */
typedef struct Input {
    int left;
    VM_Status at_end;
    atomic_int freed;
} Input;

static VM_Status VM_CALL give(void *user, uint8_t *data, size_t size, size_t *count)
{
    Input *input = user;
    CHECK(size > 0 && *count == 0);
    if (input->left == 0)
        return input->at_end;
    data[0] = (uint8_t)('a' + --input->left);
    *count = 1;
    return VM_STATUS_OK;
}

static void VM_CALL free_input(void *user) { ((Input *)user)->freed++; }

static void input(void)
{
    VM_Wasi *wasi = new_wasi();
    Input source = { 3, VM_STATUS_OK, 0 };
    VM_Context *guest;
    check_input(wasi, "", "");

    CHECK_OK(VM_WasiSetInput(wasi, (const uint8_t *)"bytes", 5, &error));
    guest = new_guest(engine, wasi);
    CHECK_READ(guest, STDIN, 4, "byte");
    check_input(wasi, "byt", "es"); /* each context reads from the first byte */
    CHECK_READ(guest, STDIN, 4, "s");
    CHECK_INT(run(guest, "fd_seek", VALUES(I(STDIN), L(0), I(0), I(RESULT))), SPIPE);
    VM_ContextDelete(guest);

    CHECK_OK(VM_WasiSetInputFile(wasi, write_content("input", "file", 4).text, &error));
    check_input(wasi, "fil", "e");
    check_input(wasi, "fil", "e");
    CHECK_STATUS(VM_WasiSetInputFile(wasi, in_scratch("missing").text, &error), VM_STATUS_FILE_NOT_FOUND, "missing");
    CHECK_STATUS(VM_WasiSetInputFile(wasi, scratch_folder.text, &error), VM_STATUS_INVALID_ARGUMENT, "is a directory");
    SURE(remove(in_scratch("input").text) == 0);
    guest = new_context(engine);
    CHECK_STATUS(VM_ContextRegisterWasi(guest, wasi, &error), VM_STATUS_FILE_NOT_FOUND, in_scratch("input").text);
    VM_ContextDelete(guest);

    CHECK_OK(VM_WasiSetInputCallback(wasi, give, &source, free_input, &error));
    guest = new_guest(engine, wasi);
    CHECK_READ(guest, STDIN, 3, "c");
    CHECK_READ(guest, STDIN, 3, "b");
    CHECK_READ(guest, STDIN, 3, "a");
    CHECK_READ(guest, STDIN, 3, "");
    source.at_end = VM_STATUS_IO;
    CHECK_INT(guest_reads(guest, STDIN, 3), IO);
    VM_WasiDelete(wasi);
    CHECK_INT(source.freed, 0);
    VM_ContextDelete(guest);
    CHECK_INT(source.freed, 1);
}

/* Replaces the standard streams of the process, while guests inherit them. */
static void inherited(void)
{
    VM_Wasi *wasi = new_wasi();
    VM_Context *guest;
    int kept[3];
    FILE *ours[3];
    write_content("stdin", "inherit", 7);
    ours[STDIN] = fopen(in_scratch("stdin").text, "rb");
    ours[STDOUT] = fopen(in_scratch("stdout").text, "wb");
    ours[STDERR] = fopen(in_scratch("stderr").text, "wb");
    fflush(NULL);
    for (int fd = 0; fd < 3; fd++) {
        SURE(ours[fd] && (kept[fd] = dup(fd)) >= 0);
        SURE(dup2(fileno(ours[fd]), fd) == fd);
    }
    CHECK_OK(VM_WasiInheritInput(wasi, &error));
    CHECK_OK(VM_WasiDiscardStream(wasi, VM_WASI_STDOUT, &error));
    CHECK_OK(VM_WasiInheritStream(wasi, VM_WASI_STDOUT, &error)); /* as at first */
    guest = new_guest(engine, wasi);
    CHECK_READ(guest, STDIN, 4, "inhe");
    CHECK_READ(guest, STDIN, 9, "rit");
    CHECK_INT(guest_writes(guest, STDOUT, TEXT("to output")), SUCCESS);
    CHECK_INT(guest_writes(guest, STDERR, TEXT("to errors")), SUCCESS);
    VM_ContextDelete(guest);
    for (int fd = 0; fd < 3; fd++) {
        SURE(dup2(kept[fd], fd) == fd && close(kept[fd]) == 0);
        fclose(ours[fd]);
    }
    CHECK(file_is(in_scratch("stdout").text, "to output"));
    CHECK(file_is(in_scratch("stderr").text, "to errors"));
    VM_WasiDelete(wasi);
}

/* Takes at most four bytes of each write, and counts them; after ten it fails. */
static VM_Status VM_CALL take(void *user, const uint8_t *data, size_t size, size_t *count)
{
    VM_Bytes *taken = user;
    if (taken->size > 10)
        return VM_STATUS_IO;
    *count = size < 4 ? size : 4;
    memcpy((char *)taken->data + taken->size, data, *count);
    taken->size += *count;
    return VM_STATUS_OK;
}

static void to_callback_and_file(void)
{
    VM_Wasi *wasi = new_wasi();
    VM_Context *guest, *other;
    uint8_t space[20];
    VM_Bytes taken = { space, 0 };
    Path file = write_content("output", "former", 6);
    CHECK_OK(VM_WasiSetStreamCallback(wasi, VM_WASI_STDERR, take, &taken, NULL, &error));
    CHECK_OK(VM_WasiSetStreamFile(wasi, VM_WASI_STDOUT, file.text, &error));
    CHECK_STATUS(VM_WasiSetStreamFile(wasi, VM_WASI_STDOUT, in_scratch("no/file").text, &error), VM_STATUS_FILE_NOT_FOUND, "no/file");
    guest = new_guest(engine, wasi);
    other = new_guest(engine, wasi);
    for (int i = 0; i < 3; i++) {
        CHECK_INT(guest_writes(i ? guest : other, STDERR, TEXT("errors")), SUCCESS);
        CHECK_INT(result_u32(i ? guest : other), 4);
        CHECK_INT(guest_writes(i ? guest : other, STDOUT, i ? "more " : "first ", i ? 5 : 6), SUCCESS);
    }
    CHECK_INT(guest_writes(guest, STDERR, TEXT("errors")), IO);
    CHECK(bytes_are(taken, "erroerroerro"));
    CHECK(file_is(file.text, "first more more "));
    CHECK_INT(VM_WasiGetOutput(wasi).size, 0);
    VM_ContextDelete(guest);
    VM_ContextDelete(other);
    VM_WasiDelete(wasi);
}

/* Captured up to the capacity; more is ENOSPC. Each environment has its own output. */
static void captured(void)
{
    VM_Wasi *wasi = new_wasi(), *apart = new_wasi();
    VM_Context *guest, *other;
    CHECK_OK(VM_WasiCaptureStream(wasi, VM_WASI_STDOUT, 8, &error));
    CHECK_OK(VM_WasiCaptureStream(wasi, VM_WASI_STDERR, 1, &error));
    CHECK_OK(VM_WasiCaptureOutput(apart, &error));
    CHECK_OK(VM_WasiCaptureStream(apart, VM_WASI_STDERR, 0, &error));
    guest = new_guest(engine, wasi);
    other = new_guest(engine, apart);
    CHECK_INT(guest_writes(guest, STDOUT, TEXT("12345")), SUCCESS);
    CHECK(!VM_WasiIsTruncated(wasi, VM_WASI_STDOUT));
    CHECK_INT(guest_writes(other, STDOUT, TEXT("other")), SUCCESS);
    CHECK_INT(guest_writes(other, STDERR, TEXT("errors")), SUCCESS);
    CHECK_INT(guest_writes(guest, STDOUT, TEXT("67890")), SUCCESS);
    CHECK_INT(result_u32(guest), 3);
    CHECK_INT(guest_writes(guest, STDOUT, TEXT("!")), NOSPC);
    CHECK_INT(guest_writes(guest, STDERR, TEXT("!")), SUCCESS);
    CHECK(VM_WasiIsTruncated(wasi, VM_WASI_STDOUT));
    CHECK(!VM_WasiIsTruncated(wasi, VM_WASI_STDERR));
    CHECK(bytes_are(VM_WasiGetOutput(wasi), "12345678"));
    CHECK(bytes_are(VM_WasiGetCaptured(wasi, VM_WASI_STDERR), "!"));
    VM_ContextDelete(guest);
    VM_ContextDelete(other);
    CHECK(bytes_are(VM_WasiGetOutput(apart), "other"));
    CHECK(bytes_are(VM_WasiGetCaptured(apart, VM_WASI_STDOUT), "other"));
    CHECK_INT(VM_WasiGetCaptured(apart, 3).size, 0);
    CHECK(bytes_are(VM_WasiGetCaptured(apart, VM_WASI_STDERR), "errors"));
    VM_WasiDelete(wasi);
    VM_WasiDelete(apart);
}

int main(void)
{
    make_scratch();
    engine = new_engine();
    input();
    inherited();
    to_callback_and_file();
    captured();
    VM_EngineDelete(engine);
    return finish();
}
