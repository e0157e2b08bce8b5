/* Registries of plug-ins, options, permissions, configurations, inspections, packages. */
#include "test.hpp"

#include <filesystem>
#include <fstream>

namespace files = std::filesystem;

static void loads(vm::Engine &engine)
{
    vm::PluginRegistry plugins;
    plugins.set_file_checks(false);
    plugins.declare_hook_point("mail.accept", "a mail arrives");
    CHECK_THROWS(plugins.declare_hook_point("libvm.mine", ""), VM_STATUS_INVALID_ARGUMENT, "");
    CHECK_THROWS(plugins.load_from_path("/missing.so"), VM_STATUS_PLUGIN_NOT_FOUND, "/missing.so");
    vm::PluginReport report;
    CHECK_THROWS(plugins.load_from_path(PLUGIN("no_manifest"), report), VM_STATUS_PLUGIN_NO_MANIFEST, "");
    CHECK_EQUAL(report.lines().size(), 1u);
    CHECK_EQUAL(report.lines()[0]->status, VM_STATUS_PLUGIN_NO_MANIFEST);
    CHECK_EQUAL(plugins.load_from_path(files::path(PLUGIN("calc"))).lines()[0]->loaded, true);
    CHECK_EQUAL(plugins.count(), 1u);
    vm::LoadedPlugin calc = plugins.find("calc");
    CHECK_EQUAL(calc.name(), "calc");
    CHECK_EQUAL(calc.version(), plugins.plugin(0).version());
    CHECK(!calc.description().empty());
    CHECK_EQUAL(calc.path(), PLUGIN("calc"));
    CHECK_EQUAL(calc.license(), "");
    CHECK(calc.modules().size() == 1 && calc.modules()[0] == "calc");
    CHECK_EQUAL(std::string(calc.functions(0)[0]->name), "add");
    CHECK(calc.functions(7).empty() && calc.hooks().empty() && calc.sources().empty() && calc.sinks().empty() && calc.permissions().empty());
    CHECK(!calc.source_option(0, 0) && !calc.sink_option(0, 0) && !calc.extension("libvm.none/1"));
    CHECK(calc.abi_minor() <= 100 && calc.options().empty() && calc.module_description(0).data());
    CHECK_THROWS(plugins.find("clac"), VM_STATUS_PLUGIN_NOT_FOUND, "clac");
    CHECK_THROWS(plugins.plugin(7), VM_STATUS_NOT_FOUND, "");

    vm::Context context(engine);
    context.register_plugin(calc);
    calc.close();
    CHECK_EQUAL(context.imports().items()[0]->provider, VM_PROVIDER_PLUGIN);
    context.module("host").function("print", [](int32_t) {});
    CHECK_EQUAL((context.run<int32_t>(LIBVM_TEST_DATA "/../cpp/app.wasm", "sum", 20, 22)), 42);

    plugins.allow_only({ "counter" });
    CHECK_THROWS(plugins.load_from_path(PLUGIN("options")), VM_STATUS_PLUGIN_NOT_ALLOWED, "options");
    plugins.set_policy(VM_PLUGIN_POLICY_ANY);
    plugins.add_search_directory(LIBVM_TEST_PLUGINS);
    plugins.set_module_plugins(VM_MODULE_PLUGINS_IMPORTS);
    vm::Module module(engine, GUEST("options"));
    CHECK(!plugins.examine_module(module).items().empty());
    CHECK(!plugins.load_for_module(module).lines().empty());
    CHECK_EQUAL(plugins.find("options").options().size(), 5u);
    plugins.prepare_module(module);
}

static std::string said(vm::Context &context, vm::Engine &engine)
{
    vm::Instance instance = context.instantiate(vm::Module(engine, GUEST("options")));
    int32_t size = instance.call<int32_t>("said");
    return instance.memory().read_text(0, static_cast<uint64_t>(size));
}

static void has_options(vm::Engine &engine)
{
    vm::PluginRegistry plugins;
    plugins.load_from_path(PLUGIN("options"));
    vm::Context context(engine);
    context.set_plugin_option("options", "fast", false);
    context.set_plugin_option("options", "level", 3);
    context.set_plugin_option("options", "ratio", 2.5);
    context.set_plugin_option("options", "mode", "high");
    context.set_plugin_option("options", "tags", std::vector<std::string>{ "a", "b" });
    context.register_plugins(plugins);
    CHECK_EQUAL(said(context, engine), "slow 3 2.50 high a b");
    vm::Context other(engine);
    other.set_plugin_option("options", "level", std::string("77"));
    CHECK_THROWS(other.register_plugins(plugins), VM_STATUS_PLUGIN_OPTION, "from 1 to 6");

    vm::Config config = vm::Config::load_from_buffer("plugin-directory = \"plugins\"\n[limits]\ninstances = 1\n"
                                                     "[plugin.options.options]\nlevel = 5\n[plugin.missing]\n", "/");
    vm::ContextConfig limited;
    limited.apply(config);
    vm::EngineConfig same;
    same.apply(config);
    CHECK_EQUAL(plugins.apply(config).lines().size(), 1u); // the one that is missing
    vm::Context configured(engine, limited);
    configured.register_plugins(plugins);
    CHECK_EQUAL(said(configured, engine), "fast 5 0.50 low one two");
    CHECK_THROWS(said(configured, engine), VM_STATUS_LIMIT, "");
    CHECK_THROWS(vm::Config::load_from_buffer("xyzzy = 1"), VM_STATUS_BAD_CONFIG, "xyzzy");
    CHECK_THROWS(vm::Config("/missing.toml"), VM_STATUS_FILE_NOT_FOUND, "/missing.toml");
}

static void has_permissions(vm::Engine &engine, const files::path &scratch)
{
    vm::PluginRegistry plugins;
    vm::Loop loop;
    plugins.set_loop(loop);
    plugins.set_state_file(scratch / "state");
    plugins.set_data_directory(VM_DIRECTORY_DATA, scratch / "data");
    plugins.set_index_file(scratch / "index");
    plugins.load_from_path(PLUGIN("permissions"));
    CHECK_EQUAL(plugins.find("permissions").permissions().size(), 3u);
    plugins.write_lock(scratch / "lock");
    vm::PluginRegistry locked;
    locked.set_lock(scratch / "lock");
    locked.load_from_path(PLUGIN("permissions"));
    CHECK_THROWS(locked.load_from_path(PLUGIN("calc")), VM_STATUS_PLUGIN_NOT_ALLOWED, "");
    CHECK_THROWS(locked.add_key("?"), VM_STATUS_INVALID_ARGUMENT, "");
    locked.add_trusted_group(7);
    plugins.grant_permission("permissions", "fs:write");
    vm::Context other(engine);
    other.grant_permission("permissions", "net:all");
    CHECK_THROWS(other.register_plugins(plugins), VM_STATUS_PLUGIN_PERMISSION, "net:all");
    vm::Context context(engine);
    context.grant_permission("permissions", "fs:read");
    context.register_plugins(plugins);
    context.update_plugin(plugins.find("permissions"));
    CHECK_THROWS(context.update_plugin(vm::LoadedPlugin(nullptr)), VM_STATUS_NULL_ARGUMENT, "closed or was moved from");
    context.set_module_plugins(plugins);
    CHECK_EQUAL(plugins.update_from_path(PLUGIN("permissions")).lines().size(), 1u);
}

static void inspects()
{
    vm::PluginInspection calc = vm::PluginInspection::inspect_file(PLUGIN("permissions"));
    CHECK_EQUAL(calc.status(), VM_STATUS_OK);
    CHECK_EQUAL(calc.name(), "permissions");
    CHECK(calc.version() == "1.0.0" && calc.path() == PLUGIN("permissions") && !calc.platform().empty() && calc.message().data());
    CHECK(calc.modules().size() == 1 && calc.permissions().size() == 3 && calc.dependencies().empty());
    CHECK(!calc.description().empty() && calc.license().empty() && calc.host_version().data());
    CHECK(calc.abi_major() + calc.abi_minor_built() >= calc.abi_minor_required() && calc.flags() == 0);
    CHECK_EQUAL(vm::PluginInspection::inspect_file(PLUGIN("no_manifest")).status(), VM_STATUS_PLUGIN_NO_MANIFEST);
    CHECK_THROWS(vm::PluginInspection::inspect_file("/missing.so"), VM_STATUS_PLUGIN_NOT_FOUND, "/missing.so");
}

static void installs(const files::path &scratch)
{
    const std::string archive = (scratch / "calc.zip").string();
    files::create_directory(scratch / "calc");
    files::copy_file(PLUGIN("calc"), scratch / "calc/calc.so");
    vm::build_package(scratch / "calc", archive);
    vm::verify_package(archive);
    vm::PackageInspection package = vm::PackageInspection::inspect_file(archive);
    CHECK_EQUAL(package.status(), VM_STATUS_OK);
    CHECK(package.name() == "calc" && package.path() == archive && package.message().data() && package.homepage().empty() && package.author().empty());
    CHECK(package.libraries().size() == 1 && package.files().size() >= 1 && (package.flags() & VM_PACKAGE_HAS_HASHES));
    CHECK(package.modules().empty() && package.options().empty() && package.items(VM_PACKAGE_ITEM_HOOK).empty());
    CHECK(package.permissions().empty() && package.dependencies().empty() && package.module_description(0).empty() && package.license().empty());
    CHECK(package.functions(0).empty() && !package.has_functions(0));
    CHECK(!package.version().empty() && package.description().data());

    vm::PackageDirectory directory(scratch / "packages");
    CHECK_EQUAL(directory.path(), (scratch / "packages").string());
    int reports = 0;
    directory.install(archive, 0, [&](const VM_PackageProgress &) { return reports++ >= 0; });
    CHECK(reports > 0);
    CHECK_THROWS(directory.install(archive, VM_PACKAGE_REPLACE, [](const VM_PackageProgress &) -> bool { throw 1; }), VM_STATUS_CANCELLED, "");
    vm::PackageList list = directory.list();
    CHECK_EQUAL(list.packages().size(), 1u);
    std::string version = list.packages()[0]->version;
    CHECK(list.packages()[0]->active);
    directory.update(archive);
    directory.use("calc", version);
    directory.verify("calc");
    CHECK_EQUAL(directory.describe("calc").version(), version);
    CHECK_THROWS(directory.describe("clac"), VM_STATUS_PACKAGE_NOT_FOUND, "clac");
    vm::PluginRegistry plugins;
    plugins.set_package_directory(scratch / "packages");
    CHECK_EQUAL(vm::PackageDirectory::create_default(&plugins).path(), directory.path());
    directory.remove("calc");
    CHECK(directory.list().packages().empty());
}

void test_plugins()
{
    vm::Engine engine;
    std::string name = (files::temp_directory_path() / "libvm-cpp-XXXXXX").string();
    files::path scratch = mkdtemp(&name[0]);
    loads(engine);
    has_options(engine);
    has_permissions(engine, scratch);
    inspects();
    installs(scratch);
    files::remove_all(scratch);
}
