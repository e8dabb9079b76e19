"""Azure's SDK for Python against Nightcap: one capture through its life, told in JSON."""
import json
import os

from azure.identity import ClientSecretCredential
from azure.mgmt.compute import ComputeManagementClient
from azure.mgmt.network import NetworkManagementClient

base = os.environ["BASE"]
credential = ClientSecretCredential(
    "adfs", os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"], authority=base
)
options = {"base_url": base, "credential_scopes": [f"{base}/.default"]}
subscription = os.environ["SUBSCRIPTION_ID"]
network = NetworkManagementClient(credential, subscription, **options)
compute = ComputeManagementClient(credential, subscription, **options)

watcher = ("NetworkWatcherRG", "NetworkWatcher_local")
captures = network.packet_captures
request = {
    "target": os.environ["VM_ID"],
    "time_limit_in_seconds": 60,
    "storage_location": {"file_path": f"{os.environ['CAPTURES']}/python.cap"},
}
made = captures.begin_create(*watcher, "python", request).result()
captures.begin_stop(*watcher, "python").result()
status = captures.begin_get_status(*watcher, "python").result()
captures.begin_delete(*watcher, "python").result()
print(
    json.dumps(
        {
            "machines": [machine.name for machine in compute.virtual_machines.list_all()],
            "watchers": [found.name for found in network.network_watchers.list_all()],
            "provisioningState": made.provisioning_state,
            "stopReason": status.stop_reason,
            "left": [found.name for found in captures.list(*watcher)],
        }
    )
)
