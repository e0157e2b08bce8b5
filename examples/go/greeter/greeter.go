// A plug-in in Go with options, an instance in each context, and a guest buffer: the same as examples/c/plugin_options.c. It is built like
// the plug-in calc.
package main

// #include <libvm/plugin.h>
// #include <stdlib.h>
// typedef const VM_Value VM_ConstValue; // Go has no const
// typedef const VM_PluginHost VM_ConstHost;
//
// static VM_Status get_options(VM_ConstHost *host, VM_PluginInstance *self, const char **greeting, int64_t *times)
// {
//     VM_Status status = VM_HostGetOptionString(host, self, "greeting", greeting);
//     return status ? status : VM_HostGetOptionInteger(host, self, "times", times);
// }
import "C"
import (
	"errors"
	"fmt"
	"os"
	"runtime/cgo"
	"unsafe"
)

type greeter struct {
	greeting string
	times    int64
}

//export create
func create(host *C.VM_ConstHost, self *C.VM_PluginInstance, instance *unsafe.Pointer) C.VM_Status {
	var greeting *C.char
	var times C.int64_t
	if status := C.get_options(host, self, &greeting, &times); status != C.VM_STATUS_OK {
		return status // the host's error contains the reason
	}
	// C keeps no pointers of Go: it gets a handle, in memory of its own.
	handle := (*cgo.Handle)(C.malloc(C.size_t(unsafe.Sizeof(cgo.Handle(0)))))
	*handle = cgo.NewHandle(&greeter{C.GoString(greeting), int64(times)})
	*instance = unsafe.Pointer(handle)
	return C.VM_STATUS_OK
}

//export destroy
func destroy(instance unsafe.Pointer) {
	(*cgo.Handle)(instance).Delete()
	C.free(instance)
}

//export greet
func greet(instance unsafe.Pointer, caller *C.VM_Caller, args *C.VM_ConstValue, results *C.VM_Value) (status C.VM_Status) {
	defer func() { // a panic that leaves a callback ends the process
		if reason := recover(); reason != nil {
			status = trap(caller, fmt.Sprint("panic: ", reason))
		}
	}()
	buffer := (*C.VM_Buffer)(unsafe.Pointer(&args.of))
	name := unsafe.Slice((*byte)(buffer.data), int(buffer.size)) // the guest's memory, until the function returns
	if err := (*cgo.Handle)(instance).Value().(*greeter).greetByName(string(name)); err != nil {
		return trap(caller, err.Error())
	}
	return C.VM_STATUS_OK
}

func (g *greeter) greetByName(name string) error {
	if name == "" {
		return errors.New("there is no name to greet")
	}
	for i := int64(0); i < g.times; i++ {
		if _, err := fmt.Fprintf(os.Stdout, "%s, %s!\n", g.greeting, name); err != nil {
			return err
		}
	}
	return nil
}

func trap(caller *C.VM_Caller, text string) C.VM_Status {
	reason := C.CString(text)
	defer C.free(unsafe.Pointer(reason))
	return C.VM_CallerTrap(caller, reason)
}

func main() {} // is not called
