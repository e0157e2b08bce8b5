package libvm_test

import (
	"bytes"
	"errors"
	"io"
	"libvm"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// copies its input to its output, and ends with 3; writes to the error stream first.
const cat = `(module
	(import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
	(import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
	(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
	(memory (export "memory") 2)
	(data (i32.const 32) "begin\n")
	(func (export "_start")
		(i32.store (i32.const 0) (i32.const 32)) (i32.store (i32.const 4) (i32.const 6))
		(drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 16)))
		(loop $again
			(i32.store (i32.const 0) (i32.const 1024)) (i32.store (i32.const 4) (i32.const 60000))
			(if (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 16)) (then (call $exit (i32.const 9))))
			(if (i32.load (i32.const 16)) (then
				(i32.store (i32.const 4) (i32.load (i32.const 16)))
				(if (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)) (then (call $exit (i32.const 8))))
				(br $again))))
		(call $exit (i32.const 3))))`

func run(t *testing.T, config libvm.WasiConfig) (int, error) {
	t.Helper()
	wasi, err := libvm.NewWasi(config)
	if err != nil {
		t.Fatal(err)
	}
	vm := newContext(t)
	if err := vm.RegisterWasi(wasi); err != nil {
		t.Fatal(err)
	}
	wasi.Close()
	return vm.RunWasi(guest(t, cat))
}

func TestWasiStreams(t *testing.T) {
	var out, errs bytes.Buffer
	text := strings.Repeat("0123456789", 30000)
	code, err := run(t, libvm.WasiConfig{Stdin: strings.NewReader(text), Stdout: &out, Stderr: &errs})
	if err != nil || code != 3 || out.String() != text || errs.String() != "begin\n" {
		t.Fatal(code, err, out.Len(), errs.String())
	}
	if code, err := run(t, libvm.WasiConfig{}); code != 3 || err != nil {
		t.Fatal(code, err)
	}
}

type broken struct{ panics bool }

func (b broken) Write([]byte) (int, error) {
	if b.panics {
		panic("no paper")
	}
	return 0, io.ErrShortWrite
}

func TestWasiStreamsThatFail(t *testing.T) {
	if code, err := run(t, libvm.WasiConfig{Stdin: strings.NewReader("x"), Stdout: broken{}}); code != 8 || err != nil {
		t.Fatal(code, err)
	}
	if code, err := run(t, libvm.WasiConfig{Stdin: iotestErrReader{}}); code != 9 || err != nil {
		t.Fatal(code, err)
	}
	defer func() {
		if panicked := recover(); panicked != "no paper" {
			t.Fatal(panicked)
		}
	}()
	_, err := run(t, libvm.WasiConfig{Stdin: strings.NewReader("x"), Stdout: broken{true}})
	t.Fatal("it returned", err)
}

type iotestErrReader struct{}

func (iotestErrReader) Read([]byte) (int, error) { return 0, errors.New("no input") }

func TestWasiProgram(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "cat.wasm")
	if err := os.WriteFile(file, guest(t, cat), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	wasi, err := libvm.NewWasi(libvm.WasiConfig{
		Args: []string{"cat"}, Env: map[string]string{"LANG": "C"}, Stdin: strings.NewReader("hi"), Stdout: &out, RandomSeed: 1,
		Directories: []libvm.Directory{{Host: folder, Guest: "/data", Read: true}},
	})
	if err != nil {
		t.Fatal(err)
	}
	vm := newContext(t)
	if err := vm.RegisterWasi(wasi); err != nil {
		t.Fatal(err)
	}
	if code, err := vm.RunWasiFromFile(file); code != 3 || err != nil || out.String() != "hi" {
		t.Fatal(code, err, out.String())
	}
	if _, err := vm.RunWasiFromFile(file + ".missing"); !errors.Is(err, libvm.StatusFileNotFound) {
		t.Fatal(err)
	}
	_, err = libvm.NewWasi(libvm.WasiConfig{Directories: []libvm.Directory{{Host: "a\x00b", Guest: "/", Read: true}}})
	if !errors.Is(err, libvm.StatusInvalidArgument) {
		t.Fatal(err)
	}
}
