// The function app, the alert that calls it, and the rights it needs: the same as azuredeploy.json.
// See README.md. A test of the project holds both to each other.

@description('Begins the names of all resources: small letters and digits.')
@minLength(2)
@maxLength(11)
param namePrefix string = 'nightcap'

@description('Region of all resources; the virtual machine\'s, so that captures stay in it.')
param location string = resourceGroup().location

@description('Resource id of the virtual machine that the alert watches, in this subscription.')
param virtualMachineId string

@description('Version of Node.js; the package needs 22 or newer.')
@allowed([
  '22'
  '24'
])
param nodeVersion string = '22'

@description('Whom the function is for Azure: the app\'s own identity, or an application with a secret.')
@allowed([
  'managedIdentity'
  'clientSecret'
])
param credential string = 'managedIdentity'

@description('Tenant of the application; with clientSecret only.')
param tenantId string = subscription().tenantId

@description('Client id of the application; with clientSecret only.')
param clientId string = ''

@description('Secret of the application; with clientSecret only.')
@secure()
param clientSecret string = ''

@description('Object id of the application\'s service principal, for the role assignments; with clientSecret only.')
param servicePrincipalObjectId string = ''

@description('Gives the right to write virtual machines and their extensions, which Microsoft lists among those that packet capture needs.')
param grantVirtualMachineWrite bool = true

@description('Metric of the virtual machine that the alert watches.')
@allowed([
  'Network In Total'
  'Network Out Total'
])
param metricName string = 'Network Out Total'

@description('Bytes a minute, as the average over the window, above which the alert fires. The tutorial\'s 3 fires at once.')
@minValue(0)
param threshold int = 3

@description('How far the alert looks back.')
@allowed([
  'PT1M'
  'PT5M'
  'PT15M'
  'PT30M'
  'PT1H'
])
param windowSize string = 'PT5M'

@description('How often the alert looks.')
@allowed([
  'PT1M'
  'PT5M'
  'PT15M'
])
param evaluationFrequency string = 'PT1M'

@description('Severity of the alert: 0 is critical, 4 is verbose.')
@minValue(0)
@maxValue(4)
param severity int = 3

@description('Calls the function with the common alert schema instead of the metric alert\'s own; it reads both.')
param useCommonAlertSchema bool = false

@description('Packet captures of one network watcher that may run at once; at it, the function makes none.')
@minValue(1)
@maxValue(10000)
param sessionCountMax int = 100

@description('Seconds that a capture records.')
@minValue(1)
@maxValue(18000)
param timeLimitInSeconds int = 30

@description('Filters of the capture, as a JSON array of Azure\'s own objects; [] records everything.')
param filters string = '[]'

@description('URLs that are told of finished captures, with a space between them; they may hold secrets.')
@secure()
param webhookUrls string = ''

var suffix = uniqueString(resourceGroup().id, namePrefix)
var storageName = '${namePrefix}${suffix}'
var siteName = '${namePrefix}-${suffix}'
var packageContainerName = 'app-package'
var machineGroupName = split(virtualMachineId, '/')[4]
var storageBlobDataOwner = 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
var commonSettings = {
  AzureCloud: environment().name
  AzureSubscriptionId: subscription().subscriptionId
  AzureWebJobsStorage__accountName: storageName
  NightcapStorageAccountId: resourceId('Microsoft.Storage/storageAccounts', storageName)
  NightcapSessionCountMax: string(sessionCountMax)
  NightcapTimeLimitInSeconds: string(timeLimitInSeconds)
  NightcapFilters: filters
  NightcapWebhookUrls: webhookUrls
}
var credentialSettings = credential == 'managedIdentity' ? {
  NightcapManagedIdentity: 'system'
} : {
  AzureTenant: tenantId
  AzureClientId: clientId
  AzureCredPassword: clientSecret
}

// Holds the app's package, the host's own blobs, and the captures. Network Watcher writes captures with
// a shared access signature, so shared keys stay allowed.
resource storage 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: storageName
  location: location
  sku: {
    name: 'Standard_LRS'
  }
  kind: 'StorageV2'
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowSharedKeyAccess: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2023-05-01' = {
  parent: storage
  name: 'default'
}

resource packages 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' = {
  parent: blobs
  name: packageContainerName
  properties: {
    publicAccess: 'None'
  }
}

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: siteName
  location: location
  properties: {
    retentionInDays: 30
    sku: {
      name: 'PerGB2018'
    }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: siteName
  location: location
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
  }
}

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: siteName
  location: location
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
  }
}

resource site 'Microsoft.Web/sites@2024-04-01' = {
  name: siteName
  location: location
  kind: 'functionapp,linux'
  identity: {
    type: 'SystemAssigned'
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    siteConfig: {
      minTlsVersion: '1.2'
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${storage.properties.primaryEndpoints.blob}${packageContainerName}'
          authentication: {
            type: 'SystemAssignedIdentity'
          }
        }
      }
      runtime: {
        name: 'node'
        version: nodeVersion
      }
      scaleAndConcurrency: {
        instanceMemoryMB: 512
        maximumInstanceCount: 40
      }
    }
  }
  dependsOn: [
    packages
  ]
}

resource settings 'Microsoft.Web/sites/config@2024-04-01' = {
  parent: site
  name: 'appsettings'
  properties: union(commonSettings, credentialSettings, {
    APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString
  })
  dependsOn: [
    hostRole
  ]
}

// The host's own blobs and its package.
resource hostRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: storage
  name: guid(storage.id, site.id, storageBlobDataOwner)
  properties: {
    principalId: site.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', storageBlobDataOwner)
  }
}

module roles 'roles.bicep' = {
  name: 'nightcap-roles-${location}'
  scope: subscription()
  params: {
    grantVirtualMachineWrite: grantVirtualMachineWrite
    principalId: credential == 'managedIdentity' ? site.identity.principalId : servicePrincipalObjectId
  }
}

module machineRole 'group-role.bicep' = {
  name: 'nightcap-machine-role'
  scope: resourceGroup(machineGroupName)
  params: {
    principalId: credential == 'managedIdentity' ? site.identity.principalId : servicePrincipalObjectId
    roleDefinitionId: roles.outputs.machineRoleId
  }
}

// What a packet capture into a storage account asks of its caller.
resource storageRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: storage
  name: guid(storage.id, site.id, credential, 'nightcap-capture-storage')
  properties: {
    principalId: credential == 'managedIdentity' ? site.identity.principalId : servicePrincipalObjectId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roles.outputs.storageRoleId
  }
}

resource actionGroup 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: siteName
  location: 'Global'
  properties: {
    enabled: true
    groupShortName: 'nightcap'
    azureFunctionReceivers: [
      {
        name: 'responder'
        functionAppResourceId: site.id
        functionName: 'responder'
        httpTriggerUrl: 'https://${site.properties.defaultHostName}/api/responder?code=${listKeys('${site.id}/host/default', '2024-04-01').functionKeys.default}'
        useCommonAlertSchema: useCommonAlertSchema
      }
    ]
  }
  dependsOn: [
    settings
  ]
}

resource alert 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: siteName
  location: 'global'
  properties: {
    description: 'Starts a packet capture of the virtual machine.'
    enabled: true
    severity: severity
    scopes: [
      virtualMachineId
    ]
    evaluationFrequency: evaluationFrequency
    windowSize: windowSize
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'network'
          metricNamespace: 'Microsoft.Compute/virtualMachines'
          metricName: metricName
          operator: 'GreaterThan'
          threshold: threshold
          timeAggregation: 'Average'
        }
      ]
    }
    actions: [
      {
        actionGroupId: actionGroup.id
      }
    ]
  }
}

@description('Name of the function app, for the command that deploys the package.')
output functionAppName string = site.name

@description('The function\'s address; its key is not in it.')
output functionUrl string = 'https://${site.properties.defaultHostName}/api/responder'

@description('Storage account that captures go to, container network-watcher-logs.')
output storageAccountId string = storage.id
