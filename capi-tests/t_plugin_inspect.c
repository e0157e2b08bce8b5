/* VM_PluginInspectFile: valid, foreign and damaged plug-ins, and other files, without running their code. */
#include "plugin_files.h"

static VM_PluginInspection *inspect(const char *path)
{
    VM_PluginInspection *inspection = NULL;
    NEED(VM_PluginInspectFile(path, &inspection, &error));
    CHECK(!has_marks());
    CHECK_TEXT(VM_PluginInspectionGetPath(inspection), path);
    return inspection;
}

static void is_ok(const VM_PluginInspection *inspection)
{
    CHECK_INT(VM_PluginInspectionGetStatus(inspection), VM_STATUS_OK);
    CHECK_TEXT(VM_PluginInspectionGetMessage(inspection), "");
}

/* Inspects a file that cannot be loaded; load calls must return the same status. */
static VM_PluginInspection *refused(const char *path, VM_Status status, const char *part)
{
    VM_PluginInspection *inspection = inspect(path);
    VM_PluginRegistry *registry = new_registry();
    CHECK_INT(VM_PluginInspectionGetStatus(inspection), status);
    CHECK(strstr(VM_PluginInspectionGetMessage(inspection), part) != NULL);
    CHECK_STATUS(VM_PluginLoadFromPath(registry, path, NULL, &error), status, part);
    CHECK_TEXT(VM_ErrorGetMessage(error), VM_PluginInspectionGetMessage(inspection));
    VM_PluginRegistryDelete(registry);
    return inspection;
}

/* Nothing of the manifest could be read. */
static void has_no_manifest(const VM_PluginInspection *inspection)
{
    CHECK_TEXT(VM_PluginInspectionGetName(inspection), NULL);
    CHECK_TEXT(VM_PluginInspectionGetVersion(inspection), NULL);
    CHECK_TEXT(VM_PluginInspectionGetDescription(inspection), NULL);
    CHECK_TEXT(VM_PluginInspectionGetLicense(inspection), NULL);
    CHECK_TEXT(VM_PluginInspectionGetHostVersion(inspection), NULL);
    CHECK_INT(VM_PluginInspectionGetAbiMinorBuilt(inspection), 0);
    CHECK_INT(VM_PluginInspectionGetModuleCount(inspection), 0);
    CHECK_TEXT(VM_PluginInspectionGetModule(inspection, 0), NULL);
    CHECK_INT(VM_PluginInspectionGetPermissionCount(inspection), 0);
    CHECK_INT(VM_PluginInspectionGetDependencyCount(inspection), 0);
}

static void good_plugins(void)
{
    VM_PluginInspection *inspection = inspect(plugin_file("instances").text);
    is_ok(inspection);
    CHECK_TEXT(VM_PluginInspectionGetName(inspection), "instances");
    CHECK_TEXT(VM_PluginInspectionGetVersion(inspection), "1.0.0");
    CHECK_TEXT(VM_PluginInspectionGetDescription(inspection), "Counts its instances");
    CHECK_TEXT(VM_PluginInspectionGetLicense(inspection), "MIT OR Apache-2.0");
    CHECK_TEXT(VM_PluginInspectionGetHostVersion(inspection), "");
    CHECK_INT(VM_PluginInspectionGetAbiMajor(inspection), VM_ABI_MAJOR);
    CHECK_INT(VM_PluginInspectionGetAbiMinorBuilt(inspection), VM_ABI_MINOR);
    CHECK_INT(VM_PluginInspectionGetAbiMinorRequired(inspection), 0);
    CHECK_INT(VM_PluginInspectionGetFlags(inspection), 0);
    CHECK_INT(VM_PluginInspectionGetModuleCount(inspection), 2);
    CHECK_TEXT(VM_PluginInspectionGetModule(inspection, 0), "instances");
    CHECK_TEXT(VM_PluginInspectionGetModule(inspection, 1), "instances.more");
    CHECK_TEXT(VM_PluginInspectionGetModule(inspection, 2), NULL);
    CHECK_TEXT(VM_PluginInspectionGetModule(inspection, SIZE_MAX), NULL);
    CHECK_INT(VM_PluginInspectionGetPermissionCount(inspection), 0);
    CHECK_TEXT(VM_PluginInspectionGetPermission(inspection, 0), NULL);
#if defined(__linux__) && defined(__x86_64__)
    CHECK_TEXT(VM_PluginInspectionGetPlatform(inspection), "x86-64 Linux");
#endif
    VM_PluginInspectionDelete(inspection);

    inspection = inspect(plugin_file("permissions").text);
    is_ok(inspection);
    CHECK_INT(VM_PluginInspectionGetPermissionCount(inspection), 3);
    CHECK_TEXT(VM_PluginInspectionGetPermission(inspection, 0), "fs:read");
    CHECK_TEXT(VM_PluginInspectionGetPermission(inspection, 2), "process:exec:*");
    CHECK_TEXT(VM_PluginInspectionGetPermission(inspection, 3), NULL);
    VM_PluginInspectionDelete(inspection);

    /* Dependencies are listed, not searched. */
    inspection = inspect(plugin_file("needs_old").text);
    is_ok(inspection);
    CHECK_INT(VM_PluginInspectionGetDependencyCount(inspection), 1);
    CHECK_TEXT(VM_PluginInspectionGetDependencyName(inspection, 0), "versioned");
    CHECK_TEXT(VM_PluginInspectionGetDependencyVersion(inspection, 0), "<2");
    CHECK_TEXT(VM_PluginInspectionGetDependencyName(inspection, 1), NULL);
    CHECK_TEXT(VM_PluginInspectionGetDependencyVersion(inspection, 1), NULL);
    VM_PluginInspectionDelete(inspection);

    inspection = inspect(plugin_file("unloadable").text);
    is_ok(inspection);
    CHECK_INT(VM_PluginInspectionGetFlags(inspection), VM_PLUGIN_UNLOADABLE);
    VM_PluginInspectionDelete(inspection);
}

/* Plug-ins whose manifests prevent loading. */
static void incompatible(void)
{
    VM_PluginInspection *inspection = refused(plugin_file("host_version").text, VM_STATUS_PLUGIN_INCOMPATIBLE, "needs libvm >=900");
    CHECK_TEXT(VM_PluginInspectionGetName(inspection), "host_version");
    CHECK_TEXT(VM_PluginInspectionGetHostVersion(inspection), ">=900");
    VM_PluginInspectionDelete(inspection);

    inspection = refused(plugin_file("other_major").text, VM_STATUS_PLUGIN_INCOMPATIBLE, "was built with ABI 2.");
    CHECK_TEXT(VM_PluginInspectionGetName(inspection), "other_major");
    CHECK_TEXT(VM_PluginInspectionGetVersion(inspection), "2.0.0");
    CHECK_INT(VM_PluginInspectionGetAbiMajor(inspection), 2);
    VM_PluginInspectionDelete(inspection);

    inspection = refused(plugin_file("no_entry").text, VM_STATUS_PLUGIN_BAD_DESCRIPTOR, "libvm_plugin_entry");
    CHECK_TEXT(VM_PluginInspectionGetName(inspection), "no_entry");
    VM_PluginInspectionDelete(inspection);

    inspection = refused(copy_plugin("instances", "instances@7.so", NULL, NULL).text, VM_STATUS_PLUGIN_BAD_MANIFEST, "rename it to `instances@1.0.0`");
    CHECK_TEXT(VM_PluginInspectionGetVersion(inspection), "1.0.0");
    VM_PluginInspectionDelete(inspection);
}

static void other_files(uint8_t *whole, size_t size)
{
    static const unsigned char windows[0x100] = { [0] = 'M', 'Z', [0x3c] = 0x80, [0x80] = 'P', 'E', [0x84] = 0x64, 0x86 };
    const size_t ends[] = { 1, 40, 64, 1000, size / 2, size - 1 };
    VM_PluginInspection *inspection = refused(plugin_file("no_manifest").text, VM_STATUS_PLUGIN_NO_MANIFEST, "libvm_plugin_manifest");
    size_t i;
    has_no_manifest(inspection);
    CHECK(VM_PluginInspectionGetPlatform(inspection) != NULL);
    VM_PluginInspectionDelete(inspection);

    inspection = refused(write_content("text.so", "#!/bin/sh\n", 10).text, VM_STATUS_PLUGIN_BAD_FILE, "not a shared library");
    has_no_manifest(inspection);
    CHECK_TEXT(VM_PluginInspectionGetPlatform(inspection), NULL);
    VM_PluginInspectionDelete(inspection);

    for (i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        inspection = refused(write_content("cut.so", whole, ends[i]).text, VM_STATUS_PLUGIN_BAD_FILE, "truncated");
        has_no_manifest(inspection);
        VM_PluginInspectionDelete(inspection);
    }
    inspection = refused(plugin_file("zero_manifest").text, VM_STATUS_PLUGIN_BAD_MANIFEST, "cannot be read");
    has_no_manifest(inspection);
    VM_PluginInspectionDelete(inspection);

    inspection = refused(write_content("windows.so", windows, sizeof windows).text, VM_STATUS_PLUGIN_WRONG_PLATFORM, "x86-64 Windows");
    has_no_manifest(inspection);
    CHECK_TEXT(VM_PluginInspectionGetPlatform(inspection), "x86-64 Windows");
    VM_PluginInspectionDelete(inspection);

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))
    /* Built for FreeBSD: it cannot be loaded, and its manifest is read all the same. */
    whole[7] = 9;
    inspection = refused(write_content("foreign.so", whole, size).text, VM_STATUS_PLUGIN_WRONG_PLATFORM, " FreeBSD, this is ");
    CHECK_TEXT(VM_PluginInspectionGetName(inspection), "instances");
    CHECK(strstr(VM_PluginInspectionGetPlatform(inspection), " FreeBSD") != NULL);
    VM_PluginInspectionDelete(inspection);
#endif
}

static void not_inspected(void)
{
    VM_PluginInspection *inspection = NULL;
    CHECK_STATUS(VM_PluginInspectFile(in_scratch("none").text, &inspection, &error), VM_STATUS_PLUGIN_NOT_FOUND, "none.so");
    CHECK_STATUS(VM_PluginInspectFile(scratch_folder.text, &inspection, &error), VM_STATUS_PLUGIN_BAD_FILE, "is a directory");
    SURE(mkfifo(in_scratch("pipe.so").text, 0600) == 0);
    CHECK_STATUS(VM_PluginInspectFile(in_scratch("pipe.so").text, &inspection, &error), VM_STATUS_PLUGIN_BAD_FILE, "a named pipe");
    CHECK_STATUS(VM_PluginInspectFile("", &inspection, &error), VM_STATUS_INVALID_ARGUMENT, "path");
    CHECK(inspection == NULL);
}

int main(void)
{
    VM_PluginInspection *inspection = NULL;
    uint8_t *whole;
    size_t size;
    make_scratch();
    whole = read_file(plugin_file("instances").text, &size);
    good_plugins();
    incompatible();
    other_files(whole, size);
    not_inspected();
    /* Without the ending of the file, as in load calls. */
    NEED(VM_PluginInspectFile(join(LIBVM_TEST_PLUGINS, "calc").text, &inspection, &error));
    CHECK_TEXT(VM_PluginInspectionGetPath(inspection), plugin_file("calc").text);
    VM_PluginInspectionDelete(inspection);
    free(whole);
    return finish();
}
