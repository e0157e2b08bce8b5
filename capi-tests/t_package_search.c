/* Installed packages in a search: only the active version is a candidate, whatever its number. */
#include "packages.h"

/* The directory of all packages, of one, its link, and a directory in which packages are beside files. */
static void only_the_active_version(void)
{
    VM_PluginRegistry *registry = new_registry();
    VM_PluginReport *report = NULL;
    const VM_PluginReportLine *line;
    Path old = lay_out("packages", "calc", "1.0.0"), new = lay_out("packages", "calc", "1.2.0");
    Path root = in_scratch("packages"), package = in_scratch("packages/calc"), link = in_scratch("packages/calc/active");

    CHECK_TEXT(loaded_version(root.text), "");
    link_active("packages", "calc", "1.2.0");
    CHECK_TEXT(loaded_version(root.text), "1.2.0");
    link_active("packages", "calc", "1.0.0");
    CHECK_TEXT(loaded_version(root.text), "1.0.0");
    CHECK_TEXT(loaded_version(package.text), "1.0.0");
    CHECK_TEXT(loaded_version(link.text), "1.0.0");
    CHECK_TEXT(loaded_version(scratch_folder.text), "1.0.0");
    /* A version that is named is loaded. */
    CHECK_TEXT(loaded_version(new.text), "1.2.0");
    CHECK_TEXT(loaded_version(join(new.text, "calc.so").text), "1.2.0");

    CHECK_OK(VM_PluginLoadFromPath(registry, root.text, &report, &error));
    CHECK_INT(VM_PluginReportGetCount(report), 2);
    line = find_line(report, join(old.text, "calc.so").text);
    CHECK(line->loaded);
    CHECK_TEXT(line->message, "loaded from the package `calc` 1.0.0");
    line = find_line(report, new.text);
    CHECK_INT(line->status, VM_STATUS_OK);
    CHECK_TEXT(line->message, "installed, and not the active version of its package");
    VM_PluginReportDelete(report);
    VM_PluginRegistryDelete(registry);
}

/* Other libraries of a version, in its folders too, are no candidates; the name of a build for several platforms is one. */
static void only_its_library(void)
{
    char file[100] = "many/calc/1.0.0/calc.so", build[600];
    Path directory = lay_out("many", "calc", "1.0.0");
#ifdef __x86_64__
    const char *arch = "x86_64";
#elif defined(__aarch64__)
    const char *arch = "aarch64";
#else
    const char *arch = "other";
#endif
    link_active("many", "calc", "1.0.0");
    make_directory(join(directory.text, "calc").text);
    copy_plugin("template", "many/calc/1.0.0/calc/helper.so", "helper", "1.0.0");
    copy_plugin("template", "many/calc/1.0.0/other.so", "other", "1.0.0");
    CHECK_TEXT(loaded_version(in_scratch("many").text), "1.0.0");
    snprintf(build, sizeof build, "%s/calc-linux-%s.so", directory.text, arch);
    SURE(rename(in_scratch(file).text, build) == 0);
    CHECK_TEXT(loaded_version(in_scratch("many").text), strcmp(arch, "other") == 0 ? "" : "1.0.0");
}

static void fails(VM_Status status, const char *part)
{
    VM_PluginRegistry *registry = new_registry();
    CHECK_STATUS(VM_PluginLoadFromPath(registry, in_scratch("bad").text, NULL, &error), status, part);
    CHECK_INT(VM_PluginRegistryGetCount(registry), 0);
    VM_PluginRegistryDelete(registry);
}

static void damaged_packages(void)
{
    static const char other[] = "# libvm package 1: calc 2.0.0\n";
    Path directory = lay_out("bad", "calc", "1.0.0"), record = join(directory.text, ".libvm-package");
    VM_PluginRegistry *registry = new_registry();
    VM_PluginReport *report = NULL;
    /* A link that leads nowhere, or out of the package: no version is active. */
    link_active("bad", "calc", "9.9.9");
    CHECK_TEXT(loaded_version(in_scratch("bad").text), "");
    NEED(VM_PluginLoadFromPath(registry, in_scratch("bad").text, &report, &error));
    CHECK_TEXT(find_line(report, directory.text)->message,
               "installed, but no version of its package is active; make one active with VM_PackageDirectoryUse");
    VM_PluginReportDelete(report);
    VM_PluginRegistryDelete(registry);
    link_active("bad", "calc", "../calc/1.0.0");
    CHECK_TEXT(loaded_version(in_scratch("bad").text), "");
    link_active("bad", "calc", "1.0.0");
    write_content("bad/calc/1.0.0/.libvm-package", "something", 9);
    fails(VM_STATUS_BAD_PACKAGE, "/.libvm-package of a package is damaged; install the package again");
    write_content("bad/calc/1.0.0/.libvm-package", other, sizeof other - 1);
    fails(VM_STATUS_BAD_PACKAGE, "is not the plug-in of the package `calc` 2.0.0; install it again");
    lay_out("bad", "calc", "1.0.0");
    SURE(remove(join(directory.text, "calc.so").text) == 0);
    fails(VM_STATUS_BAD_PACKAGE, "the package `calc` 1.0.0 has no library for this machine, as in ");
    SURE(remove(record.text) == 0);
    CHECK_TEXT(loaded_version(in_scratch("bad").text), "");
}

/* A newer version without its record is none, and neither is a library beside the versions. */
static void versions_without_a_record(void)
{
    Path newer;
    VM_PluginRegistry *registry = new_registry();
    VM_PluginReport *report = NULL;
    lay_out("lost", "calc", "1.0.0");
    newer = lay_out("lost", "calc", "1.1.0");
    link_active("lost", "calc", "1.0.0");
    SURE(remove(join(newer.text, ".libvm-package").text) == 0);
    write_content("lost/calc/calc.so", "x", 1);
    CHECK_TEXT(loaded_version(in_scratch("lost").text), "1.0.0");
    NEED(VM_PluginLoadFromPath(registry, in_scratch("lost").text, &report, &error));
    CHECK_TEXT(find_line(report, newer.text)->message, "in the directory of a package, and not an installed version; it is ignored");
    CHECK_TEXT(find_line(report, in_scratch("lost/calc/calc.so").text)->message,
               "in the directory of a package, and not in an installed version; it is ignored");
    VM_PluginReportDelete(report);
    VM_PluginRegistryDelete(registry);
}

/* Default paths search packages last: those of the user, or of the registry, or of the configuration. */
static void default_paths(void)
{
    static const char text[] = "package-directory = 'configured'\n";
    VM_PluginRegistry *registry = new_registry();
    VM_PluginReport *report = NULL;
    VM_Config *config = NULL;
    Path user;
    make_directory(in_scratch("data").text);
    make_directory(in_scratch("data/libvm").text);
    user = lay_out("data/libvm/packages", "ofuser", "1.0.0");
    link_active("data/libvm/packages", "ofuser", "1.0.0");
    lay_out("own", "ofregistry", "1.0.0");
    link_active("own", "ofregistry", "1.0.0");
    lay_out("configured", "ofconfig", "1.0.0");
    link_active("configured", "ofconfig", "1.0.0");

    NEED(VM_PluginLoadWithDefaultPaths(registry, &report, &error));
    CHECK(find_line(report, join(user.text, "ofuser.so").text)->loaded);
    CHECK_TEXT(VM_PluginReportGetLine(report, VM_PluginReportGetCount(report) - 1)->name, "ofuser");
    VM_PluginReportDelete(report);
    CHECK_OK(VM_PluginRegistrySetPackageDirectory(registry, in_scratch("own").text, &error));
    NEED(VM_PluginLoadWithDefaultPaths(registry, &report, &error));
    CHECK_TEXT(VM_PluginReportGetLine(report, VM_PluginReportGetCount(report) - 1)->name, "ofregistry");
    VM_PluginReportDelete(report);
    CHECK_OK(VM_PluginRegistrySetPackageDirectory(registry, in_scratch("nowhere").text, &error));
    NEED(VM_PluginLoadWithDefaultPaths(registry, &report, &error));
    CHECK_TEXT(find_line(report, in_scratch("nowhere").text)->message, "no such directory (packages of the registry)");
    VM_PluginReportDelete(report);
    CHECK_STATUS(VM_PluginRegistrySetPackageDirectory(registry, "", &error), VM_STATUS_INVALID_ARGUMENT, "not a valid path");

    NEED(VM_ConfigLoadFromFile(write_content("app.toml", text, sizeof text - 1).text, &config, &error));
    NEED(VM_ConfigApplyToPluginRegistry(config, registry, NULL, &error));
    VM_ConfigDelete(config);
    NEED(VM_PluginLoadWithDefaultPaths(registry, &report, &error));
    CHECK_TEXT(VM_PluginReportGetLine(report, VM_PluginReportGetCount(report) - 1)->name, "ofconfig");
    VM_PluginReportDelete(report);
    CHECK_INT(VM_PluginRegistryGetCount(registry), 3);
    VM_PluginRegistryDelete(registry);
}

int main(void)
{
    make_scratch();
    only_the_active_version();
    only_its_library();
    damaged_packages();
    versions_without_a_record();
    default_paths();
    return finish();
}
