"""Zips files and folders as a function's package: zip.py PACKAGE BASE NAME..."""

import pathlib
import sys
import zipfile

package, base, *names = sys.argv[1:]
base = pathlib.Path(base)
with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as archive:
    for name in names:
        path = base / name
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            if file.is_file() and "__pycache__" not in file.parts:
                archive.write(file, file.relative_to(base))
