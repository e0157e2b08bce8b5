/* Paths are returned byte for byte, also if they are not UTF-8; messages show them with replacement characters. */
#include "plugin_files.h"

#define FOLDER "b\xff" "d\xc3\x28"

/* Report, plug-in and error have the original bytes; messages are UTF-8. */
static void of_plugins(void)
{
    VM_PluginRegistry *registry = new_registry();
    VM_PluginReport *report = NULL;
    VM_Plugin *plugin = NULL;
    Path good = copy_plugin("template", FOLDER "/\xfe good.so", "good", "1.0.0");
    Path bad = write_content(FOLDER "/bad\xff.so", "text", 4), missing = in_scratch(FOLDER "/no\xff");

    CHECK_OK(VM_PluginLoadFromPath(registry, good.text, &report, &error));
    CHECK_TEXT(VM_PluginReportGetLine(report, 0)->path, good.text);
    VM_PluginReportDelete(report);
    CHECK_OK(VM_PluginRegistryFind(registry, "good", &plugin, &error));
    CHECK_TEXT(VM_PluginGetPath(plugin), good.text);
    CHECK_TEXT(VM_PluginGetFunction(plugin, 0, 0)->path, good.text);
    VM_PluginRelease(plugin);

    CHECK_STATUS(VM_PluginLoadFromPath(registry, bad.text, &report, &error), VM_STATUS_PLUGIN_BAD_FILE, "bad\xef\xbf\xbd.so");
    CHECK_TEXT(VM_ErrorGetPath(error), bad.text);
    CHECK_TEXT(VM_PluginReportGetLine(report, 0)->path, bad.text);
    VM_PluginReportDelete(report);
    CHECK_STATUS(VM_PluginLoadFromPath(registry, missing.text, &report, &error), VM_STATUS_PLUGIN_NOT_FOUND, "no\xef\xbf\xbd");
    CHECK_TEXT(VM_ErrorGetPath(error), missing.text);
    CHECK_TEXT(VM_PluginReportGetLine(report, 0)->path, missing.text);
    VM_PluginReportDelete(report);
    VM_PluginRegistryDelete(registry);
}

/* A search directory, and one of the environment. */
static void of_directories(void)
{
    VM_PluginRegistry *registry = new_registry();
    VM_PluginReport *report = NULL;
    Path folder = in_scratch("only\xfe"), other = in_scratch("env\xfd"), missing = in_scratch("none\xfc"), file, second;
    make_folder("only\xfe");
    make_folder("env\xfd");
    file = copy_plugin("template", "only\xfe/a.so", "a", "1.0.0");
    second = copy_plugin("template", "env\xfd/b.so", "b", "1.0.0");
    SURE(setenv("LIBVM_PLUGIN_PATH", other.text, 1) == 0);
    CHECK_OK(VM_PluginRegistryAddSearchDirectory(registry, folder.text, &error));
    CHECK_OK(VM_PluginRegistryAddSearchDirectory(registry, missing.text, &error));
    CHECK_OK(VM_PluginLoadWithDefaultPaths(registry, &report, &error));
    CHECK(find_line(report, file.text)->loaded);
    CHECK(find_line(report, second.text)->loaded);
    CHECK(!find_line(report, missing.text)->loaded);
    SURE(unsetenv("LIBVM_PLUGIN_PATH") == 0);
    VM_PluginReportDelete(report);
    VM_PluginRegistryDelete(registry);
}

/* Modules, configurations, lock files, state files and the files of WASI. */
static void of_files(VM_Engine *engine)
{
    Path missing = in_scratch(FOLDER "/missing\xff"), nowhere = in_scratch("nowhere\xff/file");
    VM_PluginRegistry *registry = new_registry();
    VM_Context *context = new_context(engine);
    VM_Module *module = NULL;
    VM_Config *config = NULL;
    CHECK_STATUS(VM_ModuleLoadFromFile(engine, missing.text, &module, &error), VM_STATUS_FILE_NOT_FOUND, "missing\xef\xbf\xbd");
    CHECK_TEXT(VM_ErrorGetPath(error), missing.text);
    CHECK_STATUS(VM_ContextRunWasmFromFile(context, missing.text, "f", NO_VALUES, NO_VALUES, &error), VM_STATUS_FILE_NOT_FOUND, NULL);
    CHECK_TEXT(VM_ErrorGetPath(error), missing.text);
    CHECK_STATUS(VM_ConfigLoadFromFile(missing.text, &config, &error), VM_STATUS_FILE_NOT_FOUND, NULL);
    CHECK_TEXT(VM_ErrorGetPath(error), missing.text);
    CHECK_STATUS(VM_PluginRegistrySetLock(registry, missing.text, &error), VM_STATUS_FILE_NOT_FOUND, NULL);
    CHECK_TEXT(VM_ErrorGetPath(error), missing.text);
    CHECK_STATUS(VM_PluginRegistryWriteLock(registry, nowhere.text, &error), VM_STATUS_FILE_NOT_FOUND, NULL);
    CHECK_TEXT(VM_ErrorGetPath(error), nowhere.text);
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(registry);
}

static void of_wasi(void)
{
    Path missing = in_scratch(FOLDER "/missing\xff");
    VM_Wasi *wasi = NULL;
    NEED(VM_WasiCreate(&wasi, &error));
    CHECK_OK(VM_WasiAddDirectory(wasi, in_scratch(FOLDER).text, "/d", VM_WASI_READ, &error));
    CHECK_STATUS(VM_WasiAddDirectory(wasi, missing.text, "/e", VM_WASI_READ, &error), VM_STATUS_FILE_NOT_FOUND, NULL);
    CHECK_TEXT(VM_ErrorGetPath(error), missing.text);
    CHECK_STATUS(VM_WasiSetInputFile(wasi, missing.text, &error), VM_STATUS_FILE_NOT_FOUND, NULL);
    CHECK_TEXT(VM_ErrorGetPath(error), missing.text);
    VM_WasiDelete(wasi);
}

int main(void)
{
    VM_Engine *engine = new_engine();
    make_scratch();
    make_folder(FOLDER);
    of_plugins();
    of_directories();
    of_files(engine);
    of_wasi();
    VM_EngineDelete(engine);
    return finish();
}
