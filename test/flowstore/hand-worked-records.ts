// What the tuples of `azure-views.test.ts` are as records, worked out by hand from the schema page of Traffic Analytics
// (learn.microsoft.com/azure/network-watcher/traffic-analytics-schema); sums are written out.

const time = (clock: string): string => `2026-11-20 ${clock}.0000000`;

const begunToFirst = 1;
const begunToSecond = 1;
const packetsOut = 1_021 + 52;
const bytesOut = 588_096 + 29_952;
const packetsIn = 8_005 + 47;
const bytesIn = 4_610_880 + 27_072;
/** One that has ended; the first address has all packets, the second only a beginning. */
const ended = 1;
const peers = [
  `13.67.42.7|${begunToFirst}|${ended}|${packetsOut}|${packetsIn}|${bytesOut}|${bytesIn}`,
  `13.67.42.8|${begunToSecond}|0|0|0|0|0`,
].join(" ");

const rule = "DefaultRule_AllowInternetOutBound";
const subscription = "00000000-0000-0000-0000-000000000001";

const record = {
  AclGroup: "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/networkSecurityGroups/n",
  AclRule: rule,
  FaSchemaVersion: "3",
  // NX in the tuples.
  FlowEncryption: "Unencrypted",
  FlowIntervalStartTime: time("12:00:00"),
  FlowIntervalEndTime: time("13:00:00"),
  FlowLogResourceId: "s/g/f",
  L4Protocol: "T",
  MacAddress: "002248712CB2",
  SourceSystem: "Nightcap",
  SubType: "FlowLog",
  TargetResourceId: "s/g/v",
  TargetResourceType: "VirtualNetwork",
  Type: "NTANetAnalytics",
  _IsBillable: "False",
};

/** The named side of a record. */
const hostAs = (prefix: "Src" | "Dest") => ({
  [`${prefix}Ip`]: "10.0.0.5",
  [`${prefix}Nic`]: "rg/web-nic",
  [`${prefix}Region`]: "westeurope",
  [`${prefix}Subnet`]: "rg/net/front",
  [`${prefix}Subscription`]: subscription,
  [`${prefix}Vm`]: "rg/web",
});

export const netAnalyticsRecords = [
  // Two addresses of one country, which are one record with both in its list.
  {
    ...record,
    ...hostAs("Src"),
    AllowedOutFlows: begunToFirst + begunToSecond,
    BytesSrcToDest: bytesOut,
    BytesDestToSrc: bytesIn,
    PacketsSrcToDest: packetsOut,
    PacketsDestToSrc: packetsIn,
    CompletedFlows: ended,
    Country: "us",
    DestPort: 443,
    DestPublicIps: peers,
    FlowDirection: "Outbound",
    FlowStatus: "Allowed",
    FlowType: "ExternalPublic",
    // From the first tuple to the beginning of the last flow.
    FlowStartTime: time("12:00:10"),
    FlowEndTime: time("12:01:30"),
    TimeGenerated: time("12:01:30"),
    L7Protocol: "https",
    RecordCount: 4,
    SrcPorts: "35370|35371",
  },
  // A malicious address keeps its place in the record.
  {
    ...record,
    ...hostAs("Dest"),
    DeniedInFlows: 2,
    Country: "nl",
    DestPort: 22,
    FlowDirection: "Inbound",
    FlowStatus: "Denied",
    FlowType: "MaliciousFlow",
    FlowStartTime: time("12:01:40"),
    FlowEndTime: time("12:01:41"),
    TimeGenerated: time("12:01:41"),
    L7Protocol: "ssh",
    RecordCount: 2,
    SrcIp: "185.220.101.1",
    SrcPorts: "4444|4445",
  },
];

const legacyRecord = {
  FASchemaVersion_s: "2",
  FlowIntervalStartTime_t: time("12:00:00"),
  FlowIntervalEndTime_t: time("13:00:00"),
  L4Protocol_s: "T",
  MACAddress_s: "002248712CB2",
  NSGList_s: "s/g/n",
  NSGRule_s: rule,
  NSGRuleType_s: "Default",
  SourceSystem: "Nightcap",
  SubType_s: "FlowLog",
  Type: "AzureNetworkAnalytics_CL",
  // The host's, whichever side it is.
  VMIP_s: "10.0.0.5",
  VM_s: "rg/web",
  NIC_s: "rg/web-nic",
  Subnet_s: "rg/net/front",
  Region_s: "westeurope",
  Subscription_g: subscription,
  FlowCount_d: 2,
};

const legacyHostAs = (number: 1 | 2) => ({
  [`VM${number}_s`]: "rg/web",
  [`NIC${number}_s`]: "rg/web-nic",
  [`Subnet${number}_s`]: "rg/net/front",
  [`Region${number}_s`]: "westeurope",
  [`Subscription${number}_g`]: subscription,
});

export const legacyRecords = [
  {
    ...legacyRecord,
    ...legacyHostAs(1),
    AllowedOutFlows_d: begunToFirst + begunToSecond,
    CompletedFlows_d: ended,
    OutboundBytes_d: bytesOut,
    OutboundPackets_d: packetsOut,
    InboundBytes_d: bytesIn,
    InboundPackets_d: packetsIn,
    Country_s: "us",
    DestPort_d: 443,
    DestPublicIPs_s: peers,
    PublicIPs_s: peers,
    FlowDirection_s: "O",
    FlowStatus_s: "A",
    FlowType_s: "ExternalPublic",
    FlowStartTime_t: time("12:00:10"),
    FlowEndTime_t: time("12:01:30"),
    TimeGenerated: time("12:01:30"),
    L7Protocol_s: "https",
    // index|rule|direction|status|count
    NSGRules_s: `0|${rule}|O|A|2`,
    SrcIP_s: "10.0.0.5",
  },
  {
    ...legacyRecord,
    ...legacyHostAs(2),
    DeniedInFlows_d: 2,
    Country_s: "nl",
    DestIP_s: "10.0.0.5",
    DestPort_d: 22,
    FlowDirection_s: "I",
    FlowStatus_s: "D",
    FlowType_s: "MaliciousFlow",
    FlowStartTime_t: time("12:01:40"),
    FlowEndTime_t: time("12:01:41"),
    TimeGenerated: time("12:01:41"),
    L7Protocol_s: "ssh",
    NSGRules_s: `0|${rule}|I|D|2`,
    SrcIP_s: "185.220.101.1",
  },
];

const ipRecord = {
  FaSchemaVersion: "3",
  FlowIntervalStartTime: time("12:00:00"),
  FlowIntervalEndTime: time("13:00:00"),
  SourceSystem: "Nightcap",
  SubType: "FlowLog",
  Type: "NTAIpDetails",
  _IsBillable: "False",
};

/** Of each address: the country, the owner of its system, the time of its last tuple. */
export const ipRecords = (owner: string) => [
  {
    ...ipRecord,
    FlowType: "ExternalPublic",
    Ip: "13.67.42.7",
    Location: "us",
    Port: 443,
    PublicIpDetails: owner,
    TimeGenerated: time("12:01:20"),
  },
  {
    ...ipRecord,
    FlowType: "ExternalPublic",
    Ip: "13.67.42.8",
    Location: "us",
    Port: 443,
    PublicIpDetails: owner,
    TimeGenerated: time("12:01:30"),
  },
  {
    ...ipRecord,
    FlowType: "MaliciousFlow",
    Ip: "185.220.101.1",
    Location: "nl",
    Port: 22,
    ThreatType: "Botnet",
    ThreatDescription: "seen often",
    TimeGenerated: time("12:01:41"),
  },
];
