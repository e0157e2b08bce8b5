package libvm

// #include "shim.h"
import "C"

import (
	"unsafe"
)

// Module is a module that was loaded. Contexts of its engine make instances of it.
type Module struct{ handle }

// LoadModuleFromFile loads a module from a file in the binary format, or in the text format if the library reads that.
func (e *Engine) LoadModuleFromFile(path string) (*Module, error) {
	return e.load(func(engine *C.VM_Engine, made **C.VM_Module) error {
		return withText(path, func(path *C.char) error {
			var failed *C.VM_Error
			return check(C.VM_ModuleLoadFromFile(engine, path, made, &failed), failed)
		})
	})
}

// LoadModule loads a module from bytes.
func (e *Engine) LoadModule(data []byte) (*Module, error) {
	return e.load(func(engine *C.VM_Engine, made **C.VM_Module) error {
		var failed *C.VM_Error
		return check(C.VM_ModuleLoadFromBuffer(engine, bytesOf(data), C.size_t(len(data)), made, &failed), failed)
	})
}

// LoadCompiledModule loads a module whose machine code Module.SaveCompiled has written. Loading the file is running it:
// it must be as trusted as the program.
func (e *Engine) LoadCompiledModule(data []byte, path string) (*Module, error) {
	return e.load(func(engine *C.VM_Engine, made **C.VM_Module) error {
		return withText(path, func(path *C.char) error {
			var failed *C.VM_Error
			return check(C.VM_ModuleLoadCompiled(engine, bytesOf(data), C.size_t(len(data)), path, made, &failed), failed)
		})
	})
}

// SaveCompiled writes the machine code of the module to a file.
func (m *Module) SaveCompiled(path string) error {
	return m.use(func(module unsafe.Pointer) error {
		return withText(path, func(path *C.char) error {
			var failed *C.VM_Error
			return check(C.VM_ModuleSaveCompiled((*C.VM_Module)(module), path, &failed), failed)
		})
	})
}

func (e *Engine) load(run func(*C.VM_Engine, **C.VM_Module) error) (*Module, error) {
	var raw *C.VM_Module
	if err := e.use(func(engine unsafe.Pointer) error { return run((*C.VM_Engine)(engine), &raw) }); err != nil {
		return nil, err
	}
	made := &Module{}
	made.owner = newOwner(unsafe.Pointer(raw), freeModule)
	return made, nil
}

// Validate reports whether bytes are a module that the engine can load.
func (e *Engine) Validate(data []byte) error {
	return e.use(func(engine unsafe.Pointer) error {
		var failed *C.VM_Error
		return check(C.VM_ModuleValidate((*C.VM_Engine)(engine), bytesOf(data), C.size_t(len(data)), &failed), failed)
	})
}

// Close frees the module. Instances of it can still be used.
func (m *Module) Close() { m.close() }

func freeModule(raw unsafe.Pointer) { C.VM_ModuleDelete((*C.VM_Module)(raw)) }

// Imports returns what the module needs; nil if it is closed.
func (m *Module) Imports() []Import {
	var list []Import
	_ = m.use(func(raw unsafe.Pointer) error {
		module := (*C.VM_Module)(raw)
		for i := C.size_t(0); i < C.VM_ModuleGetImportCount(module); i++ {
			each := C.VM_ModuleGetImport(module, i)
			list = append(list, Import{
				Module: C.GoStringN(each.module, C.int(each.module_size)), Name: C.GoStringN(each.name, C.int(each.name_size)),
				Kind: ExternKind(each._type.kind), Func: funcType(each._type.function),
			})
		}
		return nil
	})
	return list
}

// Exports returns what the module provides; nil if it is closed.
func (m *Module) Exports() []Export {
	var list []Export
	_ = m.use(func(raw unsafe.Pointer) error {
		module := (*C.VM_Module)(raw)
		for i := C.size_t(0); i < C.VM_ModuleGetExportCount(module); i++ {
			each := C.VM_ModuleGetExport(module, i)
			name := C.GoStringN(each.name, C.int(each.name_size))
			list = append(list, Export{Name: name, Kind: ExternKind(each._type.kind), Func: funcType(each._type.function)})
		}
		return nil
	})
	return list
}

// CustomSection returns the content of the first custom section with this name, and whether there is one.
func (m *Module) CustomSection(name string) (content []byte, ok bool) {
	_ = m.use(func(raw unsafe.Pointer) error {
		module := (*C.VM_Module)(raw)
		for i := C.size_t(0); i < C.VM_ModuleGetCustomSectionCount(module) && !ok; i++ {
			each := C.VM_ModuleGetCustomSection(module, i)
			if string(view(each.name.data, each.name.size)) == name {
				content, ok = append([]byte{}, view(each.data.data, each.data.size)...), true
			}
		}
		return nil
	})
	return content, ok
}

// bytesOf returns the address of bytes for a call.
func bytesOf(data []byte) *C.uint8_t { return (*C.uint8_t)(unsafe.SliceData(data)) }

// view returns bytes of libvm without a copy.
func view(data *C.uint8_t, size C.size_t) []byte { return unsafe.Slice((*byte)(data), int(size)) }
