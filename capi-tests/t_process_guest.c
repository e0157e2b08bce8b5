/* The plug-in process with the guest crate that its functions are made for: plugins/process/example, a program for WASI. */
#include "process.h"

enum { SKIPPED = 77 }; /* CMake knows it */

/* What a run of the guest is like, and its result; `environment` and `input` may be NULL. */
typedef struct Case {
    const char *words[4], *environment, *input;
    int32_t exit_code;
    const char *output, *errors;
} Case;

static void check_text_of(VM_Wasi *wasi, VM_WasiStream stream, const char *expected, const char *command)
{
    VM_Bytes found = VM_WasiGetCaptured(wasi, stream);
    if (found.size != strlen(expected) || memcmp(found.data, expected, found.size) != 0) {
        failures++;
        fprintf(stderr, "%s has written %lu bytes, \"%.*s\", expected \"%.200s\"\n", command, (unsigned long)found.size,
                (int)(found.size < 200 ? found.size : 200), (const char *)found.data, expected);
    }
}

/* A context with the options and permissions of the test. */
static VM_Context *new_host_of(VM_Wasi *wasi)
{
    static const char *const allowed[] = { "sh", "cat", "echo", "sleep", "env" }, *const variables[] = { "GIVEN" };
    VM_Context *context = new_context(engine);
    NEED(VM_ContextSetPluginOptionList(context, "process", "allow", allowed, 5, &error));
    NEED(VM_ContextSetPluginOptionList(context, "process", "guest-environment", variables, 1, &error));
    NEED(VM_ContextGrantPermission(context, "process", "process:exec:*", &error));
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    NEED(VM_WasiCaptureStream(wasi, VM_WASI_STDOUT, 0, &error));
    NEED(VM_WasiCaptureStream(wasi, VM_WASI_STDERR, 0, &error));
    NEED(VM_ContextRegisterWasi(context, wasi, &error));
    return context;
}

static void check_case(const Case *one)
{
    const char *arguments[5] = { "guest" };
    VM_Wasi *wasi = NULL;
    VM_Context *context;
    int32_t exit_code = -99;
    size_t count = 0;
    NEED(VM_WasiCreate(&wasi, &error));
    for (; count < 4 && one->words[count]; count++)
        arguments[count + 1] = one->words[count];
    NEED(VM_WasiSetArguments(wasi, arguments, count + 1, &error));
    if (one->environment) {
        char name[40];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(one->environment, "="), one->environment);
        NEED(VM_WasiAddEnvironment(wasi, name, strchr(one->environment, '=') + 1, &error));
    }
    if (one->input)
        NEED(VM_WasiSetInput(wasi, (const uint8_t *)one->input, strlen(one->input), &error));
    context = new_host_of(wasi);
    CHECK_OK(VM_ContextRunWasiFromFile(context, GUEST("process_guest"), &exit_code, &error));
    CHECK_INT(exit_code, one->exit_code);
    check_text_of(wasi, VM_WASI_STDOUT, one->output, one->words[0]);
    check_text_of(wasi, VM_WASI_STDERR, one->errors, one->words[0]);
    VM_WasiDelete(wasi);
    VM_ContextDelete(context);
}

/* 1 MiB both ways at once. */
static void pumps(void)
{
    enum { SIZE = 1 << 20 };
    char *bytes = malloc(SIZE + 1);
    Case cat = { { "cat" }, NULL, bytes, 0, bytes, "" };
    size_t i;
    SURE(bytes != NULL);
    for (i = 0; i < SIZE; i++)
        bytes[i] = (char)('a' + i * 2654435761u % 26);
    bytes[SIZE] = '\0';
    check_case(&cat);
    free(bytes);
}

int main(void)
{
    static const Case cases[] = {
        { { "echo", "hello", "world" }, NULL, NULL, 0, "hello world\n", "" },
        { { "cat" }, NULL, "from the guest", 0, "from the guest", "" },
        { { "sh", "-c", "echo out; echo err >&2; exit 7" }, NULL, NULL, 7, "out\n", "err\n" },
        { { "sh", "-c", "kill -9 $$" }, NULL, NULL, 137, "", "process: `sh` was ended by the signal 9\n" },
        { { "sleep", "1000" }, "TIMEOUT=100", NULL, -2, "", "process: `sleep` was ended: its timeout of 100 ms is over\n" },
        { { "env" }, "GIVEN=yes", NULL, 0, "GIVEN=yes\n", "" },
        { { "env" }, "LD_PRELOAD=/none.so", NULL, 0, "", "" },
        { { "ls" }, NULL, NULL, -1, "", "process: `ls` was not started: the option `allow` of the plug-in `process` does not name it\n" },
    };
    size_t i;
    if (access(GUEST("process_guest"), F_OK) == -1) {
        printf("skipped: this Rust cannot compile for WASI (rustup target add wasm32-wasip1)\n");
        return SKIPPED;
    }
    begin_with(false);
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check_case(&cases[i]);
    pumps();
    return end();
}
