package libvm

// #include "shim.h"
import "C"

import "unsafe"

// Provider is the kind of what provides an import.
type Provider int32

// The providers of imports.
const (
	ProviderHostModule Provider = C.VM_PROVIDER_HOST_MODULE
	ProviderPlugin     Provider = C.VM_PROVIDER_PLUGIN
	ProviderInstance   Provider = C.VM_PROVIDER_INSTANCE
	ProviderWasi       Provider = C.VM_PROVIDER_WASI
	ProviderNone       Provider = C.VM_PROVIDER_NONE
)

// ImportState is what was found for an import.
type ImportState int32

// What was found for imports.
const (
	ImportSatisfied ImportState = C.VM_IMPORT_SATISFIED // Something provides it.
	ImportLoadable  ImportState = C.VM_IMPORT_LOADABLE  // A plug-in provides it that is not loaded, or not registered in the context.
	ImportUnknown   ImportState = C.VM_IMPORT_UNKNOWN   // A plug-in that is not loaded provides its module; its functions are not known.
	ImportMismatch  ImportState = C.VM_IMPORT_MISMATCH  // A provider has an item of its name, of another type.
	ImportMissing   ImportState = C.VM_IMPORT_MISSING   // Nothing provides it.
)

// ImportOffer is an item that guests can import, or an import of a module that was examined.
type ImportOffer struct {
	Import
	Provider              Provider
	State                 ImportState
	Plugin, Version, Path string // of a plug-in that provides it
	Nearest               string // the name that may have been meant, if nothing provides it
	Message               string // what was found, in words
}

// DeclaredPlugin is a plug-in that a module declares, and what would be loaded for it.
type DeclaredPlugin struct {
	Name, Range, Path string // as the module declares it
	Version, File     string // of what was found
	Status            Status // that of loading it
	Message           string // what was found, in words
	Loaded            bool
}

// Examination is what provides each import of a module, in its order, and the plug-ins that it declares.
type Examination struct {
	Imports []ImportOffer
	Plugins []DeclaredPlugin
}

func examined(list *C.VM_ImportList) *Examination {
	defer C.VM_ImportListDelete(list)
	made := &Examination{}
	for i := C.size_t(0); i < C.VM_ImportListGetCount(list); i++ {
		each := C.VM_ImportListGet(list, i)
		made.Imports = append(made.Imports, ImportOffer{
			Import: Import{
				Module: C.GoStringN(each.module, C.int(each.module_size)), Name: C.GoStringN(each.name, C.int(each.name_size)),
				Kind: ExternKind(each._type.kind), Func: funcType(each._type.function),
			},
			Provider: Provider(each.provider), State: ImportState(each.state), Plugin: text(each.plugin), Version: text(each.version),
			Path: text(each.path), Nearest: text(each.nearest), Message: text(each.message),
		})
	}
	for i := C.size_t(0); i < C.VM_ImportListGetPluginCount(list); i++ {
		each := C.VM_ImportListGetPlugin(list, i)
		made.Plugins = append(made.Plugins, DeclaredPlugin{
			Name: text(each.name), Range: text(each._range), Path: text(each.path), Version: text(each.version), File: text(each.file),
			Status: Status(each.status), Message: text(each.message), Loaded: bool(each.loaded),
		})
	}
	return made
}

// ListImports returns the items that guests of the context can import, in order of registration.
func (c *Context) ListImports() ([]ImportOffer, error) {
	var list *C.VM_ImportList
	err := c.do(func(failed **C.VM_Error) C.VM_Status { return C.VM_ContextListImports(c.raw, &list, failed) })
	if err != nil {
		return nil, err
	}
	return examined(list).Imports, nil
}

// ExamineModule finds what provides each import of a module in the context, and in the registry of SetModulePlugins, without running code.
func (c *Context) ExamineModule(module *Module) (*Examination, error) {
	return examine(module, func(module *C.VM_Module, list **C.VM_ImportList) error {
		return c.do(func(failed **C.VM_Error) C.VM_Status { return C.VM_ContextExamineModule(c.raw, module, list, failed) })
	})
}

// ExamineModule finds what provides each import of a module: a plug-in of the registry, or one in the directories of
// LoadWithDefaultPaths. No plug-in is loaded.
func (r *PluginRegistry) ExamineModule(module *Module) (*Examination, error) {
	return examine(module, func(module *C.VM_Module, list **C.VM_ImportList) error {
		return r.use(func(raw unsafe.Pointer) error {
			var failed *C.VM_Error
			return check(C.VM_PluginRegistryExamineModule((*C.VM_PluginRegistry)(raw), module, list, &failed), failed)
		})
	})
}

func examine(module *Module, run func(*C.VM_Module, **C.VM_ImportList) error) (*Examination, error) {
	if module == nil {
		return nil, failure(StatusNullArgument, "the module is nil")
	}
	var list *C.VM_ImportList
	if err := module.use(func(raw unsafe.Pointer) error { return run((*C.VM_Module)(raw), &list) }); err != nil {
		return nil, err
	}
	return examined(list), nil
}

// ModulePlugins says how modules may bring plug-ins into a registry.
type ModulePlugins uint32

// How modules may bring plug-ins into a registry.
const (
	ModulePluginsDeclared     ModulePlugins = C.VM_MODULE_PLUGINS_DECLARED     // Those that a module names.
	ModulePluginsImports      ModulePlugins = C.VM_MODULE_PLUGINS_IMPORTS      // Those that provide what a module imports.
	ModulePluginsDependencies ModulePlugins = C.VM_MODULE_PLUGINS_DEPENDENCIES // Those that other plug-ins answer with.
)

// SetModulePlugins sets how modules may bring plug-ins into the registry; at first they may not.
func (r *PluginRegistry) SetModulePlugins(flags ModulePlugins) error {
	return r.use(func(raw unsafe.Pointer) error {
		var failed *C.VM_Error
		return check(C.VM_PluginRegistrySetModulePlugins((*C.VM_PluginRegistry)(raw), C.uint32_t(flags), &failed), failed)
	})
}

// LoadForModule loads the plug-ins that a module needs, as far as SetModulePlugins allows it. The report says why each was chosen.
func (r *PluginRegistry) LoadForModule(module *Module) (report []ReportLine, err error) {
	if module == nil {
		return nil, failure(StatusNullArgument, "the module is nil")
	}
	err = module.use(func(raw unsafe.Pointer) error {
		return r.load(&report, func(registry *C.VM_PluginRegistry, made **C.VM_PluginReport, failed **C.VM_Error) C.VM_Status {
			return C.VM_PluginLoadForModule(registry, (*C.VM_Module)(raw), made, failed)
		})
	})
	return report, err
}

// PrepareModule compiles the parameters of a module by the plug-ins of the registry, so that the first instantiation does not have to.
func (r *PluginRegistry) PrepareModule(module *Module) error {
	if module == nil {
		return failure(StatusNullArgument, "the module is nil")
	}
	return module.use(func(module unsafe.Pointer) error {
		return r.use(func(raw unsafe.Pointer) error {
			var failed *C.VM_Error
			return check(C.VM_PluginRegistryPrepareModule((*C.VM_PluginRegistry)(raw), (*C.VM_Module)(module), &failed), failed)
		})
	})
}

// SetIndexFile sets the file that keeps the index of the registry's plug-ins; it is kept in memory only if the path is empty.
func (r *PluginRegistry) SetIndexFile(path string) error {
	return withOptionalText(path, func(path *C.char) error {
		return r.use(func(raw unsafe.Pointer) error {
			var failed *C.VM_Error
			return check(C.VM_PluginRegistrySetIndexFile((*C.VM_PluginRegistry)(raw), path, &failed), failed)
		})
	})
}

// SetModulePlugins sets the registry from which modules bring the plug-ins that they need into the context, when they are instantiated;
// nil for none.
func (c *Context) SetModulePlugins(registry *PluginRegistry) error {
	set := func(raw unsafe.Pointer) error {
		return c.do(func(failed **C.VM_Error) C.VM_Status {
			return C.VM_ContextSetModulePlugins(c.raw, (*C.VM_PluginRegistry)(raw), failed)
		})
	}
	if registry == nil {
		return set(nil)
	}
	return registry.use(set)
}
