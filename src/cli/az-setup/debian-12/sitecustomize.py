"""Makes the network and compute commands of Debian 12's az 2.45 work.

That az asks for azure-mgmt-network 2022-01-01 and azure-mgmt-compute 2022-11-01. Debian's python3-azure
has network 2022-07-01, with its operations in another module, and compute up to 2022-08-01. Python
imports a module of this name by itself when it finds one on PYTHONPATH. Other versions of az, an az that
brings its own SDK, other programs and what az asks of other services are left as they are.
"""

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys

PROFILES = "azure.cli.core.profiles._shared"
ASKED_NETWORK, NETWORK = "2022-01-01", "2022-07-01"
ASKED_COMPUTE, COMPUTE = "2022-11-01", "2022-08-01"
OPERATIONS = "azure.mgmt.network.v2022_07_01.operations"
OPERATIONS_OF_DEBIAN = "azure.mgmt.network.operations"


def map_versions(profiles):
    """Puts the versions that are there in place of those that az asks for."""
    latest = profiles.AZURE_API_PROFILES["latest"]
    types = profiles.ResourceType
    if latest.get(types.MGMT_NETWORK) == ASKED_NETWORK and is_missing("network", ASKED_NETWORK):
        latest[types.MGMT_NETWORK] = NETWORK
    compute = getattr(latest.get(types.MGMT_COMPUTE), "profile", {})
    if compute.get(None) == ASKED_COMPUTE and is_missing("compute", ASKED_COMPUTE):
        for name, version in compute.items():
            compute[name] = min(version, COMPUTE)


def is_missing(service, version):
    """Looks for the SDK's folder of a version; an import would take a second."""
    parts = ("azure", "mgmt", service, "v" + version.replace("-", "_"))
    return not any(os.path.isdir(os.path.join(folder, *parts)) for folder in sys.path)


class SameModule(importlib.abc.Loader):
    """Loads Debian's module under the name that az looks for."""

    def create_module(self, spec):
        return importlib.import_module(OPERATIONS_OF_DEBIAN)

    def exec_module(self, module):
        pass


class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name not in (PROFILES, OPERATIONS):
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if name == OPERATIONS:
            return spec or importlib.machinery.ModuleSpec(name, SameModule())
        return self.mapped(spec)

    def mapped(self, spec):
        if spec is None:
            return None
        load = spec.loader.exec_module

        def load_and_map(module):
            load(module)
            map_versions(module)

        spec.loader.exec_module = load_and_map
        return spec


def run_hidden_module():
    """Runs the sitecustomize that this one hides: the system's own."""
    own = os.path.dirname(os.path.realpath(__file__))
    others = [folder for folder in sys.path if os.path.realpath(folder) != own]
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", others)
    if spec and spec.loader:
        spec.loader.exec_module(importlib.util.module_from_spec(spec))


sys.meta_path.insert(0, Finder())
run_hidden_module()
