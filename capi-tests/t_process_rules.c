/* The plug-in process: a command needs the option and the permission, and gets only the variables that the host grants. */
#include "process.h"

static VM_Context *guest;

static void set_list(VM_Context *context, const char *option, const char *const *items)
{
    size_t count = 0;
    while (items[count])
        count++;
    NEED(VM_ContextSetPluginOptionList(context, "process", option, items, count, &error));
}

#define LIST(context, option, ...) set_list(context, option, (const char *const[]){ __VA_ARGS__, NULL })

/* Ends the guest and makes a new context, in which options and permissions are set. */
static void next(void)
{
    VM_ContextDelete(guest);
    guest = new_context(engine);
}

static void grant(const char *permission) { NEED(VM_ContextGrantPermission(guest, "process", permission, &error)); }

static void check_refused_command(const char *name, const char *why)
{
    char expected[400];
    snprintf(expected, sizeof expected, "process: `%s` was not started: %s\n", name, why);
    COMMAND(guest, name);
    CHECK_RUN(guest, -1, "", expected);
}

#define NO_OPTION "the option `allow` of the plug-in `process` does not name it"
#define NO_PERMISSION(name) "the permission `process:exec:" name "` is not granted"

static void needs_both(void)
{
    next();
    LIST(guest, "allow", "echo", "cat", "/bin/true");
    grant("process:exec:echo");
    grant("process:exec:/bin/true");
    grant("process:exec:tr*");
    add_guest(guest);
    COMMAND(guest, "echo", "both");
    CHECK_RUN(guest, 0, "both\n", "");
    COMMAND(guest, "/bin/true");
    CHECK_RUN(guest, 0, "", "");
    check_refused_command("cat", NO_PERMISSION("cat"));
    check_refused_command("true", NO_OPTION);
    check_refused_command("ls", NO_OPTION ", and " NO_PERMISSION("ls"));
    check_refused_command("/bin/echo", NO_OPTION ", and " NO_PERMISSION("/bin/echo"));
    check_refused_command("/bin/../bin/true", "the path of a command has no `..`");
    check_refused_command("echo ", NO_OPTION ", and " NO_PERMISSION("echo "));
    check_refused_command("*", NO_OPTION ", and " NO_PERMISSION("*"));
    check_refused_command("bin/true", "a command is a name without `/`, or an absolute path");
    check_refused_command("../bin/true", "a command is a name without `/`, or an absolute path");
    check_refused_command("./true", "a command is a name without `/`, or an absolute path");
    check_refused_command("..", "this is a directory");
    COMMAND(guest, "a\nb\x1b");
    CHECK_RUN(guest, -1, "", "process: `a\\nb\\u{1b}` was not started: " NO_OPTION ", and the permission `process:exec:a\\nb\\u{1b}` is not granted\n");
    COMMAND(guest, "echo", "again");
    CHECK_RUN(guest, 0, "again\n", "");
}

/* Nothing is allowed by default; everything only where both say so. */
static void allows_all(void)
{
    next();
    add_guest(guest);
    check_refused_command("true", NO_OPTION ", and " NO_PERMISSION("true"));
    next();
    grant("process:exec:*");
    add_guest(guest);
    check_refused_command("true", NO_OPTION);
    next();
    NEED(VM_ContextSetPluginOptionBool(guest, "process", "allow-all", true, &error));
    grant("process:exec:/usr/bin/*");
    add_guest(guest);
    check_refused_command("true", NO_PERMISSION("true"));
    check_refused_command("/usr/bin/../../bin/true", "the path of a command has no `..`");
    next();
    NEED(VM_ContextSetPluginOptionBool(guest, "process", "allow-all", true, &error));
    grant("process:exec:*");
    add_guest(guest);
    COMMAND(guest, "true");
    CHECK_RUN(guest, 0, "", "");
    check_refused_command("libvm-no-such-command", "no directory of the option `search-path` has it: /usr/local/bin, /usr/bin, /bin");
    check_refused_command("/libvm/no/such", "/libvm/no/such: No such file or directory (os error 2)");
    check_refused_command("/bin", "/bin: this is not a file that can be executed");
}

/* Names are found in the directories of an option: the first file that can be executed. */
static void searches(void)
{
    static const char script[] = "#!/bin/sh\necho found $1\n";
    Path file;
    make_folder("first");
    make_folder("first/tool");
    make_folder("second");
    make_folder("third");
    write_content("second/tool", script, sizeof script - 1);
    file = write_content("third/tool", script, sizeof script - 1);
    SURE(chmod(file.text, 0755) == 0);
    next();
    LIST(guest, "search-path", in_scratch("first").text, in_scratch("second").text, in_scratch("third").text);
    LIST(guest, "allow", "tool", "echo");
    grant("*");
    add_guest(guest);
    SURE(setenv("PATH", "/usr/bin:/bin", 1) == 0);
    COMMAND(guest, "tool", "it");
    CHECK_RUN(guest, 0, "found it\n", "");
    COMMAND(guest, "echo"); /* the host's PATH is not searched */
    CHECK_INT(run(guest, "run", NO_VALUES), -1);
}

static void grants_variables(void)
{
    SURE(setenv("LIBVM_TEST_HOST", "of the host", 1) == 0);
    SURE(setenv("LIBVM_TEST_BOTH", "of the host", 1) == 0);
    SURE(setenv("LIBVM_TEST_SECRET", "secret", 1) == 0);
    next();
    NEED(VM_ContextSetPluginOptionBool(guest, "process", "allow-all", true, &error));
    LIST(guest, "environment", "LIBVM_TEST_HOST", "LIBVM_TEST_B*", "LIBVM_TEST_NONE");
    LIST(guest, "guest-environment", "GUEST", "LIBVM_TEST_BOTH", "L*");
    grant("*");
    add_guest(guest);
    COMMAND(guest, "/usr/bin/env");
    CHECK_RUN(guest, 0, "LIBVM_TEST_BOTH=of the host\nLIBVM_TEST_HOST=of the host\n", "");
    start_listening();
    NEED(set_variable(guest, "GUEST", "a=b"));
    NEED(set_variable(guest, "GUEST", "a=c"));
    NEED(set_variable(guest, "LIBVM_TEST_BOTH", ""));
    NEED(set_variable(guest, "LD_PRELOAD", "/tmp/a.so"));
    NEED(set_variable(guest, "GCONV_PATH", "/tmp"));
    NEED(set_variable(guest, "OTHER", "1"));
    COMMAND(guest, "/usr/bin/env");
    CHECK_RUN(guest, 0, "GUEST=a=c\nLIBVM_TEST_BOTH=\nLIBVM_TEST_HOST=of the host\n", "");
    CHECK_SAID("process variables that a guest may not set, by the option `guest-environment`: GCONV_PATH, LD_PRELOAD, OTHER; ");
    stop_listening();
    /* Without the options there are none. */
    next();
    NEED(VM_ContextSetPluginOptionBool(guest, "process", "allow-all", true, &error));
    grant("*");
    add_guest(guest);
    NEED(set_variable(guest, "A", "1"));
    COMMAND(guest, "/usr/bin/env");
    CHECK_RUN(guest, 0, "", "");
}

/* Options with which nothing could be right. */
static void refuses_options(void)
{
    static const struct { const char *option, *item, *message; } wrong[] = {
        { "allow", "*", "the option `allow` has `*`: the option `allow-all` allows every command" },
        { "allow", "bin/ls", "the option `allow` has `bin/ls`: a command is a name without `/`, or an absolute path" },
        { "allow", "", "the option `allow` has ``: a command has a name" },
        { "allow", "/bin/../bin/ls", "the option `allow` has `/bin/../bin/ls`: the path of a command has no `..`" },
        { "search-path", "sbin", "the option `search-path` has `sbin`: an absolute path is needed" },
        { "guest-environment", "LD_PRELOAD", "the option `guest-environment` has `LD_PRELOAD`: no guest may set" },
        { "guest-environment", "LD_*", "the option `guest-environment` has `LD_*`: no guest may set" },
        { "guest-environment", "GLIBC_TUNABLES", "no guest may set what the loader or the C library reads" },
    };
    size_t i;
    for (i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        next();
        LIST(guest, wrong[i].option, "/bin", wrong[i].item);
        CHECK_STATUS(VM_ContextRegisterPlugins(guest, registry, &error), VM_STATUS_PLUGIN_INITIALIZE, wrong[i].message);
    }
    next();
    NEED(VM_ContextSetPluginOptionInteger(guest, "process", "max-output", -1, &error));
    CHECK_STATUS(VM_ContextRegisterPlugins(guest, registry, &error), VM_STATUS_PLUGIN_OPTION, "max-output");
}

/* A guest's timeout is not longer than the host's. */
static void shortens_timeouts(void)
{
    next();
    NEED(VM_ContextSetPluginOptionBool(guest, "process", "allow-all", true, &error));
    NEED(VM_ContextSetPluginOptionInteger(guest, "process", "max-timeout", 100, &error));
    grant("*");
    add_guest(guest);
    set_timeout(guest, -1);
    COMMAND(guest, "sleep", "60");
    CHECK_RUN(guest, -2, "", "process: `sleep` was ended: its timeout of 100 ms is over\n");
}

int main(void)
{
    begin_with(false);
    needs_both();
    allows_all();
    searches();
    grants_variables();
    refuses_options();
    shortens_timeouts();
    VM_ContextDelete(guest);
    return end();
}
