"""Public implementations that the goldens are made with."""

import atexit
import shutil
import subprocess
import sys
import tempfile


def install(*requirements):
    """For this process alone, without what they depend on: PyTorch and NumPy are Debian's."""
    folder = tempfile.mkdtemp(prefix="peers-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", folder, *requirements],
                   check=True)
    sys.path.insert(0, folder)
