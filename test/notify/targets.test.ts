// What each kind of target sends, held to the sender's published page.
import { createHmac } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../src/common/clock.ts";
import { silentLog } from "../../src/common/log.ts";
import { boundMessage, type NotificationMessage } from "../../src/notify/message.ts";
import { openTarget } from "../../src/notify/open-target.ts";
import type { TargetSettings } from "../../src/notify/target-settings.ts";
import { hostile, message, target } from "./messages.ts";
import { type Receiver, type Received, startReceiver } from "./receiver.ts";

let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver();
});
beforeEach(() => {
  receiver.received.length = 0;
  receiver.answer = (response) => void response.end("ok");
});
afterAll(() => receiver.close());

function send(settings: TargetSettings, sent: NotificationMessage, timeoutMilliseconds = 2_000) {
  const opened = openTarget(settings, { clock: systemClock, log: silentLog, timeoutMilliseconds });
  return opened.send(boundMessage(sent), {
    thread: { isFirst: true, subject: "" },
    signal: new AbortController().signal,
  });
}

async function receive(settings: TargetSettings, sent = message()): Promise<Received> {
  expect(await send(settings, sent)).toEqual({ ok: true });
  const [first] = receiver.received;
  if (!first) throw new Error("nothing came");
  return first;
}

const long = message({ text: "wörd ".repeat(6_000), facts: [] });

test("a webhook is signed as Standard Webhooks says, and the secret verifies it", async () => {
  const secret = `whsec_${Buffer.from("0123456789abcdef01234567").toString("base64")}`;
  const call = await receive(target({ kind: "webhook", url: `${receiver.url}/hook`, secret }));
  const id = "8f2c1d3e4a5b6c7d-1";
  expect(call.headers["webhook-id"]).toBe(id);
  const time = String(call.headers["webhook-timestamp"]);
  expect(Math.abs(Number(time) - Date.now() / 1_000)).toBeLessThan(5);
  const hmac = createHmac("sha256", "0123456789abcdef01234567");
  const signature = hmac.update(`${id}.${time}.${call.text}`).digest("base64");
  expect(call.headers["webhook-signature"]).toBe(`v1,${signature}`);
  expect(call.json).toMatchObject({
    type: "nightcap.incident.opened",
    data: { incidentId: "8f2c1d3e4a5b6c7d", revision: 1, json: { rules: ["net-out"] } },
  });
});

test("Slack gets blocks within their lengths, and text that calls nobody", async () => {
  const settings = target({ kind: "slack", url: `${receiver.url}/services/T/B/secret` });
  const call = await receive(settings);
  expect(call.json).toEqual({
    text: "incident on web-01 opened (severity 1)",
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      {
        type: "header",
        text: { type: "plain_text", text: "incident on web-01 opened (severity 1)" },
      },
      {
        type: "section",
        text: {
          type: "mrkdwn",
          verbatim: true,
          text: "92 % of the extra bytes went to 203.0.113.7:443.\n1 alert of 1 rule (net-out): 1 recorded\n\nhost: web-01\nrules: net-out",
        },
      },
      {
        type: "section",
        text: {
          type: "mrkdwn",
          verbatim: true,
          text: "<https://nightcap.example/reports/1|report>",
        },
      },
    ],
  });
  receiver.received.length = 0;
  const { blocks } = (await receive(settings, hostile)).json as {
    blocks: { text: { type: string; text: string } }[];
  };
  const texts = blocks.filter(({ text }) => text.type === "mrkdwn").map(({ text }) => text.text);
  expect(texts[0]).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/);
  expect(texts[1]).toBe("<https://ok.example/a%7Cb?%3Cc%3E%22%27|a|b&gt;c>");
  for (const over of [long, message({ text: "<&".repeat(9_000) })]) {
    receiver.received.length = 0;
    const cut = (await receive(settings, over)).json as { blocks: { text: { text: string } }[] };
    for (const { text } of cut.blocks) expect(text.text.length).toBeLessThanOrEqual(3_000);
    expect(cut.blocks[1]?.text.text).toContain("the rest: https://nightcap.example/reports/1");
  }
});

test("Teams gets an adaptive card of at most 28 KB whose text knows no markdown", async () => {
  const settings = target({ kind: "teams", url: `${receiver.url}/workflows/1?sig=secret` });
  const call = await receive(settings, hostile);
  const { attachments } = call.json as { attachments: { contentType: string; content: Card }[] };
  expect(call.json).toMatchObject({ type: "message" });
  expect(attachments).toHaveLength(1);
  const [{ contentType, content } = { contentType: "", content: { body: [], actions: [] } }] =
    attachments;
  expect(contentType).toBe("application/vnd.microsoft.card.adaptive");
  expect(content).toMatchObject({ type: "AdaptiveCard", version: "1.4" });
  expect(new Set(content.body.map(({ type }) => type))).toEqual(new Set(["RichTextBlock"]));
  expect(content.actions).toEqual([
    { type: "Action.OpenUrl", title: "a|b>c", url: "https://ok.example/a%7Cb?%3Cc%3E%22%27" },
  ]);
  receiver.received.length = 0;
  const facts = Array.from({ length: 40 }, (_, at) => ({ name: `f${at}`, value: "ü".repeat(900) }));
  const big = await receive(settings, message({ text: "ü".repeat(32_000), facts }));
  expect(Buffer.byteLength(big.text)).toBeLessThanOrEqual(28_000);
  expect(big.text).toContain("the rest: https://nightcap.example/reports/1");
});

interface Card {
  body: { type: string }[];
  actions: object[];
}

test("ntfy gets JSON with the incident's sequence id, in 4,096 bytes", async () => {
  const settings = target({ kind: "ntfy", url: receiver.url, topic: "ops-1", secret: "tk_secret" });
  const call = await receive(settings);
  expect(call.headers.authorization).toBe("Bearer tk_secret");
  expect(call.json).toEqual({
    topic: "ops-1",
    title: "incident on web-01 opened (severity 1)",
    message: expect.stringContaining("92 % of the extra bytes") as string,
    priority: 4,
    sequence_id: "8f2c1d3e4a5b6c7d",
    click: "https://nightcap.example/reports/1",
  });
  receiver.received.length = 0;
  const cut = String((await receive(settings, long)).json["message"]);
  expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(4_096);
  expect(cut).toMatch(/wörd…\nthe rest: https:/);
});

test("Gotify gets its application's token in a header, and plain text", async () => {
  const settings = target({ kind: "gotify", url: `${receiver.url}/push/`, secret: "A.token" });
  const call = await receive(settings);
  expect([call.path, call.headers["x-gotify-key"]]).toEqual(["/push/message", "A.token"]);
  expect(call.json).toMatchObject({
    title: "incident on web-01 opened (severity 1)",
    priority: 8,
    extras: {
      "client::display": { contentType: "text/plain" },
      "client::notification": { click: { url: "https://nightcap.example/reports/1" } },
    },
  });
});

test("PagerDuty's alert is triggered, added to and resolved under the incident's key", async () => {
  const settings = target({
    kind: "pagerDuty",
    url: `${receiver.url}/v2/enqueue`,
    secret: "k".repeat(32),
  });
  receiver.answer = (response) => void response.writeHead(202).end("{}");
  const sent = [
    message(),
    message({ revision: 2, kind: "answered" }),
    message({ revision: 3, kind: "closed" }),
  ];
  for (const each of sent) expect(await send(settings, each)).toEqual({ ok: true });
  expect(receiver.received.map(({ json }) => [json["event_action"], json["dedup_key"]])).toEqual([
    ["trigger", "8f2c1d3e4a5b6c7d"],
    ["trigger", "8f2c1d3e4a5b6c7d"],
    ["resolve", "8f2c1d3e4a5b6c7d"],
  ]);
  expect(receiver.received[0]?.json).toMatchObject({
    routing_key: "k".repeat(32),
    payload: { source: "web-01", severity: "error", class: "net-out" },
    links: [{ href: "https://nightcap.example/reports/1", text: "report" }],
  });
  await send(settings, { ...long, title: "x".repeat(500) });
  const last = receiver.received.at(-1) as unknown as { json: { payload: { summary: string } } };
  expect(last.json.payload.summary.length).toBeLessThanOrEqual(1_024);
  const acknowledging = { ...settings, acknowledgeAnswered: true } as TargetSettings;
  await send(acknowledging, message({ revision: 2, kind: "answered" }));
  expect(receiver.received.at(-1)?.json).toEqual({
    routing_key: "k".repeat(32),
    event_action: "acknowledge",
    dedup_key: "8f2c1d3e4a5b6c7d",
  });
});

test("answers say whether a failure may pass, and show no secret", async () => {
  const settings = target({ kind: "webhook", url: `${receiver.url}/in/hidden-path` });
  const answerWith = (status: number, headers: Record<string, string> = {}) => {
    receiver.answer = (response, { path }) =>
      void response.writeHead(status, headers).end(`no such ${path}`);
  };
  answerWith(429, { "retry-after": "7" });
  expect(await send(settings, message())).toMatchObject({
    ok: false,
    mayPass: true,
    retryAfterMilliseconds: 7_000,
  });
  answerWith(500);
  expect(await send(settings, message())).toMatchObject({ mayPass: true });
  answerWith(404);
  const host = new URL(receiver.url).host;
  expect(await send(settings, message())).toEqual({
    ok: false,
    mayPass: false,
    reason: `${host} answered 404: no such ***`,
    retryAfterMilliseconds: null,
  });
  answerWith(302, { location: `${receiver.url}/elsewhere` });
  expect(await send(settings, message())).toMatchObject({ mayPass: false });
  expect(receiver.received.every(({ path }) => path === "/in/hidden-path")).toBe(true);
  receiver.answer = (response) => void response.socket?.resetAndDestroy();
  expect(await send(settings, message())).toMatchObject({ mayPass: true });
  receiver.answer = () => {};
  expect(await send(settings, message(), 100)).toMatchObject({
    mayPass: true,
    reason: expect.stringContaining("no answer in 100 ms") as string,
  });
});

test("a private address is called only where the target says so, and metadata services never", async () => {
  const settings = target({ kind: "webhook", url: receiver.url });
  const open = { ...settings, allowPrivateAddresses: false } as TargetSettings;
  expect(await send(open, message())).toMatchObject({ mayPass: false });
  for (const url of ["http://169.254.169.254/", "http://[::ffff:a9fe:a9fe]/", "http://0.0.0.0/"]) {
    expect(await send(target({ kind: "webhook", url }), message()), url).toMatchObject({
      mayPass: false,
      reason: expect.stringContaining("no receiver can be there") as string,
    });
  }
  expect(
    await send(target({ kind: "webhook", url: "http://192.0.2.1/" }), message()),
  ).toMatchObject({
    mayPass: false,
    reason: expect.stringContaining("without encryption") as string,
  });
  expect(receiver.received).toEqual([]);
});
