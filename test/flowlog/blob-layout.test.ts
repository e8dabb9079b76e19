import { describe, expect, test } from "vitest";
import {
  closingBlock,
  entryBlock,
  newBlocks,
  openingBlock,
} from "../../src/flowlog/blob-blocks.ts";
import {
  flowLogBlobPath,
  flowLogPathName,
  parseFlowLogBlobPath,
} from "../../src/flowlog/blob-path.ts";
import { readLog } from "./read-log.ts";
import { vnetFlowLog, vnetTuples } from "./samples.ts";

const hour = Date.UTC(2026, 10, 21, 9);

describe("paths", () => {
  test("of VNet flow logs name subscription, group, watcher and flow log in upper case", () => {
    const log = flowLogPathName(vnetFlowLog.toLowerCase()) ?? "";
    const blob = { kind: "vnet", log, hourMilliseconds: hour, macAddress: "00224871C205" } as const;
    const path = flowLogBlobPath({ ...blob, hourMilliseconds: hour + 3_599_999 });
    expect(path).toBe(
      "flowLogResourceID=/00000000-0000-0000-0000-000000000000_NETWORKWATCHERRG/NETWORKWATCHER_EASTUS2EUAP_VNETFLOWLOG/y=2026/m=11/d=21/h=09/m=00/macAddress=00224871C205/PT1H.json",
    );
    expect(parseFlowLogBlobPath(path)).toEqual(blob);
    expect(parseFlowLogBlobPath(`insights-logs-flowlogflowevent/${path}`)).toEqual(blob);
  });

  test("of NSG flow logs name the NSG's resource id", () => {
    const path =
      "resourceId=/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.NETWORK/NETWORKSECURITYGROUPS/N/y=2026/m=11/d=21/h=09/m=00/macAddress=000D3AF8801A/PT1H.json";
    const blob = parseFlowLogBlobPath(path);
    expect(blob).toMatchObject({ kind: "nsg", hourMilliseconds: hour, macAddress: "000D3AF8801A" });
    expect(blob && flowLogBlobPath(blob)).toBe(path);
  });

  test.each(["m=13/d=01/h=00", "m=02/d=30/h=00", "m=02/d=01/h=25"])("%s is no hour", (part) => {
    const path = `resourceId=/N/y=2026/${part}/m=00/macAddress=000D3AF8801A/PT1H.json`;
    expect(parseFlowLogBlobPath(path)).toBeNull();
  });

  test("an id that is no flow log's has no name", () => {
    expect(flowLogPathName("/subscriptions/s/resourceGroups/g")).toBeNull();
  });
});

describe("blocks", () => {
  // learn.microsoft.com/azure/network-watcher/flow-logs-read shows this block list.
  const sizes = [12, 2_685, 2_586, 2_688, 2_775, 2_676, 2_777, 2_675, 2];

  test("the first reading takes all entries, without the opening and the closing block", () => {
    const range = { kind: "range", startBytes: 12, endBytes: 18_874, lastBlock: 7 };
    expect(newBlocks(sizes, 0)).toEqual(range);
  });

  test("the next one begins after the last block that was read", () => {
    const range = { kind: "range", startBytes: 16_199, endBytes: 18_874, lastBlock: 7 };
    expect(newBlocks(sizes, 6)).toEqual(range);
    expect(newBlocks(sizes, 7)).toEqual({ kind: "none" });
  });

  test("older blobs are indented", () => {
    const range = { kind: "range", startBytes: 21, endBytes: 121, lastBlock: 1 };
    expect(newBlocks([21, 100, 9], 0)).toEqual(range);
  });

  test.each([
    ["an empty blob", [12, 2], 0, "none"],
    ["one block", [5_000], 0, "not in entries"],
    ["blocks of another program", [4_000, 4_000, 17], 0, "not in entries"],
    ["fewer blocks than were read", [12, 100, 2], 5, "replaced"],
    ["one block where there were entries", [5_000], 3, "replaced"],
    ["no block", [], 0, "not in entries"],
  ])("%s", (_, blocks, lastBlock, kind) => {
    expect(newBlocks(blocks, lastBlock)).toEqual({ kind });
  });

  test("what is written in blocks is read in blocks, and whole", () => {
    const record = (port: number): string =>
      JSON.stringify(vnetTuples(`1663146003599,10.0.0.6,10.0.0.7,1,${port},6,O,B,NX,0,0,0,0`));
    const entries = [
      entryBlock([record(1), record(2)], true),
      entryBlock([record(3)], false),
      entryBlock([record(4)], false),
    ];
    const blocks = [openingBlock, ...entries, closingBlock];
    const whole = blocks.join("");
    expect(blocks.map((block) => block.length).filter((size) => size < 13)).toEqual([12, 2]);
    const ports = (text: string) => readLog(text).tuples.map((tuple) => tuple.split(",")[4]);
    expect(ports(whole)).toEqual(["1", "2", "3", "4"]);
    const blockSizes = blocks.map((block) => block.length);
    const rest = newBlocks(blockSizes, 1);
    if (rest.kind !== "range") throw new Error(rest.kind);
    expect(ports(whole.slice(rest.startBytes, rest.endBytes))).toEqual(["3", "4"]);
  });
});
