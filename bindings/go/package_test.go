package libvm_test

import (
	"libvm"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func copyFile(t testing.TB, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	must(t, err)
	must(t, os.WriteFile(to, data, 0o600))
}

// built makes a package of one of the test plug-ins, with a file.
func built(t testing.TB, library, name, content string) string {
	t.Helper()
	folder := t.TempDir()
	copyFile(t, plugin(t, library), filepath.Join(folder, name+".so"))
	must(t, os.WriteFile(filepath.Join(folder, "README"), []byte(content), 0o600))
	output := filepath.Join(t.TempDir(), name+".zip")
	must(t, libvm.BuildPackage(folder, output))
	return output
}

func TestPackages(t *testing.T) {
	first, second := built(t, "versioned", "versioned", "one"), built(t, "versioned_2", "versioned", "two")
	inspected, err := libvm.InspectPackage(first)
	must(t, err)
	if inspected.Name != "versioned" || inspected.Version != "1.0.0" || inspected.Status != libvm.StatusOK || !inspected.HasHashes ||
		inspected.HasSignature || len(inspected.Libraries) != 1 || !inspected.Libraries[0].ForThisMachine ||
		len(inspected.Permissions) != 1 || inspected.Permissions[0] != "test:guarded" {
		t.Fatalf("%+v", inspected)
	}
	sizes := map[string]uint64{}
	for _, file := range inspected.Files {
		sizes[file.Name] = file.Bytes
	}
	if sizes["README"] != 3 || sizes["versioned.so"] == 0 {
		t.Fatal(sizes)
	}
	plugins := libvm.NewPluginRegistry()
	defer plugins.Close()
	must(t, libvm.VerifyPackage(nil, first, nil))
	must(t, plugins.AllowOnly("other"))
	fails(t, libvm.VerifyPackage(plugins, first, nil), libvm.StatusPluginNotAllowed)

	place := filepath.Join(t.TempDir(), "packages")
	directory, err := libvm.OpenPackageDirectory(place, nil)
	must(t, err)
	defer directory.Close()
	if directory.Path() != place {
		t.Fatal(directory.Path())
	}
	fails(t, directory.Update(first, libvm.PackageInstall{}), libvm.StatusPackageNotFound)
	var reported []libvm.PackageProgress
	progress := func(progress libvm.PackageProgress) bool { reported = append(reported, progress); return true }
	must(t, directory.Install(first, libvm.PackageInstall{Progress: progress}))
	if last := reported[len(reported)-1]; last.Stage != libvm.PackageUnpack || last.Done != last.Total || last.Entry == "" {
		t.Fatalf("%+v", reported)
	}
	must(t, directory.Update(second, libvm.PackageInstall{Inactive: true}))
	list, err := directory.List()
	if err != nil || len(list) != 2 || list[0].Version != "1.0.0" || !list[0].Active || list[1].Active || list[1].Status != libvm.StatusOK {
		t.Fatalf("%+v, %v", list, err)
	}
	described, err := directory.Describe("versioned", "")
	if err != nil || described.Version != "1.0.0" || described.Path != list[0].Path {
		t.Fatalf("%+v, %v", described, err)
	}
	must(t, directory.Use("versioned", "2.0.0"))
	fails(t, directory.Install(first, libvm.PackageInstall{Inactive: false}), libvm.StatusPluginSuperseded)
	must(t, directory.Install(first, libvm.PackageInstall{Downgrade: true}))
	must(t, directory.Verify("", "", nil))

	// Load calls find it.
	plugins = libvm.NewPluginRegistry()
	defer plugins.Close()
	must(t, plugins.SetPackageDirectory(place))
	t.Setenv("LIBVM_PLUGIN_PATH", t.TempDir())
	if _, err := plugins.LoadWithDefaultPaths(); err != nil {
		t.Fatal(err)
	}
	if found, err := plugins.Find("versioned"); err != nil || found.Version != "1.0.0" {
		t.Fatal(found, err)
	}

	must(t, os.WriteFile(filepath.Join(list[1].Path, "README"), []byte("no!"), 0o600))
	fails(t, directory.Verify("versioned", "2.0.0", progress), libvm.StatusBadPackage, "README")
	must(t, directory.Remove("versioned", "1.0.0", "2.0.0"))
	must(t, directory.Remove("versioned", "", ""))
	if list, err := directory.List(); err != nil || len(list) != 0 {
		t.Fatal(list, err)
	}
	_, err = directory.Describe("versioned", "")
	fails(t, err, libvm.StatusPackageNotFound)
	directory.Close()
	fails(t, directory.Use("versioned", "1.0.0"), libvm.StatusStale)
}

func TestProgressEndsACall(t *testing.T) {
	archive := built(t, "calc", "calc", "x")
	directory, err := libvm.OpenPackageDirectory(filepath.Join(t.TempDir(), "packages"), nil)
	must(t, err)
	defer directory.Close()
	fails(t, directory.Install(archive, libvm.PackageInstall{Progress: func(libvm.PackageProgress) bool { return false }}), libvm.StatusCancelled)
	fails(t, libvm.VerifyPackage(nil, archive, func(libvm.PackageProgress) bool { return false }), libvm.StatusCancelled)
	func() {
		defer func() {
			if panicked := recover(); panicked != "enough" {
				t.Fatal(panicked)
			}
		}()
		t.Fatal(directory.Install(archive, libvm.PackageInstall{Progress: func(libvm.PackageProgress) bool { panic("enough") }}))
	}()
	if list, err := directory.List(); err != nil || len(list) != 0 {
		t.Fatal(list, err)
	}
	must(t, os.WriteFile(archive, []byte("PK"), 0o600))
	_, err = libvm.InspectPackage(archive)
	fails(t, err, libvm.StatusBadPackage)
	fails(t, libvm.BuildPackage(t.TempDir(), archive), libvm.StatusBadPackage)
}

func TestInspectionOfPlugins(t *testing.T) {
	found, err := libvm.InspectPlugin(plugin(t, "versioned_2"))
	must(t, err)
	if found.Status != libvm.StatusOK || found.Name != "versioned" || found.Version != "2.0.0" || found.AbiMajor != 0 ||
		found.AbiMinorBuilt == 0 || found.Flags != 1 || len(found.Permissions) != 1 || !strings.Contains(found.Platform, "Linux") {
		t.Fatalf("%+v", found)
	}
	found, err = libvm.InspectPlugin(plugin(t, "needy"))
	if err != nil || len(found.Dependencies) == 0 || found.Dependencies[0].Name == "" {
		t.Fatalf("%+v, %v", found, err)
	}
	if found, err = libvm.InspectPlugin(plugin(t, "permissions")); err != nil || len(found.Modules) == 0 {
		t.Fatalf("%+v, %v", found, err)
	}
	if found, err = libvm.InspectPlugin(plugin(t, "wrong_magic")); err != nil || found.Status != libvm.StatusPluginBadManifest || found.Message == "" {
		t.Fatalf("%+v, %v", found, err)
	}
	_, err = libvm.InspectPlugin("/nowhere/x.so")
	fails(t, err, libvm.StatusPluginNotFound, "/nowhere/x.so")
}

func TestModulesBringPlugins(t *testing.T) {
	folder := t.TempDir()
	copyFile(t, plugin(t, "calc"), filepath.Join(folder, "calc.so"))
	copyFile(t, plugin(t, "named"), filepath.Join(folder, "named.so"))
	t.Setenv("LIBVM_PLUGIN_PATH", folder)
	plugins := libvm.NewPluginRegistry()
	defer plugins.Close()
	must(t, plugins.SetIndexFile(filepath.Join(folder, "index")))
	vm := newContext(t)
	text := `(module (import "calc" "add" (func $add (param i32 i32) (result i32))) (import "env" "log" (func))
		(func (export "run") (result i32) (call $add (i32.const 20) (i32.const 22))))`
	module, err := vm.Engine().LoadModule(guest(t, text))
	must(t, err)
	if report, err := plugins.LoadForModule(module); err != nil || len(report) != 0 { // it is not allowed
		t.Fatal(report, err)
	}
	must(t, plugins.SetModulePlugins(libvm.ModulePluginsImports))
	must(t, vm.SetModulePlugins(plugins))
	must(t, vm.Function("env", "lag", func() {}))
	found, err := vm.ExamineModule(module)
	must(t, err)
	if len(found.Imports) != 2 || found.Imports[1].State != libvm.ImportMissing || found.Imports[1].Nearest != "lag" || found.Imports[0].Name != "add" ||
		(found.Imports[0].State != libvm.ImportUnknown && found.Imports[0].State != libvm.ImportLoadable) {
		t.Fatalf("%+v", found)
	}
	report, err := plugins.LoadForModule(module)
	if err != nil || len(report) != 2 || !report[0].Loaded || !strings.Contains(report[0].Message, "the module imports `add` of `calc`") {
		t.Fatalf("%+v, %v", report, err)
	}
	if found, err = plugins.ExamineModule(module); err != nil || found.Imports[0].Provider != libvm.ProviderPlugin || found.Imports[0].Plugin != "calc" {
		t.Fatalf("%+v, %v", found, err)
	}
	must(t, vm.Function("env", "log", func() {}))
	must(t, plugins.PrepareModule(module))
	instance, err := vm.Instantiate(module)
	must(t, err)
	call(t, instance, "run", nil, int32(42))
	offers, err := vm.ListImports()
	must(t, err)
	var names []string
	for _, offer := range offers {
		names = append(names, offer.Module+"."+offer.Name+" "+offer.Func.String()+" "+offer.Plugin)
	}
	if list := strings.Join(names, ", "); !strings.Contains(list, "env.lag () -> () ,") || !strings.Contains(list, "calc.add (i32, i32) -> (i32) calc") {
		t.Fatal(list)
	}
	must(t, vm.SetModulePlugins(nil))
	_, err = plugins.LoadForModule(nil)
	fails(t, err, libvm.StatusNullArgument)
}

func TestDeclaredPlugins(t *testing.T) {
	vm := newContext(t)
	plugins := libvm.NewPluginRegistry()
	defer plugins.Close()
	module, err := vm.Engine().LoadModule(guest(t, `(module (@custom "libvm.plugins" "\0d\00\00\00\07\00nothing\00\00\00\00"))`))
	must(t, err)
	found, err := plugins.ExamineModule(module)
	must(t, err)
	if len(found.Plugins) != 1 || found.Plugins[0].Name != "nothing" || found.Plugins[0].Loaded || found.Plugins[0].Status == libvm.StatusOK {
		t.Fatalf("%+v", found)
	}
}

func TestUpdatesOfPlugins(t *testing.T) {
	plugins := libvm.NewPluginRegistry()
	defer plugins.Close()
	_, err := plugins.LoadFromPath(plugin(t, "versioned"))
	must(t, err)
	vm, err := newEngine(t, nil).NewContextWith(&libvm.ContextConfig{Statistics: true})
	must(t, err)
	defer vm.Close()
	must(t, vm.RegisterPlugins(plugins))
	instance := instantiate(t, vm, `(module (import "versioned" "count" (func $count (result i32))) (func (export "count") (result i32) (call $count)))`)
	call(t, instance, "count", nil, int32(1))
	_, err = plugins.LoadFromPath(plugin(t, "versioned_2"))
	fails(t, err, libvm.StatusAlreadyExists, "or update to it")
	report, err := plugins.UpdateFromPath(plugin(t, "versioned_2"))
	if err != nil || report[0].Message != "loaded, replacing version 1.0.0" {
		t.Fatalf("%+v, %v", report, err)
	}
	call(t, instance, "count", nil, int32(2))
	found, err := plugins.Find("versioned")
	must(t, err)
	must(t, vm.UpdatePlugin(found))
	call(t, instance, "count", nil, int32(4))
	if found.AbiMinor == 0 || found.Version != "2.0.0" {
		t.Fatalf("%+v", found)
	}
	statistics, err := vm.PluginStatistics("versioned")
	if err != nil || statistics.Calls != 3 || statistics.Failures != 0 || statistics.Time <= 0 {
		t.Fatalf("%+v, %v", statistics, err)
	}
	_, err = vm.PluginStatistics("nothing")
	fails(t, err, libvm.StatusPluginNotFound)
	fails(t, vm.UpdatePlugin(nil), libvm.StatusNullArgument)
	plugins.Close()
	_, err = plugins.UpdateFromPath("x")
	fails(t, err, libvm.StatusStale)
}

func TestFilesOfRegistries(t *testing.T) {
	folder := t.TempDir()
	file, lock := filepath.Join(folder, "calc.so"), filepath.Join(folder, "lock.toml")
	copyFile(t, plugin(t, "calc"), file)
	plugins := libvm.NewPluginRegistry()
	defer plugins.Close()
	_, err := plugins.LoadFromPath(file)
	must(t, err)
	must(t, plugins.WriteLock(lock))
	must(t, plugins.SetDataDirectory(libvm.DirectoryData, filepath.Join(folder, "data")))
	must(t, plugins.SetDataDirectory(libvm.DirectoryCache, ""))
	fails(t, plugins.SetDataDirectory(1, folder), libvm.StatusInvalidArgument)

	locked := libvm.NewPluginRegistry()
	defer locked.Close()
	must(t, locked.SetLock(lock))
	_, err = locked.LoadFromPath(plugin(t, "named"))
	fails(t, err, libvm.StatusPluginNotAllowed, "it is not in the lock file")
	_, err = locked.LoadFromPath(file)
	must(t, err)

	must(t, os.Chmod(file, 0o666))
	open := libvm.NewPluginRegistry()
	defer open.Close()
	must(t, open.AddTrustedGroup(12345))
	_, err = open.LoadFromPath(file)
	fails(t, err, libvm.StatusUntrustedPath)
	must(t, open.SetFileChecks(false))
	_, err = open.LoadFromPath(file)
	must(t, err)
}

func TestConfigurationFiles(t *testing.T) {
	folder := t.TempDir()
	copyFile(t, plugin(t, "calc"), filepath.Join(folder, "calc.so"))
	file := filepath.Join(folder, "libvm.toml")
	must(t, os.WriteFile(file, []byte("plugin-directory = \".\"\n[plugins]\norder = [\"clac\"]\n[limits]\nmemory-bytes = 65536\n"), 0o600))
	t.Setenv("LIBVM_PLUGIN_PATH", t.TempDir())
	config, err := libvm.LoadConfigFromFile(file)
	must(t, err)
	defer config.Close()
	plugins := libvm.NewPluginRegistry()
	defer plugins.Close()
	must(t, plugins.SetPackageDirectory(filepath.Join(folder, "packages")))
	report, err := plugins.ApplyConfig(config)
	if err != nil || len(report) != 1 || report[0].Status != libvm.StatusPluginNotFound || !strings.Contains(report[0].Message, "calc") {
		t.Fatalf("%+v, %v", report, err)
	}
	_, err = plugins.LoadWithDefaultPaths()
	must(t, err)
	if _, err := plugins.Find("calc"); err != nil {
		t.Fatal(err)
	}
	engine := newEngine(t, &libvm.EngineConfig{File: config})
	for limit, expected := range map[uint64]int32{0: -1, 1 << 20: 1} {
		vm, err := engine.NewContextWith(&libvm.ContextConfig{File: config, MemoryLimit: limit})
		must(t, err)
		defer vm.Close()
		instance := instantiate(t, vm, `(module (memory 1) (func (export "grow") (result i32) (memory.grow (i32.const 1))))`)
		call(t, instance, "grow", nil, expected)
	}
	_, err = libvm.LoadConfig([]byte("a = ["), folder)
	fails(t, err, libvm.StatusBadConfig, "configuration:1:")
	empty, err := libvm.LoadConfig(nil, "")
	must(t, err)
	empty.Close()
	_, err = plugins.ApplyConfig(empty)
	fails(t, err, libvm.StatusStale)
	_, err = plugins.ApplyConfig(nil)
	fails(t, err, libvm.StatusNullArgument)
	_, err = libvm.LoadConfigFromFile(file + "x")
	fails(t, err, libvm.StatusFileNotFound)
}
