import { describe, expect, test } from "vitest";
import { flowLogLimits } from "../../src/flowlog/flow-log-limits.ts";
import { readLog } from "./read-log.ts";
import { nsgRecord, vnetFlowLog, vnetRecord, vnetTarget, vnetTuples } from "./samples.ts";

const begin = "1663146003599,10.0.0.6,52.239.184.180,23956,443,6,O,B,NX,0,0,0,0";
const wrap = (...records: readonly object[]): string => JSON.stringify({ records });
const tuplesOf = (...tuples: string[]): readonly string[] =>
  readLog(wrap(vnetTuples(...tuples))).tuples;

describe("members", () => {
  test("may come in any order", () => {
    const { rows } = readLog(
      wrap({
        flowRecords: {
          flows: [{ flowGroups: [{ flowTuples: [begin], rule: "late" }], aclID: "later" }],
        },
        targetResourceID: vnetTarget,
        flowLogResourceID: vnetFlowLog,
        macAddress: "00-22-48-71-c2-05",
        flowLogVersion: 4,
      }),
    );
    expect(rows[0]?.origin).toEqual({
      version: 4,
      flowLogId: vnetFlowLog,
      targetId: vnetTarget,
      macAddress: "00224871C205",
      aclId: "later",
      rule: "late",
    });
  });

  test("that are unknown are passed over, whatever they hold", () => {
    const unknown = { rule: "no", flowTuples: [begin], deep: [[{ "}": ['\\"]', null, -1.5e-3] }]] };
    const known = vnetTuples(begin);
    const { rows, summary } = readLog(wrap({ unknown, ...known, tail: "é\u2028" }));
    expect(rows.map(({ origin }) => origin?.rule)).toEqual(["DefaultRule_AllowInternetOutBound"]);
    expect(summary.malformed).toBe(0);
  });

  test.each([
    ["the record", { macAddress: "000d3af87856" }, {}],
    ["the flow", {}, { mac: "00:0D:3A:F8:78:56" }],
    ["both, of which the flow's counts", { macAddress: "FFFFFFFFFFFF" }, { mac: "000D3AF87856" }],
  ])("give the MAC address in %s", (_, ofRecord, ofFlow) => {
    const flows = [{ ...ofFlow, flowTuples: ["1487282421,1.2.3.4,10.1.0.4,1,2,T,I,A"] }];
    const record = { ...nsgRecord(1, [{ rule: "r", flows }]), ...ofRecord };
    expect(readLog(wrap(record)).rows[0]?.origin?.macAddress).toBe("000D3AF87856");
  });

  test("may be missing: the MAC address is then that around the records, or none", () => {
    const flows = [{ flowTuples: ["1487282421,1.2.3.4,10.1.0.4,1,2,T,I,A"] }];
    const records = [nsgRecord(1, [{ rule: "r", flows }])];
    const macOf = (log: object) => readLog(JSON.stringify(log)).rows[0]?.origin?.macAddress;
    expect(macOf({ macAddress: "000d3af87856", records })).toBe("000D3AF87856");
    expect(macOf({ records })).toBe("");
  });
});

describe("tuples", () => {
  test.each([
    ["seconds", "1493763938", "1493763938000"],
    ["milliseconds", "1493763938123", "1493763938123"],
  ])("have times in %s", (_, written, time) => {
    expect(tuplesOf(begin.replace("1663146003599", written))[0]?.split(",")[0]).toBe(time);
  });

  test.each([
    ["2001:db8::1", "2001:db8::1"],
    ["2001:0DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["::", "::"],
    ["fe80::", "fe80::"],
    ["::ffff:10.0.0.6", "10.0.0.6"],
    ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
    ["1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"],
  ])("have the address %s", (written, address) => {
    expect(tuplesOf(begin.replace("10.0.0.6", written))[0]?.split(",")[1]).toBe(address);
  });

  test("have protocols as letters and as numbers", () => {
    const protocols = ["T", "U", "6", "17", "132", "0"];
    const tuples = tuplesOf(...protocols.map((protocol) => begin.replace(",6,", `,${protocol},`)));
    expect(tuples.map((tuple) => tuple.split(",")[5])).toEqual(["6", "17", "6", "17", "132", "0"]);
  });

  test("have every encryption", () => {
    const codes = ["X", "NX", "NX_HW_NOT_SUPPORTED", "NX_SW_NOT_READY", "NX_NOT_ACCEPTED"];
    const all = [...codes, "NX_NOT_SUPPORTED", "NX_LOCAL_DST", "NX_FALLBACK"];
    const tuples = tuplesOf(...all.map((code) => begin.replace(",NX,", `,${code},`)));
    expect(tuples.map((tuple) => tuple.split(",")[8])).toEqual(all);
    const [unknown] = tuplesOf(begin.replace(",NX,", ",NX_NOT_KNOWN_YET,"));
    expect(unknown).toBe(begin.replace(",NX,", ",,"));
  });

  test("have counters up to 2^53", () => {
    const tuple = begin.replace("0,0,0,0", "9007199254740991,1234567890,999999999,10");
    expect(tuplesOf(tuple)).toEqual([tuple]);
  });

  test("may be written with escapes", () => {
    const log = wrap(vnetTuples(begin)).replace(begin, begin.replace("10", "\\u0031\\u0030"));
    expect(readLog(log).tuples).toEqual([begin]);
    expect(readLog(log, { chunkSizes: [1] }).tuples).toEqual([begin]);
  });

  test.each([
    ["time", begin.replace("1663146003599", "yesterday")],
    ["time", begin.replace("1663146003599", "166314600359900")],
    ["source address", begin.replace("10.0.0.6", "10.0.0.256")],
    ["source address", begin.replace("10.0.0.6", "10.0.06.1")],
    ["source address", begin.replace("10.0.0.6", "1:2:3::4::5")],
    ["source address", begin.replace("10.0.0.6", "")],
    ["destination address", begin.replace("52.239.184.180", "52.239.184")],
    ["source port", begin.replace("23956", "65536")],
    ["destination port", begin.replace(",443,", ",-1,")],
    ["protocol", begin.replace(",6,", ",256,")],
    ["direction", begin.replace(",O,", ",o,")],
    ["decision or state", begin.replace(",B,", ",Q,")],
    ["encryption", begin.replace(",NX,", ",n/a,")],
    ["packets to destination", begin.replace("0,0,0,0", "-1,0,0,0")],
    ["bytes to destination", begin.replace("0,0,0,0", "0,9007199254740992,0,0")],
    ["bytes to source", `${begin},0`],
    ["packets to destination", begin.slice(0, -6)],
    ["number of fields", "1487282421,192.0.2.95,10.1.0.4,51529,5358,T,I,D"],
    ["time", ""],
    ["length", "1".repeat(600)],
  ])("are counted when the %s is wrong, and nothing else is lost: %s", (reason, wrong) => {
    const log = wrap(vnetTuples(begin, wrong, begin), vnetTuples(begin));
    const { tuples, summary } = readLog(log, { capacity: 2 });
    expect(tuples).toEqual([begin, begin, begin]);
    expect(summary).toMatchObject({ malformed: 1, failure: null, isComplete: true });
    const value = wrong.slice(0, flowLogLimits.malformedTextMax);
    expect(summary.malformedTuples).toEqual([{ offset: log.indexOf(`"${wrong}"`), reason, value }]);
    expect(readLog(log, { capacity: 2, chunkSizes: [3] })).toMatchObject({ tuples, summary });
  });

  test("that are no strings are counted", () => {
    const group = { rule: "r", flowTuples: [1, null, begin, {}, [begin], true] };
    const { tuples, summary } = readLog(
      wrap(vnetRecord([{ aclID: "a", flowGroups: [group as never] }])),
    );
    expect(tuples).toEqual([begin]);
    expect(summary).toMatchObject({ malformed: 5, failure: null });
  });

  test("are kept with their text only as far as there is room", () => {
    const wrong = Array.from({ length: 1_000 }, (_, index) => `wrong ${index}`);
    const { summary } = readLog(wrap(vnetTuples(...wrong)));
    expect(summary.malformed).toBe(1_000);
    expect(summary.malformedTuples).toHaveLength(flowLogLimits.malformedKeptMax);
  });
});

describe("records", () => {
  const record = JSON.stringify(vnetTuples(begin));

  test.each([
    ["a byte order mark", `\uFEFF{"records":[${record},${record}]}`],
    ["an array alone", `[${record},${record}]`],
    ["a part that begins with a comma", `,${record},${record}`],
    ["a part with the end", `,\n${record},${record}\n]\n}`],
    ["lines", `${record}\n${record}\n`],
    ["two logs", `{"records":[${record}]}{"records":[${record}]}`],
    ["a first entry with a comma", `{"records":[,${record},${record}]}`],
    ["records in records", `{"records":[{"records":[${record}]},{"records":[${record}]}]}`],
  ])("are read from %s", (_, log) => {
    const { tuples, summary } = readLog(log, { chunkSizes: [5] });
    expect(tuples).toEqual([begin, begin]);
    expect(summary).toMatchObject({ records: 2, failure: null, isComplete: true });
  });

  test("of a blob that is being written are read as far as they are complete", () => {
    const log = `{"records":[${record},${record},${record.slice(0, -5)}`;
    const { tuples, summary } = readLog(log);
    expect(tuples).toHaveLength(2);
    expect(summary).toMatchObject({
      isComplete: false,
      failure: null,
      consumedBytes: 12 + 2 * record.length + 1,
    });
  });

  test.each([
    ["", 0],
    ["]}", 0],
    [" \n", 0],
    ['{"records":[]}', 0],
    ["{}", 1],
  ])("are none in %j", (log, records) => {
    expect(readLog(log).summary).toMatchObject({ rows: 0, records, isComplete: true });
  });

  test("with more tuples than a batch has rows go out in parts, which say so", () => {
    const ports = Array.from({ length: 10 }, (_, port) => begin.replace("23956", String(port)));
    const { tuples, batches, rows } = readLog(wrap(vnetTuples(...ports)), { capacity: 4 });
    expect(tuples).toEqual(ports);
    expect(new Set(rows.map(({ origin }) => origin?.rule)).size).toBe(1);
    expect(batches.map(({ length, openRows }) => [length, openRows])).toEqual([
      [4, 4],
      [4, 8],
      [2, 0],
    ]);
    expect(batches.map(({ consumedBytes }) => consumedBytes > 0)).toEqual([false, false, true]);
  });

  test("that do so and say only afterwards where they come from are refused", () => {
    const { flowRecords, ...ids } = vnetTuples(begin, begin, begin) as { flowRecords: object };
    const { summary, tuples } = readLog(wrap(vnetTuples(begin), { flowRecords, ...ids }), {
      capacity: 2,
    });
    expect(summary.failure?.code).toBe("FlowRecordTooLarge");
    expect(tuples).toEqual([begin]);
  });
});

describe("what is no flow log", () => {
  const record = JSON.stringify(vnetTuples(begin));
  const log = (rest: string): string => `{"records":[${record}${rest}`;

  test.each([
    [",,", "found , instead of a value"],
    [",]}", "found ] instead of a value"],
    ["]]", "found ] instead of a comma or }"],
    ["]}x", "found x instead of a record"],
    [",{'a':1}", "found ' instead of a member's name"],
    [',{"a" 1}', "found 1 instead of a colon"],
    [',{"a":01}', "found 0 instead of a value"],
    [',{"a":"\n"}', "found 0x0a instead of the end of a string"],
    [',{"a":"\\x"}', "found x instead of an escape"],
    [',{"rule":"\\x"}', "a string with a wrong character or escape"],
    [',{"a":nul}', "found n instead of a value"],
    ["\0", "found 0x00 instead of a comma or ]"],
  ])("fails at %j with its place, and rows before it are kept", (rest, message) => {
    const { tuples, summary } = readLog(log(rest));
    expect(tuples).toEqual([begin]);
    expect(summary.failure?.code).toBe("FlowLogMalformed");
    expect(summary.failure?.message).toContain(message);
    expect(summary.failure?.offset).toBeGreaterThanOrEqual(log("").length);
    expect(readLog(log(rest), { chunkSizes: [1] }).summary.failure).toEqual(summary.failure);
  });

  test.each([
    ["levels", `{"a":${"[".repeat(1_000)}`, "more than 32 levels"],
    ["names", `{"${"n".repeat(5_000)}":1}`, "a member's name of more than 2048 bytes"],
    ["ids", `{"resourceId":"${"n".repeat(5_000)}"}`, "a string of more than 2048 bytes"],
    ["numbers", `{"a":${"1".repeat(5_000)}}`, "a number of more than 64 bytes"],
  ])("has limits: %s", (_, hostile, message) => {
    const { failure } = readLog(hostile).summary;
    expect(failure).toMatchObject({ code: "FlowLogLimit" });
    expect(failure?.message).toContain(message);
    expect(readLog(hostile, { chunkSizes: [7] }).summary.failure).toEqual(failure);
  });

  test("may have texts of any length where nobody reads them", () => {
    const long = `{"a":"${"x".repeat(300_000)}","records":[${record}]}`;
    expect(readLog(long, { chunkSizes: [1_000] }).tuples).toEqual([begin]);
  });

  test("may have more origins than a batch takes", () => {
    const count = flowLogLimits.originsMax + 10;
    const flowGroups = Array.from({ length: count }, (_, index) => ({
      rule: `rule ${index}`,
      flowTuples: [begin],
    }));
    const { rows, batches } = readLog(wrap(vnetRecord([{ aclID: "a", flowGroups }])), {
      capacity: count * 2,
    });
    expect(rows.map(({ origin }) => origin?.rule)).toEqual(flowGroups.map(({ rule }) => rule));
    expect(batches.map(({ length }) => length)).toEqual([flowLogLimits.originsMax, 10]);
  });
});
