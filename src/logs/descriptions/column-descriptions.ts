/** Lines of "name: what it says"; sides are written once for both. */
const lines = `
AclGroup: Id of the network security group whose rule decided
AclRule: Rule that let the flow pass or denied it
AllowedInFlows: Inbound flows that were allowed
AllowedOutFlows: Outbound flows that were allowed
AzureRegion: Azure region of the public address
BytesDestToSrc: Bytes from the destination back to the source
BytesSrcToDest: Bytes from the source to the destination
CompletedFlows: Flows that ended in the interval
ConnectingVnets: Virtual networks that the connection joins
Country: Country of the public address, two letters
DeniedInFlows: Inbound flows that were denied
DeniedOutFlows: Outbound flows that were denied
DestPort: Port at the destination
FaSchemaVersion: Version of this schema
FlowDirection: Inbound or Outbound, as seen by the logged side
FlowEncryption: Whether the flow was encrypted between networks
FlowStartTime: First tuple of the record
FlowEndTime: Last tuple of the record
FlowIntervalStartTime: Begin of the interval that is added up
FlowIntervalEndTime: End of the interval that is added up
FlowLogResourceId: Flow log that wrote it, subscription/group/watcher/name in small letters
FlowStatus: Allowed or Denied
FlowState: Whether the tuple began, went on, ended, or was denied
FlowType: IntraVNet, InterVNet, S2S, P2S, AzurePublic, ExternalPublic, MaliciousFlow, UnknownPrivate or Unknown
FlowCount: Flows in the record
L4Protocol: T for TCP, U for UDP
L7Protocol: Service that the port is known for
MacAddress: MAC address of the logged interface
NsgList: Network security groups on the way
NsgRule: Rule of the network security group
NsgRuleType: Whether somebody wrote the rule or Azure has it by default
NsgRules: Index, rule, direction, decision and flows of each rule, separated by bars
PacketsDestToSrc: Packets from the destination back to the source
PacketsSrcToDest: Packets from the source to the destination
RecordCount: Records of flow logs that were added up
InboundBytes: Bytes from the destination to the source
OutboundBytes: Bytes from the source to the destination
InboundPackets: Packets from the destination to the source
OutboundPackets: Packets from the source to the destination
Status: Decision of the rule, or state of the resource
SubType: Which kind of record it is, FlowLog or Topology
TargetResourceId: What the flow log is of, subscription/group/name in small letters
TargetResourceType: VirtualNetwork, Subnet, NetworkInterface or NetworkSecurityGroup
TimeGenerated: Time of the record's last tuple; time ranges go by it
TimeProcessed: When Nightcap wrote the row
Type: Name of the table
TenantId: Customer id of the workspace
SourceSystem: Where the row comes from
Ip: The public address
Location: Azure region, Global, or country in two letters
PublicIpDetails: Service tag, or owner of the autonomous system
ThreatType: Azure's word for the threat
ThreatDescription: What the threat list says of the address
ThreatList: Threat list that has the address
ThreatEntry: Entry of the threat list that fits
ThreatFirstSeen: Since when the threat list has it
ThreatListVersion: Version of the threat list
Url: Address on the web that the threat list names
Port: Port that the threat list names
DnsDomain: Name that the threat list names
AzureResourceType: Kind of resource: VirtualNetwork, Subnetwork, NetworkInterface, ...
ResourceType: Kind of resource
Name: Name of the resource, group/name
Region: Region of the resource
DiscoveryRegion: Region in which it was found
Subscription: Subscription of the resource
AddressPrefixes: Prefixes of the network, parted by spaces
IsFlowEnabled: Whether a flow log records it
FlowLogStorageAccount: Storage account of its flow log
PrivateIpAddresses: Private addresses, parted by spaces
PublicIpAddresses: Public addresses, parted by spaces
VirtualMachine: Machine that the interface belongs to
VmssName: Scale set of the machine
Subnetwork: Subnet of the interface
Nsg: Network security group, subscription/group/name
Access: Allow or Deny
Direction: Inbound or Outbound
Priority: Priority of the rule; the smallest number decides first
Protocol: Protocol of the rule
Description: What somebody wrote about it
DestinationAddressPrefix: Destinations of the rule
DestinationPortRange: Destination ports of the rule
SourceAddressPrefix: Sources of the rule
SourcePortRange: Source ports of the rule
PublicIps: Public addresses with their counters, parted by spaces
SrcPublicIps: Public sources with flows and counters, parted by bars and spaces
DestPublicIps: Public destinations with flows and counters, parted by bars and spaces
Reason: Why the flow has this flow type
RemoteIp: The public address
LocalIp: Address of the logged side
LocalVm: Machine of the logged side
LocalSubnet: Subnet of the logged side
LocalSubscription: Subscription of the logged side
Flows: Flows in the record
VirtualMachineId: Id of the host that wrote it
WeekStart: Monday of the week, UTC
FirstSeen: First tuple of that week
LastSeen: Last tuple of that week
FirstProcessed: When the first tuple came
City: City of the public address
Latitude: Degrees north
Longitude: Degrees east
HasLocation: Whether the place is known
Asn: Number of the autonomous system
AsOwner: Owner of the autonomous system
ServiceTag: Azure's service tag of the address
NetworkIp: The address
ConfidenceScore: How sure the list is; nobody says, so 0
ExpirationDateTime: Until when the row holds
IndicatorId: Names the row
SrcPorts: Ports at the source
SrcPort: Port at the source
`;

const sides = `
Ip: Address of the SIDE; blank for ExternalPublic and AzurePublic
Vm: Machine of the SIDE, group/name
Nic: Interface of the SIDE, group/name
Subnet: Subnet of the SIDE, group/network/subnet
Subscription: Subscription of the SIDE
Region: Region of the SIDE
Country: Country of the SIDE, two letters
Asn: Number of the autonomous system of the SIDE
AsOwner: Owner of the autonomous system of the SIDE
ServiceTags: Service tags of the SIDE
LoadBalancer: Load balancer of the SIDE
ApplicationGateway: Application gateway of the SIDE
ExpressRouteCircuit: ExpressRoute circuit of the SIDE
LocalNetworkGateway: Local network gateway of the SIDE
`;

const entriesOf = (text: string): [string, string][] =>
  text
    .trim()
    .split("\n")
    .map((line) => {
      const at = line.indexOf(": ");
      return [line.slice(0, at).toLowerCase(), line.slice(at + 2)];
    });

const sideEntries = (prefixes: readonly string[], side: string): [string, string][] =>
  entriesOf(sides).flatMap(([name, text]) =>
    prefixes.map((prefix): [string, string] => [
      prefix.replace("*", name),
      text.replace("SIDE", side),
    ]),
  );

/** Without regard to case: the older schema has IP and NSG in capitals. */
const descriptions: ReadonlyMap<string, string> = new Map([
  ...sideEntries(["src*", "*1"], "source"),
  ...sideEntries(["dest*", "*2"], "destination"),
  ...entriesOf(lines),
]);

/** What a column says; undefined where nobody has written it down. */
export function describeColumn(name: string): string | undefined {
  const plain = name.toLowerCase();
  // The older schema has a suffix for the type.
  return descriptions.get(plain) ?? descriptions.get(plain.replace(/_[sdtbg]$/, ""));
}
