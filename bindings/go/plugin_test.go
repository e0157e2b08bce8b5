package libvm_test

import (
	"errors"
	"libvm"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// plugin returns the file of a plug-in in C that the tests of C have built.
func plugin(t testing.TB, name string) string {
	t.Helper()
	folder := os.Getenv("LIBVM_TEST_PLUGINS")
	if folder == "" {
		t.Skip("LIBVM_TEST_PLUGINS names no directory with the plug-ins of the C tests")
	}
	return filepath.Join(folder, name+".so")
}

func TestPlugins(t *testing.T) {
	plugins := libvm.NewPluginRegistry()
	defer plugins.Close()
	report, err := plugins.LoadFromPath(plugin(t, "calc"))
	if err != nil || len(report) != 1 || !report[0].Loaded || report[0].Name != "calc" {
		t.Fatalf("%+v, %v", report, err)
	}
	found, err := plugins.Find("calc")
	if err != nil {
		t.Fatal(err)
	}
	if len(found.Modules) != 1 || found.Modules[0].Name != "calc" || found.Modules[0].Functions[0].Type.String() != "(i32, i32) -> (i32)" {
		t.Fatalf("%+v", found.Modules)
	}
	if list := plugins.Plugins(); len(list) != 1 || list[0].Version != found.Version {
		t.Fatal(list)
	}
	vm := newContext(t)
	if err := vm.RegisterPlugins(plugins); err != nil {
		t.Fatal(err)
	}
	plugins.Close()
	results, err := vm.RunWasm(guest(t, `(module (import "calc" "add" (func $add (param i32 i32) (result i32)))
		(func (export "run") (result i32) (call $add (i32.const 20) (i32.const 22))))`), "run")
	if err != nil || results[0] != int32(42) {
		t.Fatal(results, err)
	}
}

func TestPluginsThatDoNotLoad(t *testing.T) {
	plugins := libvm.NewPluginRegistry()
	defer plugins.Close()
	report, err := plugins.LoadFromPath(plugin(t, "wrong_magic"))
	if !errors.Is(err, libvm.StatusPluginBadManifest) || len(report) != 1 || report[0].Loaded || report[0].Status != libvm.StatusPluginBadManifest {
		t.Fatalf("%+v, %v", report, err)
	}
	var details *libvm.Error
	if _, err = plugins.LoadFromPath("/nowhere/x.so"); !errors.As(err, &details) || details.Path != "/nowhere/x.so" {
		t.Fatal(err)
	}
	if _, err := plugins.Find("nothing"); !errors.Is(err, libvm.StatusPluginNotFound) {
		t.Fatal(err)
	}
	if err := plugins.AllowOnly("other"); err != nil {
		t.Fatal(err)
	}
	if _, err := plugins.LoadFromPath(plugin(t, "calc")); !errors.Is(err, libvm.StatusPluginNotAllowed) {
		t.Fatal(err)
	}
}

func TestOptionsOfPlugins(t *testing.T) {
	plugins := libvm.NewPluginRegistry()
	defer plugins.Close()
	if _, err := plugins.LoadFromPath(plugin(t, "options")); err != nil {
		t.Fatal(err)
	}
	found, err := plugins.Find("options")
	if err != nil || len(found.Options) == 0 {
		t.Fatal(err)
	}
	vm := newContext(t)
	if err := vm.SetPluginOption("options", "no-such", 5); err != nil {
		t.Fatal(err)
	}
	if err := vm.RegisterPlugins(plugins); !errors.Is(err, libvm.StatusPluginOption) || !strings.Contains(err.Error(), "no-such") {
		t.Fatal(err)
	}
	if err := vm.SetPluginOption("options", "key", struct{}{}); !errors.Is(err, libvm.StatusWrongType) {
		t.Fatal(err)
	}
}
