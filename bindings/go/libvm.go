// Package libvm runs WebAssembly and is extended by plug-ins: the binding of libvm for Go.
//
//	engine, err := libvm.NewEngine(nil)
//	…
//	defer engine.Close()
//	vm, err := engine.NewContext()
//	…
//	defer vm.Close()
//	err = vm.Function("host", "print", func(n int32) { fmt.Println("guest says", n) })
//	sum, err := vm.RunWasmFromFile("app.wasm", "sum", int32(20), int32(22))
//
// # Building
//
// cgo finds the library with pkg-config; the build tag libvm_static links it statically.
//
// # Life of objects
//
// Close frees an object; one that is no longer reachable is closed by the garbage collector. Host functions may use the context that
// they are registered in: that does not keep it reachable. Methods of a closed object fail with StatusStale.
//
// # Goroutines
//
// A Context is used by one goroutine at a time; other calls fail with StatusBusy. Everything else can be used by several.
//
// # Panics
//
// A panic in a host function ends the guest, and goes on in the goroutine that called it. runtime.Goexit in a host function (as in
// testing.T.FailNow) is not supported.
package libvm

// #cgo !libvm_static pkg-config: libvm
// #cgo libvm_static pkg-config: libvm-static
// #include "shim.h"
import "C"

import (
	"fmt"
	"sync/atomic"
)

// Version returns the version of the library, such as "0.7.0".
func Version() string { return C.GoString(C.VM_VersionGetString()) }

// checkVersion refuses a library whose functions are not those of the header that the program was built with.
func checkVersion() error {
	const built = C.VM_VERSION_NUMBER
	if found := C.VM_VersionGetNumber(); found/1000 != built/1000 {
		return failure(StatusUnsupported, fmt.Sprintf("the library is libvm %s, and this program was built for libvm %s: install the "+
			"package libvm0.%d, or build it anew with the package libvm-dev of the other", Version(), C.VM_VERSION_STRING, C.VM_VERSION_MINOR))
	}
	return nil
}

// LogLevel is how important a line of the log is.
type LogLevel int32

// The log levels, from the most important to the most verbose.
const (
	LogError   LogLevel = 1
	LogWarning LogLevel = 2
	LogInfo    LogLevel = 3
	LogDebug   LogLevel = 4
	LogTrace   LogLevel = 5
)

// LogFunc receives a line of the log: source is the plug-in or context that wrote it.
type LogFunc func(level LogLevel, source, line string)

var logger atomic.Pointer[LogFunc]

// SetLog sets the function that receives the lines of the log up to a level; nil for none. It is called on any goroutine.
func SetLog(level LogLevel, write LogFunc) error {
	if write == nil {
		logger.Store(nil)
	} else {
		logger.Store(&write)
	}
	return checkAnswer(C.libvm_go_set_log(C.VM_LogLevel(level), C.bool(write != nil)))
}

//export libvmGoLog
func libvmGoLog(level C.VM_LogLevel, source, line *C.char) {
	defer func() { _ = recover() }() // there is no call to end
	if write := logger.Load(); write != nil {
		(*write)(LogLevel(level), text(source), text(line))
	}
}
