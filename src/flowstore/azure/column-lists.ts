// Names and types of the columns of Azure's tables, as the Log Analytics table reference gives them
// (learn.microsoft.com/azure/azure-monitor/reference/tables), and the custom tables as Traffic Analytics writes them.

export const netAnalyticsColumns = `
  AclGroup:string AclRule:string Action:string AllowedInFlows:long AllowedOutFlows:long
  AzureRegion:string _BilledSize:real BytesDestToSrc:long BytesSrcToDest:long
  CompletedFlows:long ConnectingVnets:string ConnectionName:string ConnectionType:string
  Country:string DeniedInFlows:long DeniedOutFlows:long Description:string
  DestApplicationGateway:string DestCloud:string DestEnvironment:string
  DestExpressRouteCircuit:string DestIp:string DestLoadBalancer:string
  DestLocalNetworkGateway:string DestNetworkGroups:string DestNic:string DestPort:int
  DestPublicIps:string DestRegion:string DestServiceId:string DestServiceName:string
  DestServiceTags:string DestSubnet:string DestSubscription:string DestTenantId:string
  DestTenantName:string DestVm:string ExpressRouteCircuitPeeringType:string
  FaSchemaVersion:string FlowDirection:string FlowEncryption:string FlowEndTime:datetime
  FlowIntervalEndTime:datetime FlowIntervalStartTime:datetime FlowLogResourceId:string
  FlowStartTime:datetime FlowStatus:string FlowType:string _IsBillable:string
  IsFlowCapturedAtUdrHop:bool L4Protocol:string L7Protocol:string LogResourceId:string
  MacAddress:string NsgList:string NsgRule:string NsgRuleType:string PacketsDestToSrc:long
  PacketsSrcToDest:long PrivateEndpointResourceId:string PrivateLinkResourceId:string
  PrivateLinkResourceName:string RecordCount:long SourceSystem:string
  SrcApplicationGateway:string SrcCloud:string SrcEnvironment:string
  SrcExpressRouteCircuit:string SrcIp:string SrcLoadBalancer:string
  SrcLocalNetworkGateway:string SrcNetworkGroups:string SrcNic:string SrcPorts:string
  SrcPublicIps:string SrcRegion:string SrcServiceId:string SrcServiceName:string
  SrcServiceTags:string SrcSubnet:string SrcSubscription:string SrcTenantId:string
  SrcTenantName:string SrcVm:string Status:string SubType:string TargetResourceId:string
  TargetResourceType:string TenantId:string TimeGenerated:datetime TimeProcessed:datetime
  TrafficAnalyticsResourceId:string Type:string _ItemId:string`;

export const ipDetailsColumns = `
  _BilledSize:real DnsDomain:string FaSchemaVersion:string FlowIntervalEndTime:datetime
  FlowIntervalStartTime:datetime FlowType:string Ip:string _IsBillable:string Location:string
  Port:int PublicIpDetails:string SourceSystem:string SubType:string TenantId:string
  ThreatDescription:string ThreatType:string TimeGenerated:datetime Type:string Url:string`;

export const topologyDetailsColumns = `
  Access:string AddressPrefixes:string AllowForwardedTraffic:bool AllowGatewayTransit:bool
  AllowVirtualNetworkAccess:bool AppGatewayType:string ApplicationGatewayBackendPools:string
  AzureAsn:long AzureResourceType:string BackendAddressPool:string BackendIpAddress:string
  BackendPort:int BackendSubnets:string BgpEnabled:bool _BilledSize:real
  CircuitProvisioningState:string ComponentType:string ConnectionStatus:string
  ConnectionType:string Description:string DestinationAddressPrefix:string
  DestinationPortRange:string Direction:string DiscoveryRegion:string
  EgressBytesTransferred:long EnableIpForwarding:bool EncryptionEnabled:bool
  EncryptionEnforcement:string FloatingIpEnabled:bool FlowLogStorageAccount:string
  FrontendIpAddress:string FrontendIps:string FrontendPort:int FrontendSubnet:string
  FrontendSubnets:string GatewayConnectionType:string GatewaySubnet:string GatewayType:string
  IngressBytesTransferred:long IpAddress:string _IsBillable:string IsFlowEnabled:bool
  IsVirtualAppliance:bool LoadBalancerBackendPools:string LoadBalancerType:string
  LocalNetworkGateway:string LocalPreference:string MacAddress:string Name:string Network:string
  NextHopIp:string NextHopType:string Nsg:string Path:string Peer:string PeerAsn:long
  PeeringType:string PrimaryAzurePort:string PrimaryBytesIn:long PrimaryBytesOut:long
  PrimaryNextHop:string PrimaryPeerAddressPrefix:string Priority:int
  PrivateEndpointResourceId:string PrivateFrontendIps:string PrivateIpAddresses:string
  PrivateLinkResourceId:string Protocol:string PublicFrontendIps:string PublicIpAddresses:string
  Region:string RouteTable:string RoutingWeight:int RuleType:string SchemaVersion:string
  SecondaryAzurePort:string SecondaryBytesIn:long SecondaryBytesOut:long SecondaryNextHop:string
  SecondaryPeerAddressPrefix:string ServiceProviderProperties:string
  ServiceProviderProvisioningState:string Sku:string SkuDetail:string SourceAddressPrefix:string
  SourcePortRange:string SourceSystem:string State:string Status:string Subnet1:string
  Subnet2:string SubnetPrefixes:string SubnetRegion1:string SubnetRegion2:string
  Subnetwork:string Subscription:string SubscriptionName:string SubType:string Tags:string
  TenantId:string TimeGenerated:datetime TimeProcessed:datetime TopologyVersion:string
  Type:string UseRemoteGateways:bool VipAddress:string VirtualAppliances:string
  VirtualMachine:string VirtualNetwork1:string VirtualNetwork2:string
  VirtualNetworkGateway1:string VirtualNetworkGateway2:string VirtualSubnetwork:string
  VlanId:int VmssName:string VnetEncryptionSupported:bool VpnClientAddressPrefixes:string
  Weight:int Zones:string`;

export const insightsColumns = `
  AdFlag:real AdScore:real AggregationType:string _BilledSize:real DataPoints:string
  FlowStatus:string InsightsResourceId:string IntervalEnd:datetime IntervalStart:datetime
  _IsBillable:string Periodicity:real PivotType:string ProcessingTime:datetime? Region:string
  SchemaVersion:string SeriesNumber:real SourceSystem:string SubType:string TenantId:string
  TimeGenerated:datetime TrafficTime:datetime? TrafficVolumeActual:real
  TrafficVolumeBaseline:real TrafficVolumeUnit:string Type:string`;

export const legacyAnalyticsColumns = `
  SubType_s:string FASchemaVersion_s:string TimeProcessed_t:datetime
  FlowIntervalStartTime_t:datetime? FlowIntervalEndTime_t:datetime? FlowStartTime_t:datetime?
  FlowEndTime_t:datetime? FlowType_s:string SrcIP_s:string DestIP_s:string VMIP_s:string
  DestPort_d:real L4Protocol_s:string L7Protocol_s:string FlowDirection_s:string
  FlowStatus_s:string NSGList_s:string NSGRules_s:string NSGRule_s:string NSGRuleType_s:string
  MACAddress_s:string Subscription_g:string Subscription1_g:string Subscription2_g:string
  Region_s:string Region1_s:string Region2_s:string NIC_s:string NIC1_s:string NIC2_s:string
  VM_s:string VM1_s:string VM2_s:string Subnet_s:string Subnet1_s:string Subnet2_s:string
  ApplicationGateway1_s:string ApplicationGateway2_s:string ExpressRouteCircuit1_s:string
  ExpressRouteCircuit2_s:string ExpressRouteCircuitPeeringType_s:string LoadBalancer1_s:string
  LoadBalancer2_s:string LocalNetworkGateway1_s:string LocalNetworkGateway2_s:string
  ConnectionType_s:string ConnectionName_s:string ConnectingVNets_s:string Country_s:string
  AzureRegion_s:string AllowedInFlows_d:real DeniedInFlows_d:real AllowedOutFlows_d:real
  DeniedOutFlows_d:real FlowCount_d:real InboundPackets_d:real OutboundPackets_d:real
  InboundBytes_d:real OutboundBytes_d:real CompletedFlows_d:real PublicIPs_s:string
  SrcPublicIPs_s:string DestPublicIPs_s:string IsFlowCapturedAtUDRHop_b:bool
  FlowLogStorageAccount_s:string IsFlowEnabled_b:bool Name_s:string ComponentType_s:string
  SubscriptionName_s:string Subnetwork_s:string PrivateIPAddresses_s:string
  DiscoveryRegion_s:string Priority_d:real VirtualMachine_s:string PublicIPAddresses_s:string
  GatewayType_s:string VirtualSubnetwork_s:string VirtualNetwork1_s:string
  VirtualNetwork2_s:string VirtualNetworkGateway1_s:string VirtualNetworkGateway2_s:string
  EgressBytesTransferred_d:real IngressBytesTransferred_d:real Status_s:string VmssName_s:string
  IP_s:string TimeGenerated:datetime TenantId:string SourceSystem:string ResourceType:string
  Type:string _ResourceId:string Computer:string ResourceId:string`;

export const legacyIpDetailsColumns = `
  SubType_s:string FASchemaVersion_s:string FlowIntervalStartTime_t:datetime
  FlowIntervalEndTime_t:datetime FlowType_s:string IP_s:string Location_s:string
  PublicIPDetails_s:string ThreatType_s:string ThreatDescription_s:string DNSDomain_s:string
  Url_s:string Port_d:real TimeGenerated:datetime`;

export const diagnosticsColumns = `
  TimeGenerated:datetime Category:string ResourceId:string OperationName:string
  matchedConnections_d:real ruleName_s:string type_s:string direction_s:string`;

export const threatIndicatorColumns = `
  TimeGenerated:datetime ExpirationDateTime:datetime IndicatorId:string Active:bool
  NetworkIP:string EmailSourceIpAddress:string NetworkDestinationIP:string
  NetworkSourceIP:string Description:string ActivityGroupNames:string ThreatType:string
  Url:string ConfidenceScore:real`;
