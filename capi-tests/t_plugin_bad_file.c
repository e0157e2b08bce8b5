/* Files that are not plug-ins for this system: text, truncated, another system, unreadable. None of their code runs. */
#include "plugin_files.h"
#include <errno.h>
#include <sys/wait.h>

static void a_text_file(void)
{
    static const char text[] = "#!/bin/sh\necho never\n";
    Path path = write_content("text.so", text, sizeof text - 1);
    check_refused(path.text, VM_STATUS_PLUGIN_BAD_FILE, NULL, "not a shared library");
    path = write_content("empty.so", text, 0);
    check_refused(path.text, VM_STATUS_PLUGIN_BAD_FILE, NULL, "truncated");
}

static void cut_off(const uint8_t *whole, size_t size)
{
    const size_t ends[] = { 1, 4, 40, 64, 1000, size / 2, size - 700, size - 1 };
    size_t i;
    for (i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        char found[40];
        Path path = write_content("cut.so", whole, ends[i]);
        snprintf(found, sizeof found, "%lu found", (unsigned long)ends[i]);
        check_refused(path.text, VM_STATUS_PLUGIN_BAD_FILE, NULL, "truncated");
        check_refused(path.text, VM_STATUS_PLUGIN_BAD_FILE, NULL, found);
        CHECK(!has_marks());
    }
}

/* Changes one byte of the whole file, and wants it to be refused as one of another system. */
static void check_other(uint8_t *whole, size_t size, size_t at, unsigned char byte, const char *part)
{
    unsigned char before = whole[at];
    Path path;
    whole[at] = byte;
    path = write_content("other.so", whole, size);
    whole[at] = before;
    check_refused(path.text, VM_STATUS_PLUGIN_WRONG_PLATFORM, NULL, part);
    CHECK(!has_marks());
}

static void of_another_system(uint8_t *whole, size_t size)
{
    static const unsigned char windows[0x100] = { [0] = 'M', 'Z', [0x3c] = 0x80, [0x80] = 'P', 'E', [0x84] = 0x64, 0x86 };
    static const unsigned char apple[64] = { 0xcf, 0xfa, 0xed, 0xfe, 0x0c, 0, 0, 1, [12] = 6 };
    Path path;
#if defined(__linux__) && defined(__x86_64__)
    check_other(whole, size, 18, 183, "built for aarch64 Linux, this is x86-64 Linux");
    check_other(whole, size, 7, 9, "built for x86-64 FreeBSD, this is x86-64 Linux");
#elif defined(__linux__) && defined(__aarch64__)
    check_other(whole, size, 18, 62, "built for x86-64 Linux, this is aarch64 Linux");
    check_other(whole, size, 7, 9, "built for aarch64 FreeBSD, this is aarch64 Linux");
#endif
    check_other(whole, size, 4, 1, "(32-bit, little-endian)");
    path = write_content("windows.so", windows, sizeof windows);
    check_refused(path.text, VM_STATUS_PLUGIN_WRONG_PLATFORM, NULL, "built for x86-64 Windows");
    path = write_content("apple.so", apple, sizeof apple);
    check_refused(path.text, VM_STATUS_PLUGIN_WRONG_PLATFORM, NULL, "built for aarch64 macOS");
}

static void check_denied(const char *path)
{
    VM_PluginRegistry *registry = new_registry();
    check_refused(path, VM_STATUS_PERMISSION_DENIED, NULL, path);
    CHECK_STATUS(VM_PluginLoadFromPath(registry, path, NULL, &error), VM_STATUS_PERMISSION_DENIED, NULL);
    CHECK_INT(VM_ErrorGetOsError(error), EACCES);
    VM_PluginRegistryDelete(registry);
}

/* Root can read everything, so the test uses a child process of another user. */
static void not_to_be_read(const uint8_t *whole, size_t size)
{
    Path path = write_content("secret.so", whole, size);
    int status = 0;
    pid_t child;
    SURE(chmod(path.text, 0) == 0);
    if (geteuid() != 0) {
        check_denied(path.text);
        return;
    }
    child = fork();
    SURE(child >= 0);
    if (child == 0) {
        SURE(seteuid(65534) == 0);
        check_denied(path.text);
        _exit(finish() ? 1 : 42);
    }
    SURE(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK_INT(WEXITSTATUS(status), 42);
}

/* And whole it loads, and leaves its mark. */
static void whole_it_loads(const uint8_t *whole, size_t size)
{
    VM_PluginRegistry *registry = new_registry();
    Path path = write_content("whole.so", whole, size);
    CHECK(!has_marks());
    CHECK_OK(VM_PluginLoadFromPath(registry, path.text, NULL, &error));
    CHECK(has_marks());
    VM_PluginRegistryDelete(registry);
}

int main(void)
{
    uint8_t *whole;
    size_t size;
    make_scratch();
    whole = read_file(plugin_file("instances").text, &size);
    a_text_file();
    cut_off(whole, size);
    of_another_system(whole, size);
    not_to_be_read(whole, size);
    whole_it_loads(whole, size);
    free(whole);
    return finish();
}
