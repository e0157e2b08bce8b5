package libvm

// #include "shim.h"
import "C"

// PluginInspection is what the file of a plug-in says, which none of its code has run for.
type PluginInspection struct {
	// Status and Message are why this library cannot load the file, StatusOK if nothing in it prevents that.
	Status                                                           Status
	Message                                                          string
	Path, Platform, Name, Version, Description, License, HostVersion string
	AbiMajor, AbiMinorBuilt, AbiMinorRequired, Flags                 uint32
	Modules, Permissions                                             []string
	Dependencies                                                     []Dependency
}

// Dependency is a plug-in that another one needs, and the accepted versions.
type Dependency struct{ Name, Version string }

// InspectPlugin inspects the file of a plug-in without running its code. One that cannot be loaded has an inspection too.
func InspectPlugin(path string) (*PluginInspection, error) {
	var raw *C.VM_PluginInspection
	err := withText(path, func(path *C.char) error {
		var failed *C.VM_Error
		return check(C.VM_PluginInspectFile(path, &raw, &failed), failed)
	})
	if err != nil {
		return nil, err
	}
	defer C.VM_PluginInspectionDelete(raw)
	made := &PluginInspection{
		Status: Status(C.VM_PluginInspectionGetStatus(raw)), Message: text(C.VM_PluginInspectionGetMessage(raw)),
		Path: text(C.VM_PluginInspectionGetPath(raw)), Platform: text(C.VM_PluginInspectionGetPlatform(raw)),
		Name: text(C.VM_PluginInspectionGetName(raw)), Version: text(C.VM_PluginInspectionGetVersion(raw)),
		Description: text(C.VM_PluginInspectionGetDescription(raw)), License: text(C.VM_PluginInspectionGetLicense(raw)),
		HostVersion: text(C.VM_PluginInspectionGetHostVersion(raw)), AbiMajor: uint32(C.VM_PluginInspectionGetAbiMajor(raw)),
		AbiMinorBuilt:    uint32(C.VM_PluginInspectionGetAbiMinorBuilt(raw)),
		AbiMinorRequired: uint32(C.VM_PluginInspectionGetAbiMinorRequired(raw)), Flags: uint32(C.VM_PluginInspectionGetFlags(raw)),
	}
	for i := C.size_t(0); i < C.VM_PluginInspectionGetModuleCount(raw); i++ {
		made.Modules = append(made.Modules, text(C.VM_PluginInspectionGetModule(raw, i)))
	}
	for i := C.size_t(0); i < C.VM_PluginInspectionGetPermissionCount(raw); i++ {
		made.Permissions = append(made.Permissions, text(C.VM_PluginInspectionGetPermission(raw, i)))
	}
	for i := C.size_t(0); i < C.VM_PluginInspectionGetDependencyCount(raw); i++ {
		made.Dependencies = append(made.Dependencies, Dependency{
			text(C.VM_PluginInspectionGetDependencyName(raw, i)), text(C.VM_PluginInspectionGetDependencyVersion(raw, i)),
		})
	}
	return made, nil
}
