# cmake -DCARGO=<cargo> -DSOURCES=<sources of libvm> -DSDK=<folder> "-DCRATES=<crate>;…" -P LibvmSdk.cmake: makes a workspace of these crates,
# and a folder `vendor` of the crates from crates.io that they use, in the versions of Cargo.lock. Plug-ins build with both, without a
# network.
file(REMOVE_RECURSE "${SDK}")
foreach(crate ${CRATES})
  file(COPY "${SOURCES}/crates/${crate}/Cargo.toml" "${SOURCES}/crates/${crate}/src" DESTINATION "${SDK}/crates/${crate}")
endforeach()
file(COPY "${SOURCES}/Cargo.lock" "${SOURCES}/LICENSE-APACHE" "${SOURCES}/LICENSE-MIT" DESTINATION "${SDK}")

# The tables of the workspace are in front of those of the package libvm.
file(READ "${SOURCES}/Cargo.toml" manifest)
string(FIND "${manifest}" "\n[package]\n" package)
string(SUBSTRING "${manifest}" 0 ${package} manifest)
list(JOIN CRATES "\", \"crates/" members)
set(members "\"crates/${members}\"")
string(REGEX REPLACE "members = \\[[^]]*\\]" "members = [${members}]" manifest "${manifest}")
file(WRITE "${SDK}/Cargo.toml" "${manifest}")

# What cargo has already is enough, as a rule; otherwise it is fetched.
foreach(network --offline "")
  execute_process(COMMAND "${CARGO}" vendor --respect-source-config ${network} vendor
    WORKING_DIRECTORY "${SDK}" RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(result EQUAL 0)
    return()
  endif()
endforeach()
message(FATAL_ERROR "the crates of the SDK cannot be collected:\n${output}")
