import { describe, expect, test } from "vitest";
import type { AlertFlow } from "../../src/alert/logs/log-detail.ts";
import { compileFilters } from "../../src/arm/capture-filter.ts";
import type { CaptureFilter } from "../../src/capture/session.ts";
import { filtersOf } from "../../src/responder/alert-filters.ts";

const machineId = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/m";
const other = `${machineId}2`;
const flow = (parts: Partial<AlertFlow>): AlertFlow => ({ rowCount: 1, ...parts });
const dimension = (name: string, value: string) => ({ name, value });

function filters(
  flows: readonly AlertFlow[],
  dimensions: readonly { name: string; value: string }[] = [],
  hasAllFlows = true,
) {
  const criterion = {
    metricName: null,
    metricNamespace: null,
    operator: null,
    threshold: null,
    timeAggregation: null,
    metricValue: null,
    dimensions,
    flows,
    hasAllFlows,
  };
  return filtersOf({ criteria: [criterion] }, machineId.toUpperCase());
}

const outbound = flow({
  SrcIp: "10.0.0.4",
  DestIp: "198.51.100.7",
  DestPort: 443,
  L4Protocol: "T",
  FlowDirection: "Outbound",
  resourceId: machineId,
});

describe("the filters of an alert", () => {
  test("the machine's side is local, in either direction", () => {
    const inbound = flow({ ...outbound, FlowDirection: "Inbound", L4Protocol: "U", DestPort: 53 });
    expect(filters([outbound, inbound])).toEqual([
      {
        protocol: "TCP",
        localIPAddress: "10.0.0.4",
        remoteIPAddress: "198.51.100.7",
        remotePort: "443",
      },
      {
        protocol: "UDP",
        localIPAddress: "198.51.100.7",
        remoteIPAddress: "10.0.0.4",
        localPort: "53",
      },
    ]);
  });

  test("flows that differ in their ports are one filter, and those of other machines are none", () => {
    const ports = [8080, 22, 443, 22].map((DestPort) => flow({ ...outbound, DestPort }));
    expect(
      filters([...ports, flow({ ...outbound, DestIp: "192.0.2.9", resourceId: other })]),
    ).toEqual([
      {
        protocol: "TCP",
        localIPAddress: "10.0.0.4",
        remoteIPAddress: "198.51.100.7",
        remotePort: "22;443;8080;",
      },
    ]);
  });

  test("a flow of no direction is looked for on both sides", () => {
    expect(filters([flow({ SrcIp: "2001:db8::1", L4Protocol: "1" })])).toEqual([
      { protocol: "Any", remoteIPAddress: "2001:db8::1" },
      { protocol: "Any", localIPAddress: "2001:db8::1" },
    ]);
  });

  test("dimensions say it where not all flows are there, and in an alert of Azure's", () => {
    const dimensions = [
      dimension("SrcIP_s", "192.0.2.1"),
      dimension("DestIP_s", "10.0.0.4"),
      dimension("DestPort_d", "3389"),
      dimension("FlowDirection_s", "I"),
      dimension("VM_s", "g/m"),
    ];
    const expected = [
      {
        protocol: "Any",
        localIPAddress: "10.0.0.4",
        remoteIPAddress: "192.0.2.1",
        localPort: "3389",
      },
    ];
    expect(filters([outbound], dimensions, false)).toEqual(expected);
    expect(filters([], dimensions)).toEqual(expected);
    expect(filters([], [dimension("RemoteIp", "192.0.2.1")])).toEqual([
      { protocol: "Any", remoteIPAddress: "192.0.2.1" },
    ]);
  });

  test("what is no address or port is left out, and without addresses there is no filter", () => {
    expect(
      filters([flow({ SrcIp: "10.0.0.4;0.0.0.0-255.255.255.255", DestIp: "", DestPort: 22 })]),
    ).toEqual([]);
    expect(filters([flow({ ...outbound, DestPort: 0 })])[0]).not.toHaveProperty("remotePort");
    expect(filters([], [dimension("Interface", "eth0")])).toEqual([]);
  });

  test("they are filters that captures take", () => {
    const all = [
      outbound,
      flow({ ...outbound, DestPort: 80, SrcIp: "2001:db8::4", DestIp: "2001:db8::5" }),
    ];
    expect(compileFilters(filters(all) as CaptureFilter[])).toContain("198.51.100.7");
  });
});
