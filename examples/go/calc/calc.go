// A plug-in in Go: the same as examples/c/plugin_smallest.c. In this directory:
//
//	CGO_CFLAGS="$(pkg-config --cflags libvm)" go build -buildmode=c-shared -ldflags="-s -w -extldflags=-Wl,--version-script=$PWD/../exports.map" -o calc.so
//
// plugin.c has the manifest and the descriptor: Go cannot define constants of C.
package main

// #include <libvm/plugin.h>
// typedef const VM_Value VM_ConstValue; // Go has no const
import "C"
import "unsafe"

// The members of a union are not fields in Go.
func i32(value *C.VM_ConstValue) int32 {
	return *(*int32)(unsafe.Pointer(&value.of))
}

//export add
func add(instance unsafe.Pointer, caller *C.VM_Caller, args *C.VM_ConstValue, results *C.VM_Value) C.VM_Status {
	list := unsafe.Slice(args, 2)
	*results = C.VM_ValueI32(C.int32_t(i32(&list[0]) + i32(&list[1])))
	return C.VM_STATUS_OK
}

func main() {} // is not called
