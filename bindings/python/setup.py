"""Builds the extension module, and puts the library beside it.

Environment:
    LIBVM_LIBRARY_DIR   a folder with a built library, which is then used instead of building one, with its compiler if that is there
    LIBVM_CARGO_PROFILE the cargo profile of what is built: release, or dev
    CARGO_TARGET_DIR    where cargo builds
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_ext import build_ext

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE))
APPLE = sys.platform == "darwin"


def version():
    for line in (ROOT / "Cargo.toml").read_text().splitlines():
        if line.startswith("version = "):
            return line.split('"')[1]
    sys.exit("libvm: Cargo.toml has no version")


class Build(build_ext):
    """Builds the libraries with cargo, then what links them."""

    def cargo(self, *arguments):
        profile = os.environ.get("LIBVM_CARGO_PROFILE", "release")
        target = Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target")
        command = ["cargo", *arguments[:1], "--locked", "--profile", profile, "--target-dir", str(ROOT / target), *arguments[1:]]
        try:
            subprocess.run(command, cwd=ROOT, check=True)
        except FileNotFoundError:
            sys.exit("libvm: cargo was not found: install Rust from https://rustup.rs")
        except subprocess.CalledProcessError:
            sys.exit(f"libvm: this command failed: {' '.join(command)}")
        return ROOT / target / ("debug" if profile == "dev" else profile)

    def library(self):
        given = os.environ.get("LIBVM_LIBRARY_DIR")
        if given:
            return Path(given)
        # As CMake does: without link-time optimization the library is slower, and cargo leaves it out if a crate is also an rlib.
        crate_types = "cdylib" if os.environ.get("LIBVM_CARGO_PROFILE") == "dev" else "cdylib,staticlib"
        return self.cargo("rustc", "--package", "libvm", "--lib", "--crate-type", crate_types)

    def run(self):
        (extension,) = self.extensions
        built = self.library()
        text = self.cargo("build", "--package", "libvm-python-wat")
        minor = version().split(".")[1]
        name = f"libvm.0.{minor}.dylib" if APPLE else f"libvm.so.0.{minor}"
        found = [path for path in (built / name, built / ("libvm.dylib" if APPLE else "libvm.so")) if path.exists()]
        if not found:
            sys.exit(f"libvm: {built} has no library {name}")
        # The linker looks for the first name, the loader for the second; only the second is shipped.
        link = Path(self.build_temp).resolve() / "link"
        link.mkdir(parents=True, exist_ok=True)
        shutil.copy2(found[0], link / ("libvm.dylib" if APPLE else "libvm.so"))
        extension.library_dirs = [str(link)]
        extension.depends = [str(found[0])]
        extension.extra_objects = [str(text / "libvm_wat.a")]
        extension.extra_link_args = ["-Wl,-rpath,@loader_path"] if APPLE else ["-Wl,-rpath,$ORIGIN", "-Wl,--exclude-libs,ALL"]
        super().run()
        into = Path(self.get_ext_fullpath(extension.name)).resolve().parent
        into.mkdir(parents=True, exist_ok=True)
        shutil.copy2(found[0], into / name)
        # The library looks for its compiler beside itself. A library that is built here has no compiled engine.
        compiler = built / name.replace("libvm", "libvm-compiler")
        if os.environ.get("LIBVM_LIBRARY_DIR") and compiler.exists():
            shutil.copy2(compiler, into / compiler.name)


if not (ROOT / "include/libvm.h").exists():
    sys.exit(f"libvm: the package is built in a clone of the repository: {ROOT} has no include/libvm.h")

setup(
    version=version(),
    cffi_modules=["build_native.py:builder"],
    cmdclass={"build_ext": Build},
    options={"bdist_wheel": {"py_limited_api": "cp310"}},
)
