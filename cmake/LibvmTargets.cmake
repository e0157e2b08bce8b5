# libvm_define_targets(<include folder> <library folder>): libvm::headers, libvm::libvm and libvm::static, in the build tree and
# in an installation alike. LibvmNames.cmake has to be included before.
function(libvm_define_targets include_dir lib_dir)
  add_library(libvm::headers INTERFACE IMPORTED GLOBAL)
  set_target_properties(libvm::headers PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${include_dir}")

  add_library(libvm::libvm SHARED IMPORTED GLOBAL)
  set_target_properties(libvm::libvm PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${include_dir}")
  if(LIBVM_IMPORT_LIBRARY)
    set_target_properties(libvm::libvm PROPERTIES
      IMPORTED_LOCATION "${lib_dir}/../bin/${LIBVM_SHARED_FILE}"
      IMPORTED_IMPLIB "${lib_dir}/${LIBVM_IMPORT_LIBRARY}")
  else()
    set_target_properties(libvm::libvm PROPERTIES
      IMPORTED_LOCATION "${lib_dir}/${LIBVM_SHARED_FILE}"
      IMPORTED_SONAME "${LIBVM_SONAME}")
  endif()

  add_library(libvm::static STATIC IMPORTED GLOBAL)
  set_target_properties(libvm::static PROPERTIES
    IMPORTED_LOCATION "${lib_dir}/${LIBVM_STATIC_FILE}"
    IMPORTED_LINK_INTERFACE_LANGUAGES C
    INTERFACE_INCLUDE_DIRECTORIES "${include_dir}"
    INTERFACE_COMPILE_DEFINITIONS VM_STATIC
    INTERFACE_LINK_LIBRARIES "${LIBVM_NATIVE_LIBRARIES}")
endfunction()
