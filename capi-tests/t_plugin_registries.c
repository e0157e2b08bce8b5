/* Registries: policies side by side, built-in plug-ins, duplicates, one file by two paths. */
#define VM_PLUGIN_BUILTIN built_in_registries
#include "plugin_files.h"

static VM_Status VM_CALL seven(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance;
    (void)caller;
    (void)args;
    results[0] = VM_ValueI32(7);
    return VM_STATUS_OK;
}

static const VM_FunctionDescriptor functions[] = { VM_FUNCTION("seven", "()i", seven) };
static const VM_ModuleDescriptor modules[] = { VM_MODULE("seven", functions) };
VM_PLUGIN("seven", "7.0.0", "Is linked into its host", modules);

static void check_names(VM_PluginRegistry *registry, const char *first, const char *second)
{
    const char *names[2];
    size_t i, count = second ? 2 : first ? 1 : 0;
    names[0] = first;
    names[1] = second;
    CHECK_INT(VM_PluginRegistryGetCount(registry), count);
    for (i = 0; i < count; i++) {
        VM_Plugin *plugin = NULL;
        CHECK_OK(VM_PluginRegistryFindByIndex(registry, i, &plugin, &error));
        CHECK_TEXT(VM_PluginGetName(plugin), names[i]);
        VM_PluginRelease(plugin);
    }
}

/* Each registry has its own policy; no code of a forbidden plug-in runs. */
static void policies_side_by_side(void)
{
    const char *trusted[] = { "trusted", "friend" }, *not_text[] = { "\xff" }, *missing[] = { NULL };
    VM_PluginRegistry *strict = new_registry(), *open = new_registry();
    VM_PluginReport *report = NULL;
    const VM_PluginReportLine *line;
    Path bad;
    make_folder("policy");
    copy_plugin("template", "policy/a.so", "trusted", "1.0.0");
    bad = copy_plugin("template", "policy/b.so", "stranger", "1.0.0");

    CHECK_STATUS(VM_PluginRegistrySetPolicy(strict, 99, NULL, 0, &error), VM_STATUS_INVALID_ARGUMENT, "99 is not a policy");
    CHECK_STATUS(VM_PluginRegistrySetPolicy(strict, VM_PLUGIN_POLICY_NAMED, NULL, 1, &error), VM_STATUS_NULL_ARGUMENT, "names");
    CHECK_STATUS(VM_PluginRegistrySetPolicy(strict, VM_PLUGIN_POLICY_NAMED, missing, 1, &error), VM_STATUS_NULL_ARGUMENT, NULL);
    CHECK_STATUS(VM_PluginRegistrySetPolicy(strict, VM_PLUGIN_POLICY_NAMED, not_text, 1, &error), VM_STATUS_BAD_UTF8, NULL);

    CHECK_OK(VM_PluginRegistrySetPolicy(strict, VM_PLUGIN_POLICY_NAMED, NULL, 0, &error));
    CHECK_STATUS(VM_PluginLoadFromPath(strict, bad.text, NULL, &error), VM_STATUS_PLUGIN_NOT_ALLOWED, "allows none");
    CHECK(!has_marks());
    CHECK_OK(VM_PluginRegistrySetPolicy(strict, VM_PLUGIN_POLICY_NAMED, trusted, 2, &error));
    CHECK_STATUS(VM_PluginLoadFromPath(strict, bad.text, &report, &error), VM_STATUS_PLUGIN_NOT_ALLOWED,
                 "the registry allows friend, trusted; add its name to the policy if you trust it");
    CHECK_TEXT(VM_ErrorGetPluginName(error), "stranger");
    line = find_line(report, bad.text);
    CHECK_INT(line->status, VM_STATUS_PLUGIN_NOT_ALLOWED);
    CHECK(!line->loaded);
    CHECK_TEXT(line->name, "stranger");
    VM_PluginReportDelete(report);
    CHECK(!has_marks());

    CHECK_STATUS(VM_PluginLoadFromPath(strict, in_scratch("policy").text, NULL, &error), VM_STATUS_PLUGIN_NOT_ALLOWED, "1 of 2");
    CHECK_OK(VM_PluginLoadFromPath(open, in_scratch("policy").text, NULL, &error));
    check_names(strict, "trusted", NULL);
    check_names(open, "trusted", "stranger");
    CHECK_OK(VM_PluginRegistrySetPolicy(strict, VM_PLUGIN_POLICY_ANY, NULL, 0, &error));
    CHECK_OK(VM_PluginLoadFromPath(strict, bad.text, NULL, &error));
    check_names(strict, "trusted", "stranger");
    VM_PluginRegistryDelete(strict);
    VM_PluginRegistryDelete(open);
}

static void one_file_by_two_paths(void)
{
    VM_PluginRegistry *registry = new_registry();
    VM_PluginReport *report = NULL;
    const VM_PluginReportLine *line;
    Path file, hard = in_scratch("paths/b.so"), soft = in_scratch("paths/c.so");
    char message[600];
    make_folder("paths");
    file = copy_plugin("template", "paths/a.so", "one", "1.0.0");
    SURE(link(file.text, hard.text) == 0 && symlink(file.text, soft.text) == 0);
    CHECK_OK(VM_PluginLoadFromPath(registry, in_scratch("paths").text, &report, &error));
    check_names(registry, "one", NULL);
    snprintf(message, sizeof message, "the same file as %s", file.text);
    CHECK_TEXT(find_line(report, file.text)->message, "loaded");
    line = find_line(report, hard.text);
    CHECK(line->loaded && line->status == VM_STATUS_OK);
    CHECK_TEXT(line->message, message);
    line = find_line(report, soft.text);
    CHECK(line->loaded && line->status == VM_STATUS_OK);
    CHECK_TEXT(line->message, message);
    VM_PluginReportDelete(report);
    VM_PluginRegistryDelete(registry);
}

static void two_of_one_name_and_version(void)
{
    VM_PluginRegistry *registry = new_registry();
    VM_PluginReport *report = NULL;
    const VM_PluginReportLine *line;
    Path first, second;
    make_folder("twins");
    first = copy_plugin("template", "twins/a.so", "twin", "1.0.0");
    second = copy_plugin("template", "twins/b.so", "twin", "1.0.0");
    CHECK_STATUS(VM_PluginLoadFromPath(registry, in_scratch("twins").text, &report, &error), VM_STATUS_PLUGIN_DUPLICATE,
                 "is a duplicate: the same name and version is ");
    CHECK(strstr(VM_ErrorGetMessage(error), first.text) && strstr(VM_ErrorGetMessage(error), second.text));
    CHECK_TEXT(VM_ErrorGetPath(error), second.text);
    CHECK_TEXT(VM_ErrorGetPluginName(error), "twin");
    CHECK(find_line(report, first.text)->loaded);
    line = find_line(report, second.text);
    CHECK_INT(line->status, VM_STATUS_PLUGIN_DUPLICATE);
    CHECK(!line->loaded && strstr(line->message, first.text));
    VM_PluginReportDelete(report);
    CHECK_STATUS(VM_PluginLoadFromPath(registry, second.text, NULL, &error), VM_STATUS_PLUGIN_DUPLICATE, "remove one");
    check_names(registry, "twin", NULL);
    VM_PluginRegistryDelete(registry);
}

static void built_in_ones(void)
{
    const char *other[] = { "other" };
    VM_PluginRegistry *registry = new_registry();
    VM_Plugin *plugin = NULL;
    CHECK_STATUS(VM_PluginRegistryAddBuiltin(registry, NULL, &error), VM_STATUS_NULL_ARGUMENT,
                 "the descriptor of a built-in plug-in is NULL");
    CHECK_OK(VM_PluginRegistrySetPolicy(registry, VM_PLUGIN_POLICY_NAMED, other, 1, &error));
    CHECK_STATUS(VM_PluginRegistryAddBuiltin(registry, &built_in_registries, &error), VM_STATUS_PLUGIN_NOT_ALLOWED, "plug-in `seven` 7.0.0");
    CHECK_OK(VM_PluginRegistrySetPolicy(registry, VM_PLUGIN_POLICY_ANY, NULL, 0, &error));
    CHECK_OK(VM_PluginRegistryAddBuiltin(registry, &built_in_registries, &error));
    CHECK_OK(VM_PluginRegistryAddBuiltin(registry, &built_in_registries, &error));
    check_names(registry, "seven", NULL);
    CHECK_OK(VM_PluginRegistryFind(registry, "seven", &plugin, &error));
    CHECK_TEXT(VM_PluginGetPath(plugin), NULL);
    CHECK_TEXT(VM_PluginGetVersion(plugin), "7.0.0");
    VM_PluginRelease(plugin);
    copy_plugin("template", "seven.so", "seven", "7.0.0");
    CHECK_STATUS(VM_PluginLoadFromPath(registry, in_scratch("seven.so").text, NULL, &error), VM_STATUS_PLUGIN_DUPLICATE, "built");
    VM_PluginRegistryDelete(registry);
}

int main(void)
{
    make_scratch();
    policies_side_by_side();
    one_file_by_two_paths();
    two_of_one_name_and_version();
    built_in_ones();
    return finish();
}
