/* Files that every user can change: no code of them runs, and the message says how to correct it. */
#include "plugin_files.h"

static void refused(VM_PluginRegistry *registry, const char *path, const char *part)
{
    VM_PluginReport *report = NULL;
    const VM_PluginReportLine *line;
    CHECK_STATUS(VM_PluginLoadFromPath(registry, path, &report, &error), VM_STATUS_UNTRUSTED_PATH, part);
    CHECK_TEXT(VM_ErrorGetPath(error), path);
    CHECK_TEXT(VM_ErrorGetPluginName(error), "named");
    line = find_line(report, path);
    CHECK_INT(line->status, VM_STATUS_UNTRUSTED_PATH);
    CHECK(!line->loaded && strcmp(line->name, "named") == 0 && strcmp(line->message, VM_ErrorGetMessage(error)) == 0);
    VM_PluginReportDelete(report);
    CHECK_INT(VM_PluginRegistryGetCount(registry), 0);
    CHECK(!has_marks());
}

/* The message has the command that corrects it, which is sufficient. */
static void obey(void)
{
    char command[600];
    const char *begin = strchr(VM_ErrorGetMessage(error), '`');
    const char *end;
    begin = begin ? strstr(begin, "`chmod ") : NULL;
    SURE(begin && (end = strchr(begin + 1, '`')) && (size_t)(end - begin) < sizeof command);
    memcpy(command, begin + 1, (size_t)(end - begin - 1));
    command[end - begin - 1] = '\0';
    SURE(system(command) == 0);
}

/* It loads, and leaves its mark: so nothing of it had run before. */
static void loads(const char *path)
{
    VM_PluginRegistry *registry = new_registry();
    CHECK_OK(VM_PluginLoadFromPath(registry, path, NULL, &error));
    CHECK(has_marks());
    remove(in_scratch("marks").text);
    VM_PluginRegistryDelete(registry);
}

static void a_file(void)
{
    VM_PluginRegistry *registry = new_registry();
    Path path, folder;
    char expected[1300];
    make_folder("it's; mine");
    path = copy_plugin("named", "it's; mine/a.so", NULL, NULL);
    SURE(chmod(path.text, 0666) == 0);
    folder = in_scratch("");
    snprintf(expected, sizeof expected, "the file %sit's; mine/a.so is world-writable; if it is right, run `chmod go-w '%sit'\\''s; mine/a.so'`",
             folder.text, folder.text);
    refused(registry, path.text, expected);
    obey();
    loads(path.text);
    path = copy_plugin("named", "it's; mine/b.so", NULL, NULL);
    if (open_to_group(path.text, 0664)) {
        refused(registry, path.text, "/it's; mine/b.so is writable by the group 65534");
        obey();
        loads(path.text);
        /* Root's own group has no other member. */
        path = copy_plugin("named", "it's; mine/c.so", NULL, "1.1.0");
        SURE(chmod(path.text, 0664) == 0);
        loads(path.text);
    }
    VM_PluginRegistryDelete(registry);
}

static void a_directory(void)
{
    VM_PluginRegistry *registry = new_registry();
    Path folder = in_scratch("open"), path;
    char expected[1300];
    make_folder("open");
    path = copy_plugin("named", "open/a.so", NULL, NULL);
    SURE(chmod(folder.text, 0777) == 0);
    snprintf(expected, sizeof expected, "the directory %s is world-writable; if its contents are right, run `chmod go-w %s`",
             folder.text, folder.text);
    refused(registry, path.text, expected);
    obey();
    loads(path.text);

    path = copy_plugin("named", "open/b.so", NULL, NULL);
    /* Where everyone may add files, as in /tmp, nobody knows who has; that directory is not to be closed, though. */
    SURE(chmod(folder.text, 01777) == 0);
    refused(registry, path.text, "is open to every user of this machine; move it into a directory of its own");
    CHECK(strstr(VM_ErrorGetMessage(error), "chmod") == NULL);
    CHECK_STATUS(VM_PluginLoadFromPath(registry, folder.text, NULL, &error), VM_STATUS_UNTRUSTED_PATH,
                 "2 of 2 plug-ins in ");
    CHECK(!has_marks());
    SURE(chmod(folder.text, 0755) == 0);
    loads(path.text);
    VM_PluginRegistryDelete(registry);
}

/* Both the target of a link and the owner of the link are checked. */
static void links(void)
{
    VM_PluginRegistry *registry = new_registry();
    Path target, link = in_scratch("private/link.so"), outer = in_scratch("shared/outer.so");
    make_folder("private");
    make_folder("shared");
    target = copy_plugin("named", "shared/a.so", NULL, NULL);
    SURE(symlink("../shared/a.so", link.text) == 0);
    SURE(chmod(in_scratch("shared").text, 0777) == 0);
    refused(registry, link.text, "shared is world-writable; if its contents are right, run `chmod go-w ");
    obey();
    loads(link.text);
    target = copy_plugin("named", "shared/b.so", NULL, NULL);
    link = in_scratch("private/second.so");
    SURE(symlink("../shared/b.so", link.text) == 0);
    SURE(chmod(target.text, 0646) == 0);
    refused(registry, link.text, "/shared/b.so is world-writable");
    obey();
    loads(link.text);

    target = copy_plugin("named", "private/a.so", NULL, NULL);
    SURE(symlink("../private/a.so", outer.text) == 0);
    SURE(chmod(in_scratch("shared").text, 0777) == 0);
    refused(registry, outer.text, "shared is world-writable");
    loads(target.text);
    VM_PluginRegistryDelete(registry);
}

/* It can be switched off, for file systems without permissions. */
static void checks_off(void)
{
    VM_PluginRegistry *registry = new_registry();
    Path path;
    make_folder("off");
    path = copy_plugin("named", "off/a.so", NULL, NULL);
    SURE(chmod(path.text, 0666) == 0 && chmod(in_scratch("off").text, 0777) == 0);
    refused(registry, path.text, "is world-writable");
    CHECK_OK(VM_PluginRegistrySetFileChecks(registry, false, &error));
    CHECK_OK(VM_PluginRegistrySetFileChecks(registry, true, &error));
    refused(registry, path.text, "is world-writable");
    CHECK_OK(VM_PluginRegistrySetFileChecks(registry, false, &error));
    CHECK_OK(VM_PluginLoadFromPath(registry, path.text, NULL, &error));
    CHECK(has_marks());
    VM_PluginRegistryDelete(registry);
}

int main(void)
{
    make_scratch();
    a_file();
    a_directory();
    links();
    checks_off();
    return finish();
}
