// What Microsoft's pages show, retyped and shortened. Each says from which page it is.

const nsgId =
  "/SUBSCRIPTIONS/AAAA0A0A-BB1B-CC2C-DD3D-EEEEEE4E4E4E/RESOURCEGROUPS/FABRIKAMRG/PROVIDERS/MICROSOFT.NETWORK/NETWORKSECURITYGROUPS/FABRIKAMVM1-NSG";

interface NsgRule {
  rule: string;
  flows: { mac?: string; flowTuples: string[] }[];
}

export function nsgRecord(version: number, flows: readonly NsgRule[]): object {
  return {
    time: "2017-02-16T22:00:32.8950000Z",
    systemId: "55ff55ff-aa66-bb77-cc88-99dd99dd99dd",
    category: "NetworkSecurityGroupFlowEvent",
    resourceId: nsgId,
    operationName: "NetworkSecurityGroupFlowEvents",
    properties: { Version: version, flows },
  };
}

/** learn.microsoft.com/azure/network-watcher/nsg-flow-logs-overview, "Version 1": a record that holds records. */
export const nsgV1Nested = {
  records: [
    nsgRecord(1, [
      {
        rule: "DefaultRule_DenyAllInBound",
        flows: [
          {
            mac: "000D3AF8801A",
            flowTuples: ["1487282421,192.0.2.95,10.1.0.4,51529,5358,T,I,D"],
          },
        ],
      },
    ]),
    {
      records: [
        nsgRecord(1, [
          {
            rule: "UserRule_default-allow-rdp",
            flows: [
              {
                mac: "000D3AF8801A",
                flowTuples: [
                  "1487282370,192.0.2.17,10.1.0.4,61771,3389,T,I,A",
                  "1487282481,198.51.100.194,10.1.0.4,53,1732,U,I,D",
                ],
              },
            ],
          },
        ]),
      ],
    },
  ],
};

/** learn.microsoft.com/azure/network-watcher/nsg-flow-logs-overview, "Version 2". */
export const nsgV2 = {
  records: [
    nsgRecord(2, [
      {
        rule: "DefaultRule_DenyAllInBound",
        flows: [
          {
            mac: "000D3AF87856",
            flowTuples: ["1542110402,192.0.2.190,10.5.16.4,28746,443,U,I,D,B,,,,"],
          },
        ],
      },
      {
        rule: "DefaultRule_AllowInternetOutBound",
        flows: [
          {
            mac: "000D3AF87856",
            flowTuples: [
              "1542110377,10.5.16.4,203.0.113.118,59831,443,T,O,A,B,,,,",
              "1542110379,10.5.16.4,203.0.113.117,59932,443,T,O,A,E,1,66,1,66",
              "1542110379,10.5.16.4,203.0.113.115,44931,443,T,O,A,C,30,16978,24,14008",
            ],
          },
        ],
      },
    ]),
  ],
};

/** learn.microsoft.com/azure/network-watcher/flow-logs-read: rules without flows. */
export const nsgEmptyFlows = {
  records: [
    nsgRecord(1, [
      { rule: "DefaultRule_DenyAllInBound", flows: [] },
      {
        rule: "UserRule_web-rule",
        flows: [
          {
            mac: "000D3A18077E",
            flowTuples: ["1497646738,13.82.225.93,10.0.0.4,1180,80,T,I,A"],
          },
        ],
      },
      { rule: "UserRule_ssh-rule", flows: [] },
    ]),
  ],
};

/** learn.microsoft.com/azure/network-watcher/nsg-flow-logs-overview, "Bandwidth calculation": 9,125 packets, 5,256,000 bytes. */
export const nsgBandwidth = [
  "1708978215,203.0.113.105,10.0.0.5,35370,443,T,I,A,B,,,,",
  "1708978215,203.0.113.105,10.0.0.5,35370,443,T,I,A,C,1021,588096,8005,4610880",
  "1708978215,203.0.113.105,10.0.0.5,35370,443,T,I,A,E,52,29952,47,27072",
];

/** learn.microsoft.com/azure/network-watcher/vnet-flow-logs-overview, the same calculation; times are in seconds. */
export const vnetBandwidth = [
  "1493763938,185.170.185.105,10.2.0.4,35370,23,6,I,B,NX,,,,",
  "1493695838,185.170.185.105,10.2.0.4,35370,23,6,I,C,NX,1021,588096,8005,4610880",
  "1493696138,185.170.185.105,10.2.0.4,35370,23,6,I,E,NX,52,29952,47,27072",
];

export const vnetTarget =
  "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/myResourceGroup/providers/Microsoft.Network/virtualNetworks/myVNet";
export const vnetFlowLog =
  "/SUBSCRIPTIONS/00000000-0000-0000-0000-000000000000/RESOURCEGROUPS/NETWORKWATCHERRG/PROVIDERS/MICROSOFT.NETWORK/NETWORKWATCHERS/NETWORKWATCHER_EASTUS2EUAP/FLOWLOGS/VNETFLOWLOG";

interface VnetAcl {
  aclID: string;
  flowGroups: { rule: string; flowTuples: string[] }[];
}

export function vnetRecord(flows: readonly VnetAcl[]): object {
  return {
    time: "2022-09-14T09:00:52.5625085Z",
    flowLogVersion: 4,
    flowLogGUID: "abcdef01-2345-6789-0abc-def012345678",
    macAddress: "00224871C205",
    category: "FlowLogFlowEvent",
    flowLogResourceID: vnetFlowLog,
    targetResourceID: vnetTarget,
    operationName: "FlowLogFlowEvent",
    flowRecords: { flows },
  };
}

export function vnetTuples(...flowTuples: string[]): object {
  return vnetRecord([
    {
      aclID: "00000000-1234-abcd-ef00-c1c2c3c4c5c6",
      flowGroups: [{ rule: "DefaultRule_AllowInternetOutBound", flowTuples }],
    },
  ]);
}

/** learn.microsoft.com/azure/network-watcher/vnet-flow-logs-overview, "Log format", with the other forms an aclID has. */
export const vnetV4 = {
  records: [
    vnetRecord([
      {
        aclID: "00000000-1234-abcd-ef00-c1c2c3c4c5c6",
        flowGroups: [
          {
            rule: "DefaultRule_AllowInternetOutBound",
            flowTuples: [
              "1663146003599,10.0.0.6,52.239.184.180,23956,443,6,O,B,NX,0,0,0,0",
              "1663146003606,10.0.0.6,52.239.184.180,23956,443,6,O,E,NX,3,767,2,1580",
            ],
          },
        ],
      },
      {
        aclID: "/subscriptions/sub-id/networkSecurityGroups/example-nsg",
        flowGroups: [
          {
            rule: "BlockHighRiskTCPPortsFromInternet",
            flowTuples: ["1663145998065,101.33.218.153,10.0.0.6,55188,22,6,I,D,NX,0,0,0,0"],
          },
          {
            rule: "Internet",
            flowTuples: ["1663145989563,20.106.221.10,10.0.0.6,50557,44357,6,I,D,NX,0,0,0,0"],
          },
        ],
      },
      {
        aclID: "00000000-0000-0000-0000-000000000000",
        flowGroups: [
          {
            rule: "PlatformRule",
            flowTuples: ["1767225601000,10.0.1.4,10.0.0.10,42351,53,17,O,B,NX,0,0,0,0"],
          },
        ],
      },
      {
        aclID: "unspecified",
        flowGroups: [
          {
            rule: "unspecified",
            flowTuples: ["1663145989999,10.0.0.6,10.0.0.9,1,2,6,O,D,NX_NOT_ACCEPTED,0,0,0,0"],
          },
        ],
      },
    ]),
  ],
};
