// Microsoft.Insights metrics over a real archive with known measurements, by Azure's clients and on the wire.
import { MonitorClient } from "@azure/arm-monitor";
import { MetricsClient } from "@azure/monitor-query-metrics";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type ControlPlane,
  hostId,
  machineId,
  makeDirectory,
  recordHost,
  removeDirectory,
  startControlPlane,
  subscriptionId,
} from "./control-plane.ts";

let directory: string;
let plane: ControlPlane;
let token: string;
let monitor: MonitorClient;
let batch: MetricsClient;
/** A whole hour, yesterday's at most: what is measured lies behind it. */
let start: number;
const iso = (second: number): string => `${new Date(second * 1_000).toISOString().slice(0, 19)}Z`;

/** Ten minutes: each second of minute m is m+1; eth1 has the double of eth0. The other machine has 100. */
function measure(host: string, factor: number): void {
  const each = (series: string, value: (minute: number) => number) =>
    Array.from({ length: 600 }, (_, index) => ({
      series,
      second: start + index,
      value: value(Math.floor(index / 60)),
    }));
  plane.archive.append(host, [
    ...each("Network In Total", (minute) => (minute + 1) * factor),
    ...each("Percentage CPU", () => 5 * factor),
    ...each("Interface Bytes In|eth0", (minute) => (minute + 1) * factor),
    ...each("Interface Bytes In|eth1", (minute) => 2 * (minute + 1) * factor),
  ]);
}

beforeAll(async () => {
  directory = await makeDirectory();
  plane = await startControlPlane({ directory });
  const { clientId, secret } = await plane.identity.createClient("test");
  const { credential } = plane.clients({ clientId, secret });
  token = (await credential.getToken(`${plane.base}/.default`)).token;
  const tls = { tlsOptions: { ca: plane.ca } };
  const scope = `${plane.base}/.default`;
  monitor = new MonitorClient(credential, subscriptionId, {
    endpoint: plane.base,
    credentialScopes: [scope],
    ...tls,
  });
  batch = new MetricsClient(plane.base, credential, { ...tls });
  const other = await recordHost(plane.state, { name: "web-2" });
  start = Math.floor(plane.clock.now() / 3_600_000) * 3_600 - 7_200;
  measure(hostId, 1);
  measure(other.hostId, 100);
});

afterAll(async () => {
  await plane.close();
  await removeDirectory(directory);
});

const span = () => `${iso(start)}/${iso(start + 600)}`;
const metrics = async (query: Record<string, string>, id = machineId) => {
  const text = new URLSearchParams({ "api-version": "2018-01-01", ...query }).toString();
  const path = `/${id}/providers/microsoft.insights/metrics?${text}`;
  const { status, body } = await plane.raw("GET", path, { token });
  return { status, body: body as Answer };
};
interface Answer {
  timespan: string;
  interval?: string;
  cost: number;
  value: {
    name: { value: string };
    timeseries: { metadatavalues: { value: string }[]; data?: Record<string, number>[] }[];
  }[];
  error: { code: string; message: string };
}
const pointsOf = (body: Answer, at = 0) =>
  body.value[at]?.timeseries.map(({ metadatavalues, data }) => ({
    of: metadatavalues.map(({ value }) => value).join("/"),
    data,
  }));

test("the whole answer: each aggregation of each interval", async () => {
  const { status, body } = await metrics({
    metricnames: "Network In Total",
    timespan: span(),
    interval: "PT5M",
    aggregation: "Average,Total,Minimum,Maximum,Count",
  });
  expect(status).toBe(200);
  expect(body).toEqual({
    cost: 10,
    timespan: span(),
    interval: "PT5M",
    namespace: "Microsoft.Compute/virtualMachines",
    resourceregion: "local",
    value: [
      {
        id: `${machineId}/providers/Microsoft.Insights/metrics/Network In Total`,
        type: "Microsoft.Insights/metrics",
        name: { value: "Network In Total", localizedValue: "Network In Total" },
        displayDescription: expect.stringContaining("received on all network interfaces"),
        unit: "Bytes",
        errorCode: "Success",
        timeseries: [
          {
            metadatavalues: [],
            data: [
              { timeStamp: iso(start), average: 3, total: 900, minimum: 1, maximum: 5, count: 300 },
              {
                timeStamp: iso(start + 300),
                average: 8,
                total: 2_400,
                minimum: 6,
                maximum: 10,
                count: 300,
              },
            ],
          },
        ],
      },
    ],
  });
});

test.each([
  ["PT1M", 60],
  ["PT5M", 12],
  ["PT15M", 4],
  ["PT30M", 2],
  ["PT1H", 1],
  ["PT6H", 1],
  ["PT12H", 1],
  ["P1D", 1],
  ["PT24H", 1],
  ["FULL", 1],
])("interval %s makes %i points of an hour", async (interval, count) => {
  const { body } = await metrics({
    metricnames: "Network In Total",
    timespan: `${iso(start)}/PT1H`,
    interval,
    aggregation: "total",
  });
  const [series] = pointsOf(body) ?? [];
  expect(series?.data?.length).toBe(count);
  expect(series?.data?.reduce((sum, { total = 0 }) => sum + total, 0)).toBe(3_300);
  expect(body.interval).toBe(interval === "PT24H" ? "P1D" : interval);
});

test("a minute without measurements has its time alone", async () => {
  const { body } = await metrics({ timespan: `${iso(start + 540)}/${iso(start + 660)}` });
  expect(pointsOf(body)).toEqual([
    {
      of: "",
      data: [{ timeStamp: iso(start + 540), average: 5 }, { timeStamp: iso(start + 600) }],
    },
  ]);
});

test("timespans as clients write them: twice encoded without Z, durations on either side, none", async () => {
  const whole = `${iso(start)}/${iso(start + 600)}`;
  const cases: [string, string][] = [
    [encodeURIComponent(whole.replaceAll("Z", ".907216")), whole],
    [whole.replaceAll("Z", "+00:00"), whole],
    [`${iso(start)}/PT10M`, whole],
    [`PT10M/${iso(start + 600)}`, whole],
    [`${iso(start + 59)}/${iso(start + 600)}`, whole],
  ];
  for (const [timespan, expected] of cases) {
    expect((await metrics({ timespan })).body.timespan, timespan).toBe(expected);
  }
  for (const query of [{}, { timespan: "PT1H" }] as Record<string, string>[]) {
    const { body } = await metrics(query);
    const [from = "", to = ""] = body.timespan.split("/");
    expect((Date.parse(to) - Date.parse(from)) / 60_000).toBeGreaterThanOrEqual(60);
    expect(Math.abs(Date.parse(to) - plane.clock.now())).toBeLessThan(60_000);
  }
});

test("a filter splits by interface, and its operators choose", async () => {
  const totals = async (filter: string, more: Record<string, string> = {}) => {
    const query = { metricnames: "Interface Bytes In", interval: "FULL", aggregation: "Total" };
    const { body } = await metrics({ ...query, timespan: span(), $filter: filter, ...more });
    return (pointsOf(body) ?? []).map(({ of, data }) => `${of}=${data?.[0]?.["total"]}`);
  };
  expect(await totals("")).toEqual(["=9900"]);
  expect(await totals("Interface eq '*'")).toEqual(["eth0=3300", "eth1=6600"]);
  expect(await totals("interface eq 'ETH0'")).toEqual(["eth0=3300"]);
  expect(await totals("Interface ne 'eth0'")).toEqual(["eth1=6600"]);
  expect(await totals("Interface eq 'eth0' or Interface eq 'eth1'")).toHaveLength(2);
  expect(await totals("(Interface ne 'eth0' and Interface ne 'eth1')")).toEqual([]);
  expect(await totals("startswith(Interface, 'eth')")).toHaveLength(2);
  expect(await totals("Interface sw 'wlan'")).toEqual([]);
  expect(await totals("Interface eq '*'", { top: "1", orderby: "sum desc" })).toEqual([
    "eth1=6600",
  ]);
  expect(await totals("Interface eq '*'", { top: "1", orderby: "sum asc" })).toEqual(["eth0=3300"]);
  expect(await totals("Interface eq '*'", { rollupby: "Interface" })).toEqual(["=9900"]);
});

test("several metrics, and dimensions that one of them has not", async () => {
  const both = { metricnames: "Percentage CPU,interface bytes in", timespan: span() };
  const plain = await metrics({ ...both, interval: "FULL" });
  expect(plain.body.value.map(({ name }) => name.value)).toEqual([
    "Percentage CPU",
    "Interface Bytes In",
  ]);
  expect(pointsOf(plain.body)?.[0]?.data).toEqual([{ timeStamp: iso(start), average: 5 }]);
  expect(pointsOf(plain.body, 1)?.[0]?.data).toEqual([{ timeStamp: iso(start), total: 9_900 }]);
  const filtered = { ...both, $filter: "Interface eq 'eth0'" };
  expect((await metrics(filtered)).body.error.message).toBe(
    "Metric: Percentage CPU does not support requested dimension combination: Interface, supported ones are: ",
  );
  const lenient = await metrics({ ...filtered, ValidateDimensions: "false", interval: "FULL" });
  expect([pointsOf(lenient.body)?.[0]?.of, pointsOf(lenient.body, 1)?.[0]?.of]).toEqual([
    "",
    "eth0",
  ]);
});

test("metadata has the series without values", async () => {
  const { body } = await metrics({
    metricnames: "Interface Bytes In",
    timespan: span(),
    $filter: "Interface eq '*'",
    resultType: "Metadata",
  });
  expect(body.interval).toBeUndefined();
  expect(body.value[0]?.timeseries).toEqual(
    ["eth0", "eth1"].map((value) => ({
      metadatavalues: [{ name: { value: "interface", localizedValue: "interface" }, value }],
    })),
  );
});

test("an interval that is not kept is an error, or the next longer one where that was asked for", async () => {
  const query = { timespan: span(), interval: "PT3M" };
  expect((await metrics(query)).body.error).toEqual({
    code: "BadRequest",
    message:
      "Invalid time grain duration: PT3M, supported ones are: 00:01:00,00:05:00,00:15:00,00:30:00,01:00:00,06:00:00,12:00:00,1.00:00:00",
  });
  expect((await metrics({ ...query, AutoAdjustTimegrain: "true" })).body.interval).toBe("PT5M");
});

test.each([
  [
    { metricnames: "Nosuch" },
    /^Failed to find metric configuration for provider: Microsoft\.Compute, resource Type: virtualMachines, metric: Nosuch, Valid metrics: Percentage CPU,Available/,
  ],
  [{ aggregation: "sum" }, /^Detected invalid Aggregation type: sum/],
  [
    { timespan: "yesterday" },
    /^Detected invalid time interval input: yesterday, supported Iso 8601/,
  ],
  [{ timespan: "2026-01-02T00:00:00Z/2026-01-01T00:00:00Z" }, /the end is not after the start$/],
  [{ timespan: "%E0%A4%A" }, /^Detected invalid time interval input/],
  [{ timespan: "P93D", interval: "PT1M" }, /makes 13392\d data points/],
  [
    { metricnamespace: "custom" },
    /^Detect invalid value: custom for query parameter: 'metricnamespace', the value must be: Microsoft\.Compute\/virtualMachines/,
  ],
  [
    { metricnames: Array.from({ length: 21 }, () => "Network In").join(",") },
    /^Requested metrics count: 21 bigger than allowed max: 20$/,
  ],
  [{ $filter: "Interface eq 'a' or Other eq 'b'" }, /"or" cannot join different dimensions/],
  [{ $filter: "Interface like 'a'" }, /^Detected invalid filter/],
  [{ $filter: `${"(".repeat(40)}Interface eq 'a'` }, /^Detected invalid filter/],
  [{ top: "-1" }, /query parameter: 'top'/],
  [{ orderby: "price" }, /query parameter: 'orderby'/],
  [{ resultType: "all" }, /query parameter: 'resultType'/],
] as [Record<string, string>, RegExp][])(
  "%j is refused in Azure's words",
  async (query, message) => {
    const { status, body } = await metrics(query);
    expect({ status, code: body.error.code }).toEqual({ status: 400, code: "BadRequest" });
    expect(body.error.message).toMatch(message);
  },
);

test("what is no machine, and one that is not there", async () => {
  const group = machineId.split("/providers/")[0] ?? "";
  const account = `${group}/providers/Microsoft.Storage/storageAccounts/capturestore`;
  expect((await metrics({}, account)).body.error.message).toBe(
    "Microsoft.Storage/storageAccounts is not a supported platform metric namespace, supported ones are Microsoft.Compute/virtualMachines",
  );
  expect(await metrics({}, `${machineId}-not`)).toMatchObject({
    status: 404,
    body: { error: { code: "ResourceNotFound" } },
  });
});

test("all machines of a subscription, together and split", async () => {
  const path = `/subscriptions/${subscriptionId}/providers/Microsoft.Insights/metrics`;
  const query = {
    "api-version": "2021-05-01",
    region: "Local",
    metricnamespace: "microsoft.compute/virtualmachines",
    metricnames: "Network In Total",
    timespan: span(),
    interval: "FULL",
  };
  const ask = async (more: Record<string, string>) => {
    const text = new URLSearchParams({ ...query, ...more }).toString();
    return (await plane.raw("GET", `${path}?${text}`, { token })).body as Answer;
  };
  const sum = (body: Answer) =>
    pointsOf(body)?.map(({ of, data }) => [of.split("/").at(-1), data?.[0]?.["total"]]);
  expect(sum(await ask({}))).toEqual([["", 333_300]]);
  expect(sum(await ask({ region: "elsewhere" }))).toEqual([["", undefined]]);
  const split = { $filter: "Microsoft.ResourceId eq '*'" };
  expect(sum(await ask(split))).toEqual([
    ["web-1", 3_300],
    ["web-2", 330_000],
  ]);
  const group = { $filter: "Microsoft.ResourceGroupName eq 'NIGHTCAP'" };
  expect(sum(await ask(group))).toEqual([["nightcap", 333_300]]);
  const posted = await plane.raw("POST", `${path}?api-version=2021-05-01&region=local`, {
    token,
    body: {
      metricNamespace: "Microsoft.Compute/virtualMachines",
      metricNames: "Network In Total",
      timespan: span(),
      interval: "FULL",
      filter: "Microsoft.ResourceId eq '*'",
      top: 1,
      orderBy: "sum desc",
    },
  });
  expect(sum(posted.body as Answer)).toEqual([["web-2", 330_000]]);
  expect((await ask({ region: "" })).error.message).toBe("query parameter 'region' is missing");
});

test("arm-monitor reads metrics, definitions and namespaces", async () => {
  const found = await monitor.metrics.list(machineId, {
    timespan: span(),
    interval: "PT5M",
    metricnames: "Interface Bytes In",
    aggregation: "Total",
    filter: "Interface eq 'eth1'",
  });
  expect(found.interval).toBe("PT5M");
  expect(found.value[0]?.timeseries[0]?.data?.map(({ total }) => total)).toEqual([1_800, 4_800]);
  expect(found.value[0]?.timeseries[0]?.data?.[0]?.timeStamp).toEqual(new Date(start * 1_000));
  const definitions = await Array.fromAsync(monitor.metricDefinitions.list(machineId));
  const bytesIn = definitions.find(({ name }) => name?.value === "Interface Bytes In");
  expect(bytesIn).toMatchObject({
    namespace: "Microsoft.Compute/virtualMachines",
    unit: "Bytes",
    primaryAggregationType: "Total",
    isDimensionRequired: false,
    dimensions: [{ value: "Interface" }],
  });
  expect(bytesIn?.metricAvailabilities?.map(({ timeGrain }) => timeGrain)).toContain("P1D");
  const namespaces = await Array.fromAsync(monitor.metricNamespaces.list(machineId));
  expect(namespaces.map(({ properties }) => properties?.metricNamespaceName)).toEqual([
    "Microsoft.Compute/virtualMachines",
  ]);
});

test("monitor-query-metrics asks for several machines at once, with its own audience", async () => {
  const other = machineId.replace(/web-1$/, "web-2");
  const results = await batch.queryResources(
    [machineId, other],
    ["Network In Total", "Percentage CPU"],
    "Microsoft.Compute/virtualMachines",
    {
      startTime: new Date(start * 1_000),
      endTime: new Date((start + 600) * 1_000),
      interval: "PT1H",
      aggregation: "Total,Maximum",
    },
  );
  expect(results.map(({ resourceId }) => resourceId)).toEqual([machineId, other]);
  const totals = results.map(({ metrics: found }) => found[0]?.timeseries[0]?.data?.[0]?.total);
  expect(totals).toEqual([3_300, 330_000]);
  expect(results[1]?.metrics[1]?.timeseries[0]?.data?.[0]?.maximum).toBe(500);
  const unknown = batch.queryResources(
    [machineId],
    ["Nosuch"],
    "Microsoft.Compute/virtualMachines",
  );
  await expect(unknown).rejects.toThrow(/Failed to find metric configuration/);
});

test("roles decide: a reader reads, a stranger does not, and a part is what a part may see", async () => {
  const tokenOf = async (role: string | null, scope?: string) => {
    const client = await plane.createClient(`c${role}${scope?.length}`, role, scope);
    return (await plane.clients(client).credential.getToken(`${plane.base}/.default`)).token;
  };
  const path = `${machineId}/providers/Microsoft.Insights/metrics?api-version=2018-01-01`;
  expect((await plane.raw("GET", path, { token: await tokenOf("Reader") })).status).toBe(200);
  const refused = await plane.raw("GET", path, { token: await tokenOf(null) });
  expect(refused).toMatchObject({ status: 403, body: { error: { code: "AuthorizationFailed" } } });
  const one = await tokenOf("Reader", machineId);
  const all = `/subscriptions/${subscriptionId}/providers/Microsoft.Insights/metrics?api-version=2021-05-01&region=local&metricnamespace=Microsoft.Compute%2FvirtualMachines&metricnames=Network%20In%20Total&interval=FULL&timespan=${encodeURIComponent(span())}`;
  const part = await plane.raw("GET", all, { token: one });
  expect(pointsOf(part.body as Answer)?.[0]?.data?.[0]?.["total"]).toBe(3_300);
});
