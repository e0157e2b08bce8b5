package libvm

// #include "shim.h"
import "C"

import (
	"strings"
	"unsafe"
)

// ValType is a type of values in wasm.
type ValType uint32

// The types of values.
const (
	I32       ValType = 1
	I64       ValType = 2
	F32       ValType = 3
	F64       ValType = 4
	V128Type  ValType = 5
	FuncRef   ValType = 6
	ExternRef ValType = 7
)

var valTypeNames = map[ValType]string{
	I32: "i32", I64: "i64", F32: "f32", F64: "f64", V128Type: "v128", FuncRef: "funcref", ExternRef: "externref",
}

// String returns the name of the type in the text format.
func (t ValType) String() string {
	if name, ok := valTypeNames[t]; ok {
		return name
	}
	return "unknown"
}

// FuncType is the type of a function.
type FuncType struct{ Params, Results []ValType }

// String returns the type as in "(i32, i32) -> i32".
func (t FuncType) String() string {
	list := func(types []ValType) string {
		names := make([]string, len(types))
		for i, each := range types {
			names[i] = each.String()
		}
		return strings.Join(names, ", ")
	}
	return "(" + list(t.Params) + ") -> (" + list(t.Results) + ")"
}

func funcType(raw *C.VM_FuncType) FuncType {
	var made FuncType
	if raw == nil {
		return made
	}
	list := func(first *C.VM_ValType, count C.size_t) []ValType {
		types := make([]ValType, count)
		for i, each := range unsafe.Slice(first, count) {
			types[i] = ValType(each)
		}
		return types
	}
	var count C.size_t
	params := C.VM_FuncTypeGetParams(raw, &count)
	made.Params = list(params, count)
	results := C.VM_FuncTypeGetResults(raw, &count)
	made.Results = list(results, count)
	return made
}

// ExternKind is what an import or export is.
type ExternKind uint32

// The kinds of imports and exports.
const (
	KindFunction ExternKind = C.VM_EXTERN_FUNC
	KindMemory   ExternKind = C.VM_EXTERN_MEMORY
	KindTable    ExternKind = C.VM_EXTERN_TABLE
	KindGlobal   ExternKind = C.VM_EXTERN_GLOBAL
)

// Import is an item that a module needs.
type Import struct {
	Module, Name string
	Kind         ExternKind
	Func         FuncType // of a function
}

// Export is an item that a module provides.
type Export struct {
	Name string
	Kind ExternKind
	Func FuncType // of a function
}
