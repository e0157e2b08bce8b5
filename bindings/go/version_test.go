package libvm_test

import (
	"libvm"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// A library of another version is refused in one line, in a process that has one.
func TestALibraryOfAnotherVersion(t *testing.T) {
	if os.Getenv("LIBVM_TEST_OTHER_VERSION") != "" {
		_, err := libvm.NewEngine(nil)
		fails(t, err, libvm.StatusUnsupported, "the library is libvm 0.5.9, and this program was built for libvm 0.7.", "libvm0.7", "libvm-dev")
		if strings.Contains(err.Error(), "\n") {
			t.Fatal("the message has several lines")
		}
		return
	}
	if libvm.Version() == "" || runtime.GOOS != "linux" {
		t.Skip("the loader of this system has no LD_PRELOAD")
	}
	folder := t.TempDir()
	source, stub := filepath.Join(folder, "stub.c"), filepath.Join(folder, "stub.so")
	text := "unsigned VM_VersionGetNumber(void) { return 5009; } const char *VM_VersionGetString(void) { return \"0.5.9\"; }"
	must(t, os.WriteFile(source, []byte(text), 0o600))
	if output, err := exec.Command("cc", "-shared", "-fPIC", "-o", stub, source).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	child := exec.Command(os.Args[0], "-test.run=^TestALibraryOfAnotherVersion$", "-test.v")
	child.Env = append(os.Environ(), "LIBVM_TEST_OTHER_VERSION=1", "LD_PRELOAD="+stub)
	output, err := child.CombinedOutput()
	if err != nil || !strings.Contains(string(output), "--- PASS") {
		t.Fatalf("%v: %s", err, output)
	}
}

// A missing library or header is told in a line that names the package to install, or that the guide explains.
func TestWhatIsMissingIsTold(t *testing.T) {
	guide := read(t, "../../docs/go.md")
	folder := t.TempDir()
	script := filepath.Join(folder, "pkg-config")
	build := func(pkgConfig string, environment ...string) string {
		t.Helper()
		child := exec.Command(filepath.Join(runtime.GOROOT(), "bin", "go"), "build", "-o", os.DevNull, "libvm")
		child.Env = append(os.Environ(), append(environment, "PKG_CONFIG="+pkgConfig, "CGO_CFLAGS=-O0", "GOFLAGS=")...)
		output, err := child.CombinedOutput()
		if err == nil {
			t.Fatal("it was built")
		}
		return string(output)
	}
	names := func(output, line string) {
		t.Helper()
		for _, each := range strings.Split(output, "\n") {
			if strings.Contains(each, line) && (strings.Contains(each, "libvm-dev") || strings.Contains(guide, line)) {
				return
			}
		}
		t.Errorf("no line of the output says %q and names libvm-dev, or is in the guide:\n%s", line, output)
	}
	names(build("pkg-config", "PKG_CONFIG_PATH=", "PKG_CONFIG_LIBDIR="+folder), "Package libvm was not found in the pkg-config search path")
	if _, err := os.Stat("/usr/include/libvm.h"); err != nil {
		must(t, os.WriteFile(script, []byte("#!/bin/sh\n"), 0o700))
		names(build(script), "libvm.h is missing: install libvm")
	}
	must(t, os.WriteFile(filepath.Join(folder, "libvm.h"), []byte("#define VM_VERSION_MAJOR 0\n#define VM_VERSION_MINOR 5\n"), 0o600))
	must(t, os.WriteFile(script, []byte("#!/bin/sh\ntest \"$1\" = --libs || echo -I"+folder+"\n"), 0o700))
	names(build(script), "libvm.h is not of version 0.7")
}
