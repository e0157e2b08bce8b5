package libvm

// #include "shim.h"
import "C"

import (
	"runtime/cgo"
	"unsafe"
)

// Package describes a package or an installed version of one. No code of its plug-in has run.
type Package struct {
	// Status and Message are why the plug-in cannot be loaded on this machine, StatusOK if nothing in the package prevents that.
	Status                                                      Status
	Message                                                     string
	Path, Name, Version, Description, Author, License, Homepage string
	HasHashes, HasSignature                                     bool
	Libraries                                                   []PackageLibrary // none of an installed version
	Files                                                       []PackageFile    // none of an installed version
	Modules                                                     []PackageModule
	Options                                                     []PluginOption
	Hooks, Sources, Sinks                                       []PackageItem
	Permissions                                                 []string
	Dependencies                                                []Dependency
}

// PackageLibrary is a library of a package, for a platform.
type PackageLibrary struct {
	File, System, Processor, Platform string
	ForThisMachine                    bool
}

// PackageFile is a file of a package.
type PackageFile struct {
	Name  string
	Bytes uint64
}

// PackageModule is a module of the plug-in of a package.
type PackageModule struct {
	PluginModule
	HasFunctions bool // whether the package says which functions it has
}

// PackageItem is a hook, a source or a sink of the plug-in of a package.
type PackageItem struct{ Name, Description string }

// InspectPackage inspects a package without running code of its plug-in.
func InspectPackage(file string) (*Package, error) {
	return describePackage(func(made **C.VM_PackageInspection) error {
		return withText(file, func(file *C.char) error {
			var failed *C.VM_Error
			return check(C.VM_PackageInspectFile(file, made, &failed), failed)
		})
	})
}

func describePackage(inspect func(**C.VM_PackageInspection) error) (*Package, error) {
	var raw *C.VM_PackageInspection
	if err := inspect(&raw); err != nil {
		return nil, err
	}
	defer C.VM_PackageInspectionDelete(raw)
	flags := C.VM_PackageInspectionGetFlags(raw)
	made := &Package{
		Status: Status(C.VM_PackageInspectionGetStatus(raw)), Message: text(C.VM_PackageInspectionGetMessage(raw)),
		Path: text(C.VM_PackageInspectionGetPath(raw)), Name: text(C.VM_PackageInspectionGetName(raw)),
		Version: text(C.VM_PackageInspectionGetVersion(raw)), Description: text(C.VM_PackageInspectionGetDescription(raw)),
		Author: text(C.VM_PackageInspectionGetAuthor(raw)), License: text(C.VM_PackageInspectionGetLicense(raw)),
		Homepage: text(C.VM_PackageInspectionGetHomepage(raw)), HasHashes: flags&C.VM_PACKAGE_HAS_HASHES != 0,
		HasSignature: flags&C.VM_PACKAGE_HAS_SIGNATURE != 0,
		Hooks:        packageItems(raw, C.VM_PACKAGE_ITEM_HOOK), Sources: packageItems(raw, C.VM_PACKAGE_ITEM_SOURCE),
		Sinks: packageItems(raw, C.VM_PACKAGE_ITEM_SINK),
	}
	for i := C.size_t(0); i < C.VM_PackageInspectionGetLibraryCount(raw); i++ {
		each := C.VM_PackageInspectionGetLibrary(raw, i)
		made.Libraries = append(made.Libraries, PackageLibrary{
			File: text(each.file), System: text(each.system), Processor: text(each.processor), Platform: text(each.platform),
			ForThisMachine: bool(each.is_for_this_machine),
		})
	}
	for i := C.size_t(0); i < C.VM_PackageInspectionGetFileCount(raw); i++ {
		each := C.VM_PackageInspectionGetFile(raw, i)
		made.Files = append(made.Files, PackageFile{text(each.name), uint64(each.bytes)})
	}
	for i := C.size_t(0); i < C.VM_PackageInspectionGetModuleCount(raw); i++ {
		module := PackageModule{HasFunctions: bool(C.VM_PackageInspectionHasFunctions(raw, i))}
		module.Name = text(C.VM_PackageInspectionGetModuleName(raw, i))
		module.Description = text(C.VM_PackageInspectionGetModuleDescription(raw, i))
		for j := C.size_t(0); j < C.VM_PackageInspectionGetFunctionCount(raw, i); j++ {
			module.Functions = append(module.Functions, pluginFunction(C.VM_PackageInspectionGetFunction(raw, i, j)))
		}
		made.Modules = append(made.Modules, module)
	}
	for i := C.size_t(0); i < C.VM_PackageInspectionGetOptionCount(raw); i++ {
		made.Options = append(made.Options, pluginOption(C.VM_PackageInspectionGetOption(raw, i)))
	}
	for i := C.size_t(0); i < C.VM_PackageInspectionGetPermissionCount(raw); i++ {
		made.Permissions = append(made.Permissions, text(C.VM_PackageInspectionGetPermission(raw, i)))
	}
	for i := C.size_t(0); i < C.VM_PackageInspectionGetDependencyCount(raw); i++ {
		made.Dependencies = append(made.Dependencies, Dependency{
			text(C.VM_PackageInspectionGetDependencyName(raw, i)), text(C.VM_PackageInspectionGetDependencyVersion(raw, i)),
		})
	}
	return made, nil
}

func packageItems(raw *C.VM_PackageInspection, kind C.VM_PackageItemKind) (items []PackageItem) {
	for i := C.size_t(0); i < C.VM_PackageInspectionGetItemCount(raw, kind); i++ {
		each := C.VM_PackageInspectionGetItem(raw, kind, i)
		items = append(items, PackageItem{text(each.name), text(each.description)})
	}
	return items
}

// BuildPackage builds a package of the files in a directory. The same files give the same bytes.
func BuildPackage(directory, output string) error {
	return withTexts([]string{directory, output}, func(list **C.char, _ C.size_t) error {
		both := unsafe.Slice(list, 2)
		var failed *C.VM_Error
		return check(C.VM_PackageBuild(both[0], both[1], &failed), failed)
	})
}

// PackageStage is what a call that reports its progress is doing.
type PackageStage int32

// The stages of calls that report their progress.
const (
	PackageWait   PackageStage = C.VM_PACKAGE_STAGE_WAIT   // Waiting for another process that changes the directory.
	PackageUnpack PackageStage = C.VM_PACKAGE_STAGE_UNPACK // Reading, checking and unpacking the archive.
	PackageVerify PackageStage = C.VM_PACKAGE_STAGE_VERIFY // Reading installed files.
)

// PackageProgress is how far a call is: bytes of files that are done, and of all, and the last file.
type PackageProgress struct {
	Stage       PackageStage
	Done, Total uint64
	Entry       string
}

// Progress receives the progress of a call. Returning false cancels the call.
type Progress func(PackageProgress) bool

// reporting is a call with a progress, which callbacks find by a handle.
type reporting struct {
	progress Progress
	panicked any
}

// withProgress runs a call with a progress; a panic of that cancels the call, and goes on here.
func withProgress(progress Progress, run func(C.VM_PackageProgressCallback, unsafe.Pointer, **C.VM_Error) C.VM_Status) error {
	var failed *C.VM_Error
	if progress == nil {
		return check(run(nil, nil, &failed), failed)
	}
	call := &reporting{progress: progress}
	handle := cgo.NewHandle(call)
	defer handle.Delete()
	user := C.libvm_go_user(C.uintptr_t(handle))
	err := check(run(C.libvm_go_progress(), user, &failed), failed)
	if call.panicked != nil {
		panic(call.panicked)
	}
	return err
}

//export libvmGoProgress
func libvmGoProgress(handle C.uintptr_t, raw *C.VM_PackageProgress) C.bool {
	call := cgo.Handle(handle).Value().(*reporting)
	goesOn, returned := false, false
	defer func() {
		if !returned {
			call.panicked = recover()
		}
	}()
	goesOn = call.progress(PackageProgress{
		Stage: PackageStage(raw.stage), Done: uint64(raw.done), Total: uint64(raw.total), Entry: text(raw.entry),
	})
	returned = true
	return C.bool(goesOn)
}

// VerifyPackage verifies a package without installing it: all that InspectPackage checks, the contents of all files, and the conditions of
// a registry, which may be nil. So may progress.
func VerifyPackage(registry *PluginRegistry, file string, progress Progress) error {
	return withText(file, func(file *C.char) error {
		return registry.orNil(func(registry *C.VM_PluginRegistry) error {
			return withProgress(progress, func(report C.VM_PackageProgressCallback, user unsafe.Pointer, failed **C.VM_Error) C.VM_Status {
				return C.VM_PackageVerifyFile(registry, file, report, user, failed)
			})
		})
	})
}

// orNil passes the registry, which may be nil.
func (r *PluginRegistry) orNil(run func(*C.VM_PluginRegistry) error) error {
	if r == nil {
		return run(nil)
	}
	return r.use(func(raw unsafe.Pointer) error { return run((*C.VM_PluginRegistry)(raw)) })
}

// SetPackageDirectory sets the package directory that LoadWithDefaultPaths searches last; that of the user if it is empty.
func (r *PluginRegistry) SetPackageDirectory(directory string) error {
	return withOptionalText(directory, func(directory *C.char) error {
		return r.orNil(func(raw *C.VM_PluginRegistry) error {
			var failed *C.VM_Error
			return check(C.VM_PluginRegistrySetPackageDirectory(raw, directory, &failed), failed)
		})
	})
}

// PackageDirectory is a directory of installed packages. Every change of it is atomic.
type PackageDirectory struct{ handle }

// OpenPackageDirectory opens a package directory: that of the registry, or else of the user, if the path is empty. The conditions of the
// registry, which may be nil, hold for what is installed.
func OpenPackageDirectory(path string, registry *PluginRegistry) (*PackageDirectory, error) {
	var raw *C.VM_PackageDirectory
	err := withOptionalText(path, func(path *C.char) error {
		return registry.orNil(func(registry *C.VM_PluginRegistry) error {
			var failed *C.VM_Error
			return check(C.VM_PackageDirectoryCreate(path, registry, &raw, &failed), failed)
		})
	})
	if err != nil {
		return nil, err
	}
	made := &PackageDirectory{}
	made.owner = newOwner(unsafe.Pointer(raw), freePackageDirectory)
	return made, nil
}

// Close frees the object; what is installed stays.
func (d *PackageDirectory) Close() { d.close() }

func freePackageDirectory(raw unsafe.Pointer) {
	C.VM_PackageDirectoryDelete((*C.VM_PackageDirectory)(raw))
}

func (d *PackageDirectory) with(run func(raw *C.VM_PackageDirectory) error) error {
	return d.use(func(raw unsafe.Pointer) error { return run((*C.VM_PackageDirectory)(raw)) })
}

// Path returns the absolute path; "" if it is closed.
func (d *PackageDirectory) Path() (path string) {
	_ = d.with(func(raw *C.VM_PackageDirectory) error {
		path = text(C.VM_PackageDirectoryGetPath(raw))
		return nil
	})
	return path
}

// PackageInstall is how a package is installed. The zero value refuses other files of the same version and lower versions than the
// active one.
type PackageInstall struct {
	Replace   bool // other files of the same version
	Downgrade bool // a higher active version
	Inactive  bool // install without making active
	Progress  Progress
}

// Install installs a package, and makes it active. On failure nothing is changed.
func (d *PackageDirectory) Install(archive string, how PackageInstall) error {
	return d.install(archive, how, func(raw *C.VM_PackageDirectory, archive *C.char, flags C.VM_PackageInstallFlags, report C.VM_PackageProgressCallback, user unsafe.Pointer, failed **C.VM_Error) C.VM_Status {
		return C.VM_PackageDirectoryInstall(raw, archive, flags, report, user, failed)
	})
}

// Update is Install for a package of which another version is installed.
func (d *PackageDirectory) Update(archive string, how PackageInstall) error {
	return d.install(archive, how, func(raw *C.VM_PackageDirectory, archive *C.char, flags C.VM_PackageInstallFlags, report C.VM_PackageProgressCallback, user unsafe.Pointer, failed **C.VM_Error) C.VM_Status {
		return C.VM_PackageDirectoryUpdate(raw, archive, flags, report, user, failed)
	})
}

func (d *PackageDirectory) install(archive string, how PackageInstall,
	run func(*C.VM_PackageDirectory, *C.char, C.VM_PackageInstallFlags, C.VM_PackageProgressCallback, unsafe.Pointer, **C.VM_Error) C.VM_Status) error {
	flags := C.VM_PackageInstallFlags(0)
	if how.Replace {
		flags |= C.VM_PACKAGE_REPLACE
	}
	if how.Downgrade {
		flags |= C.VM_PACKAGE_DOWNGRADE
	}
	if how.Inactive {
		flags |= C.VM_PACKAGE_INACTIVE
	}
	return withText(archive, func(archive *C.char) error {
		return d.with(func(raw *C.VM_PackageDirectory) error {
			return withProgress(how.Progress, func(report C.VM_PackageProgressCallback, user unsafe.Pointer, failed **C.VM_Error) C.VM_Status {
				return run(raw, archive, flags, report, user, failed)
			})
		})
	})
}

// Use makes an installed version active.
func (d *PackageDirectory) Use(name, version string) error {
	return withTexts([]string{name, version}, func(list **C.char, _ C.size_t) error {
		both := unsafe.Slice(list, 2)
		return d.with(func(raw *C.VM_PackageDirectory) error {
			var failed *C.VM_Error
			return check(C.VM_PackageDirectoryUse(raw, both[0], both[1], &failed), failed)
		})
	})
}

// Remove removes a version, or all of them if it is empty. If it is the active one, next becomes active, none if that is empty.
func (d *PackageDirectory) Remove(name, version, next string) error {
	return withText(name, func(name *C.char) error {
		return withOptionalText(version, func(version *C.char) error {
			return withOptionalText(next, func(next *C.char) error {
				return d.with(func(raw *C.VM_PackageDirectory) error {
					var failed *C.VM_Error
					return check(C.VM_PackageDirectoryRemove(raw, name, version, next, &failed), failed)
				})
			})
		})
	})
}

// Verify verifies installed packages: all if the name is empty, all versions if the version is. The error has a line for each fault.
func (d *PackageDirectory) Verify(name, version string, progress Progress) error {
	return withOptionalText(name, func(name *C.char) error {
		return withOptionalText(version, func(version *C.char) error {
			return d.with(func(raw *C.VM_PackageDirectory) error {
				return withProgress(progress, func(report C.VM_PackageProgressCallback, user unsafe.Pointer, failed **C.VM_Error) C.VM_Status {
					return C.VM_PackageDirectoryVerify(raw, name, version, report, user, failed)
				})
			})
		})
	})
}

// InstalledPackage is an installed version of a package.
type InstalledPackage struct {
	Name, Version, Description, Path string
	Active                           bool // it is the version that load calls find
	Status                           Status
	Message                          string // why it cannot be loaded
}

// List returns the installed versions of all packages, by name and version.
func (d *PackageDirectory) List() (packages []InstalledPackage, err error) {
	err = d.with(func(raw *C.VM_PackageDirectory) error {
		var list *C.VM_PackageList
		var failed *C.VM_Error
		if err := check(C.VM_PackageDirectoryList(raw, &list, &failed), failed); err != nil {
			return err
		}
		defer C.VM_PackageListDelete(list)
		for i := C.size_t(0); i < C.VM_PackageListGetCount(list); i++ {
			each := C.VM_PackageListGet(list, i)
			packages = append(packages, InstalledPackage{
				Name: text(each.name), Version: text(each.version), Description: text(each.description), Path: text(each.path),
				Active: bool(each.active), Status: Status(each.status), Message: text(each.message),
			})
		}
		return nil
	})
	return packages, err
}

// Describe describes an installed version, the active one if it is empty.
func (d *PackageDirectory) Describe(name, version string) (*Package, error) {
	return describePackage(func(made **C.VM_PackageInspection) error {
		return withText(name, func(name *C.char) error {
			return withOptionalText(version, func(version *C.char) error {
				return d.with(func(raw *C.VM_PackageDirectory) error {
					var failed *C.VM_Error
					return check(C.VM_PackageDirectoryDescribe(raw, name, version, made, &failed), failed)
				})
			})
		})
	})
}
