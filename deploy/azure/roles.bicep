// Roles with no more than what the function does, and the one that holds for the subscription: the
// function finds the network watcher of a machine's region by listing them.
targetScope = 'subscription'

@description('Object id of who captures.')
param principalId string

@description('Gives the right to write virtual machines and their extensions.')
param grantVirtualMachineWrite bool

var machineReadActions = [
  'Microsoft.Compute/virtualMachines/read'
  'Microsoft.Compute/virtualMachines/extensions/read'
  'Microsoft.Resources/subscriptions/resourceGroups/read'
]
var machineWriteActions = [
  'Microsoft.Compute/virtualMachines/write'
  'Microsoft.Compute/virtualMachines/extensions/write'
]

resource captureRole 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(subscription().id, 'nightcap-capture')
  properties: {
    roleName: 'Nightcap packet captures (${subscription().subscriptionId})'
    description: 'Create, follow and remove packet captures of network watchers.'
    type: 'CustomRole'
    assignableScopes: [
      subscription().id
    ]
    permissions: [
      {
        actions: [
          'Microsoft.Network/networkWatchers/read'
          'Microsoft.Network/networkWatchers/packetCaptures/read'
          'Microsoft.Network/networkWatchers/packetCaptures/write'
          'Microsoft.Network/networkWatchers/packetCaptures/delete'
          'Microsoft.Network/networkWatchers/packetCaptures/queryStatus/action'
          'Microsoft.Network/networkWatchers/packetCaptures/queryStatus/read'
          'Microsoft.Network/locations/operations/read'
          'Microsoft.Network/locations/operationResults/read'
        ]
        notActions: []
      }
    ]
  }
}

resource machineRole 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(subscription().id, 'nightcap-capture-machine')
  properties: {
    roleName: 'Nightcap captured machines (${subscription().subscriptionId})'
    description: 'Capture packets on virtual machines.'
    type: 'CustomRole'
    assignableScopes: [
      subscription().id
    ]
    permissions: [
      {
        actions: grantVirtualMachineWrite ? concat(machineReadActions, machineWriteActions) : machineReadActions
        notActions: []
      }
    ]
  }
}

resource storageRole 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(subscription().id, 'nightcap-capture-storage')
  properties: {
    roleName: 'Nightcap capture storage (${subscription().subscriptionId})'
    description: 'Let packet captures go to a storage account.'
    type: 'CustomRole'
    assignableScopes: [
      subscription().id
    ]
    permissions: [
      {
        actions: [
          'Microsoft.Storage/storageAccounts/read'
          'Microsoft.Storage/storageAccounts/listServiceSas/action'
          'Microsoft.Storage/storageAccounts/listAccountSas/action'
          'Microsoft.Storage/storageAccounts/listKeys/action'
        ]
        notActions: []
      }
    ]
  }
}

resource captureAssignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(subscription().id, principalId, 'nightcap-capture')
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: captureRole.id
  }
}

output machineRoleId string = machineRole.id
output storageRoleId string = storageRole.id
