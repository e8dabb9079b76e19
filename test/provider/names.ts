// What the control plane of these tests calls its own.
export const tenantId = "0b1c2d3e-0000-4000-8000-00000000000a";
export const subscriptionId = "0b1c2d3e-0000-4000-8000-00000000000b";
export const hostId = "0b1c2d3e-0000-4000-8000-00000000000c";
export const group = `/subscriptions/${subscriptionId}/resourceGroups/nightcap`;
export const machineId = `${group}/providers/Microsoft.Compute/virtualMachines/web-1`;
export const accountId = `${group}/providers/Microsoft.Storage/storageAccounts/captures`;
export const watcherId = `/subscriptions/${subscriptionId}/resourceGroups/NetworkWatcherRG/providers/Microsoft.Network/networkWatchers/NetworkWatcher_local`;
export const blobEndpoint = "https://127.0.0.1:8443/captures/";
