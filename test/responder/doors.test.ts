// The ways in, each with what a stranger would try.
import { createHmac } from "node:crypto";
import { beforeEach, describe, expect, test } from "vitest";
import { type AlertDoorOptions, createAlertDoor } from "../../src/responder/doors/alert-door.ts";
import type { Peer, Refusal } from "../../src/responder/doors/door.ts";
import { createRefusalLimit } from "../../src/responder/doors/refusal-limit.ts";
import { createReplayCache } from "../../src/responder/doors/replay-cache.ts";
import { alertSourceSettings } from "../../src/responder/doors/settings.ts";
import { createSignatureDoor, type SignatureKey } from "../../src/responder/doors/signature.ts";
import { makeTestClock, type TestClock } from "../provider/control-plane.ts";

const secret = "s".repeat(32);
const token = "t".repeat(32);
const functionKey = "k".repeat(43);
const keys: SignatureKey[] = [
  {
    form: "sha256",
    secret,
    secretFile: "",
    signatureHeader: "x-nightcap-signature",
    timeStampHeader: "x-nightcap-timestamp",
    separator: ".",
  },
  {
    form: "sha256",
    secret,
    secretFile: "",
    signatureHeader: "x-grafana-alerting-signature",
    timeStampHeader: "x-grafana-alerting-timestamp",
    separator: ":",
  },
  { form: "stripe", secret, secretFile: "", signatureHeader: "nightcap-signature" },
];

let clock: TestClock;
let refusals: Refusal[];
let status: number;
let handled: string[];

beforeEach(() => {
  clock = makeTestClock();
  refusals = [];
  status = 202;
  handled = [];
});

const open = (change: Partial<AlertDoorOptions> = {}) =>
  createAlertDoor({
    keys: [functionKey],
    bearerTokens: ["another-token-of-theirs", token],
    signatures: createSignatureDoor({ keys, clock }),
    isCertificateKnown: (names) => names.includes("sender"),
    doors: {
      alertmanager: ["bearer", "certificate"],
      grafana: ["signature"],
      generic: ["key", "signature"],
    },
    onRefused: async (refusal) => void refusals.push(refusal),
    handle: async (request, { source, check }) => {
      check(source ?? "generic");
      handled.push(await request.text());
      return new Response(null, { status });
    },
    ...change,
  });
const body = '{"rule":"x"}';
const post = (headers: Record<string, string>, path = "/api/responder", text = body) =>
  new Request(`https://127.0.0.1${path}`, { method: "POST", headers, body: text });
const now = () => Math.floor(clock.now() / 1_000);
const hmac = (text: string, key = secret) => createHmac("sha256", key).update(text).digest("hex");
const signed = (stamp: number | string = now(), text = body) => ({
  "x-nightcap-timestamp": String(stamp),
  "x-nightcap-signature": `sha256=${hmac(`${stamp}.${text}`)}`,
});
const said = async (response: Response) =>
  `${response.status} ${((await response.json()) as { error: { message: string } }).error.message}`;

describe("signatures", () => {
  test("open in each form, and the body goes on as it came", async () => {
    const door = open();
    const stamp = now();
    const digest = hmac(`${stamp}.${body}`);
    const forms = [
      signed(),
      {
        "nightcap-signature": `t=${stamp},v0=00,v1=${"0".repeat(64)},v1=${hmac(`${stamp + 1}.${body}`)}`,
      },
      { "nightcap-signature": `t=${stamp + 1}, v1=${hmac(`${stamp + 1}.${body}`)}` },
      {
        "x-grafana-alerting-timestamp": String(stamp),
        "x-grafana-alerting-signature": hmac(`${stamp}:${body}`).toUpperCase(),
      },
    ];
    const statuses: number[] = [];
    for (const form of forms) statuses.push((await door(post(form))).status);
    expect(statuses).toEqual([202, 401, 202, 202]);
    expect(handled).toEqual([body, body, body]);
    expect(digest).toHaveLength(64);
  });

  test.each<[string, () => Record<string, string>, string]>([
    ["another body", () => signed(now(), "{}"), "signature is wrong"],
    [
      "another secret",
      () => ({ ...signed(), "x-nightcap-signature": hmac(`${now()}.${body}`, "other") }),
      "signature is wrong",
    ],
    [
      "another time",
      () => ({ ...signed(), "x-nightcap-timestamp": String(now() + 1) }),
      "signature is wrong",
    ],
    [
      "no digits",
      () => ({ ...signed(), "x-nightcap-signature": "sha256=zz" }),
      "signature is wrong",
    ],
    ["too old", () => signed(now() - 302), "time stamp is more than 300 s from now"],
    ["from the future", () => signed(now() + 302), "time stamp is more than 300 s from now"],
    [
      "no Unix time",
      () => signed("2026-11-21T04:00:12Z"),
      "time stamp is not Unix time in seconds",
    ],
    [
      "no time",
      () => ({ "x-nightcap-signature": hmac(`.${body}`) }),
      "header x-nightcap-timestamp is missing",
    ],
    [
      "no time in one header",
      () => ({ "nightcap-signature": `v1=${hmac(body)}` }),
      "signature has no t=",
    ],
  ])("of %s are refused", async (_what, headers, reason) => {
    expect(await said(await open()(post(headers())))).toBe(`401 ${reason}`);
    expect(handled).toEqual([]);
  });

  test("open up to five minutes from either side, once", async () => {
    const door = open();
    const late = signed(now() - 299);
    expect((await door(post(late))).status).toBe(202);
    expect((await door(post(signed(now() + 299)))).status).toBe(202);
    expect(await said(await door(post(late)))).toBe("401 signature was used already");
    expect(handled).toHaveLength(2);
  });

  test("may be sent again when the call came to nothing", async () => {
    const door = open();
    const headers = signed();
    status = 503;
    expect((await door(post(headers))).status).toBe(503);
    status = 202;
    expect((await door(post(headers))).status).toBe(202);
    expect((await door(post(headers))).status).toBe(401);
  });

  test("that are wrong are not made good by a key", async () => {
    const headers = { ...signed(now(), "{}"), "x-functions-key": functionKey };
    expect((await open()(post(headers))).status).toBe(401);
  });

  test("a body over the limit is 413 before it is looked at", async () => {
    const answer = await open()(post(signed(), "/api/responder", "x".repeat((1 << 20) + 1)));
    expect(await said(answer)).toBe("413 alert has more than 1048576 bytes");
  });

  test("the memory of used ones has a limit, and lets nothing in that it cannot tell from a replay", () => {
    const cache = createReplayCache({ keptMilliseconds: 1_000, countMax: 2, clock });
    expect(["a", "b", "c", "a"].map((each) => cache.add(each))).toEqual([
      "new",
      "new",
      "full",
      "seen",
    ]);
    clock.advance(1_001);
    expect(cache.add("a")).toBe("new");
  });
});

describe("each source by its own ways", () => {
  const bearer = { authorization: `Bearer ${token}` };
  const sender: Peer = { address: "192.0.2.9", certificateNames: ["sender"] };

  test("a token opens for Alertmanager, and not for others", async () => {
    const door = open();
    expect((await door(post(bearer, "/api/responder/alertmanager"))).status).toBe(202);
    expect((await door(post(bearer, "/api/responder/Alertmanager/"))).status).toBe(202);
    expect(await said(await door(post(bearer, "/api/responder/grafana")))).toBe(
      "403 alerts of grafana do not come in by bearer here, but by signature",
    );
    expect((await door(post(bearer))).status).toBe(403);
    expect((await door(post({ authorization: `Bearer ${token}x` }))).status).toBe(401);
    expect((await door(post({ authorization: `Basic ${token}` }))).status).toBe(401);
    expect(handled).toHaveLength(2);
  });

  test("a certificate opens by the names in it", async () => {
    const door = open();
    const path = "/api/responder/alertmanager";
    expect((await door(post({}, path), sender)).status).toBe(202);
    const other = { ...sender, certificateNames: ["stranger"] };
    expect((await door(post({}, path), other)).status).toBe(401);
    expect((await door(post({}, path))).status).toBe(401);
  });

  test("what is not set has the key alone", async () => {
    const door = open();
    const key = { "x-functions-key": functionKey };
    expect((await door(post(key, "/api/responder/falco"))).status).toBe(202);
    expect((await door(post(key, "/api/responder/alertmanager"))).status).toBe(403);
    expect((await door(post(signed(), "/api/responder/falco"))).status).toBe(403);
  });

  test("a path of nobody is 404 and says whose there are", async () => {
    expect(await said(await open()(post(bearer, "/api/responder/nagios")))).toMatch(
      /^404 there is no \/api\/responder\/nagios; .*alertmanager, grafana/,
    );
  });
});

test("refusals are told with the address, and the answer says which ways there are", async () => {
  const answer = await open()(post({}, "/api/responder/falco"), {
    address: "192.0.2.9",
    certificateNames: null,
  });
  expect(await said(answer)).toBe(
    "401 function key is missing or wrong: send it as header x-functions-key or as ?code=, or a bearer token, or a signature, or a client certificate at the port for it",
  );
  expect(refusals).toMatchObject([
    { peer: { address: "192.0.2.9" }, source: "falco", status: 401, code: "AuthenticationFailed" },
  ]);
});

test("many refusals of one address are 429, and the right key still opens", async () => {
  let counted = 0;
  const limit = createRefusalLimit({ perMinuteMax: 3, clock });
  const door = open({ limit, countRefusal: () => void counted++ });
  const from = (address: string): Peer => ({ address, certificateNames: null });
  const statuses: number[] = [];
  for (let each = 0; each < 5; each++)
    statuses.push((await door(post({}), from("192.0.2.9"))).status);
  expect(statuses).toEqual([401, 401, 401, 429, 429]);
  expect(refusals).toHaveLength(3);
  expect(counted).toBe(5);
  expect((await door(post({}), from("192.0.2.10"))).status).toBe(401);
  const right = post({ "x-functions-key": functionKey });
  expect((await door(right, from("192.0.2.9"))).status).toBe(202);
  const last = await door(post({}), from("192.0.2.9"));
  expect(Number(last.headers.get("retry-after"))).toBeGreaterThan(0);
  clock.advance(60_000);
  expect((await door(post({}), from("192.0.2.9"))).status).toBe(401);
});

test.each<[object, string]>([
  [{ doors: { alertmanager: ["bearer"] } }, 'doors name "bearer", so bearerTokenFiles is required'],
  [{ doors: { grafana: ["signature"] } }, 'doors name "signature", so signatures is required'],
  [{ doors: { falco: ["certificate"] } }, 'doors name "certificate", so certificate is required'],
  [{ doors: { azureMonitor: [] } }, "Too small"],
  [{ doors: { nagios: ["key"] } }, "nagios"],
  [
    { bearerTokenFiles: ["/x"], doors: { azureMonitor: ["bearer"] } },
    'doors.azureMonitor must have "key"',
  ],
])("settings %j are refused", (settings, reason) => {
  expect(JSON.stringify(alertSourceSettings.safeParse(settings).error?.issues)).toContain(
    JSON.stringify(reason).slice(1, -1),
  );
});
