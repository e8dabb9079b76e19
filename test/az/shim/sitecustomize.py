"""Lets Debian 12's az 2.45 find the parts of Debian's Azure SDK that it asks for by other names.

Debian's azure-cli wants azure-mgmt-network 2022-01-01 and azure-mgmt-compute 2022-11-01, and its
python3-azure has 2022-07-01 (operations in another module) and 2022-08-01. Python imports a module of
this name by itself when its folder is on PYTHONPATH. Other versions of az are left alone.
"""
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys

PROFILES = "azure.cli.core.profiles._shared"
NETWORK = "2022-07-01"
COMPUTE = "2022-08-01"
OPERATIONS = "azure.mgmt.network.v2022_07_01.operations"


def map_versions(module):
    latest = module.AZURE_API_PROFILES["latest"]
    if latest.get(module.ResourceType.MGMT_NETWORK) != "2022-01-01":
        return
    latest[module.ResourceType.MGMT_NETWORK] = NETWORK
    compute = latest[module.ResourceType.MGMT_COMPUTE]
    for name, version in compute.profile.items():
        if version > COMPUTE:
            compute.profile[name] = COMPUTE


class Alias(importlib.abc.Loader):
    def create_module(self, spec):
        return importlib.import_module("azure.mgmt.network.operations")

    def exec_module(self, module):
        pass


class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == OPERATIONS:
            found = importlib.machinery.PathFinder.find_spec(name, path)
            return found or importlib.machinery.ModuleSpec(name, Alias())
        if name != PROFILES:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        load = spec.loader.exec_module

        def load_and_map(module):
            load(module)
            map_versions(module)

        spec.loader.exec_module = load_and_map
        return spec


sys.meta_path.insert(0, Finder())
