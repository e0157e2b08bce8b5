/* Plug-ins that are refused: status and message, and that no code of a file with a bad manifest runs. */
#include "plugin_files.h"

typedef struct Case {
    const char *file;
    VM_Status status;
    const char *name; /* NULL where the manifest cannot be read */
    const char *part; /* of the message */
} Case;

static void the_file_tells(void)
{
    static const Case cases[] = {
        { "no_manifest", VM_STATUS_PLUGIN_NO_MANIFEST, NULL, "not a plug-in of libvm" },
        { "zero_manifest", VM_STATUS_PLUGIN_BAD_MANIFEST, NULL, "cannot be read" },
        { "wrong_magic", VM_STATUS_PLUGIN_BAD_MANIFEST, NULL, "notvmpl" },
        { "bad_name", VM_STATUS_PLUGIN_BAD_MANIFEST, NULL, "`name` is \"../bad_name\"" },
        { "no_entry", VM_STATUS_PLUGIN_BAD_DESCRIPTOR, "no_entry", "libvm_plugin_entry" },
        { "data_entry", VM_STATUS_PLUGIN_BAD_DESCRIPTOR, "data_entry", "not as a function" },
        { "other_major", VM_STATUS_PLUGIN_INCOMPATIBLE, "other_major", "was built with ABI 2." },
        { "host_version", VM_STATUS_PLUGIN_INCOMPATIBLE, "host_version", "needs libvm >=900" },
        { "high_flag", VM_STATUS_PLUGIN_INCOMPATIBLE, "high_flag", "0x40000000" },
    };
    size_t i;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        check_refused(plugin_file(cases[i].file).text, cases[i].status, cases[i].name, cases[i].part);
        CHECK(!has_marks());
    }
}

static void running_tells(void)
{
    static const Case cases[] = {
        { "null_descriptor", VM_STATUS_PLUGIN_BAD_DESCRIPTOR, "null_descriptor", "libvm_plugin_entry returned NULL" },
        { "small_descriptor", VM_STATUS_PLUGIN_BAD_DESCRIPTOR, "small_descriptor", "the size of its VM_PluginDescriptor is 8 bytes" },
        { "bad_signature", VM_STATUS_BAD_SIGNATURE, "bad_signature", "function `same`: " },
        { "bad_module_name", VM_STATUS_PLUGIN_BAD_DESCRIPTOR, "bad_module_name", "`surprise`" },
        { "failing_initialize", VM_STATUS_PLUGIN_INITIALIZE, "failing_initialize", "failed: the moon is not full" },
    };
    size_t i;
    /* The system refuses this one before its constructor runs. */
    check_refused(plugin_file("missing_library").text, VM_STATUS_PLUGIN_LOAD, "missing_library",
                  "libvm_test_function_that_is_nowhere");
    CHECK(!has_marks());
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        check_refused(plugin_file(cases[i].file).text, cases[i].status, cases[i].name, cases[i].part);
        CHECK(has_marks()); /* code that runs leaves a mark */
        remove(in_scratch("marks").text);
    }
}

/* The error of a bad signature names the function, as that of a call would. */
static void a_bad_signature_names_the_function(void)
{
    VM_PluginRegistry *registry = new_registry();
    const char *path = LIBVM_TEST_PLUGINS "/bad_signature.so";
    CHECK_STATUS(VM_PluginLoadFromPath(registry, path, NULL, &error), VM_STATUS_BAD_SIGNATURE, "(ix)i");
    CHECK_STATUS(VM_PluginLoadFromPath(registry, path, NULL, &error), VM_STATUS_BAD_SIGNATURE, "character 3");
    CHECK_TEXT(VM_ErrorGetModuleName(error), "bad_signature");
    CHECK_TEXT(VM_ErrorGetFunctionName(error), "same");
    VM_PluginRegistryDelete(registry);
}

/*
 * A bad one among good ones: they load, and the error tells how many did not and why the first did not. One of another ABI is a line of
 * the report, and no failure of the call.
 */
static void a_bad_one_does_not_keep_the_others_away(void)
{
    VM_PluginRegistry *registry = new_registry();
    VM_PluginReport *report = NULL;
    Path bad;

    make_folder("mixed");
    copy_plugin("template", "mixed/1.so", "one", "1.0.0");
    bad = write_content("mixed/2.so", "text", 4);
    copy_plugin("other_major", "mixed/3.so", NULL, NULL);
    copy_plugin("template", "mixed/4.so", "four", "1.0.0");
    write_content("mixed/5.so", "more text", 9);
    CHECK_STATUS(VM_PluginLoadFromPath(registry, in_scratch("mixed").text, &report, &error), VM_STATUS_PLUGIN_BAD_FILE,
                 "2 of 5 plug-ins in ");
    CHECK(strstr(VM_ErrorGetMessage(error), "and 1 more, see the report") != NULL);
    CHECK_TEXT(VM_ErrorGetPath(error), bad.text);
    CHECK_INT(VM_PluginReportGetCount(report), 5);
    CHECK_INT(VM_PluginRegistryGetCount(registry), 2);
    CHECK(find_line(report, in_scratch("mixed/1.so").text)->loaded);
    CHECK_INT(find_line(report, bad.text)->status, VM_STATUS_PLUGIN_BAD_FILE);
    CHECK_INT(find_line(report, in_scratch("mixed/3.so").text)->status, VM_STATUS_PLUGIN_INCOMPATIBLE);
    CHECK_TEXT(find_line(report, in_scratch("mixed/3.so").text)->version, "2.0.0");
    CHECK(find_line(report, in_scratch("mixed/4.so").text)->loaded);
    VM_PluginReportDelete(report);
    VM_PluginRegistryDelete(registry);
}

int main(void)
{
    make_scratch();
    the_file_tells();
    running_tells();
    a_bad_signature_names_the_function();
    a_bad_one_does_not_keep_the_others_away();
    return finish();
}
