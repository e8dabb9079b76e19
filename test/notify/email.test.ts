// Mail to a real SMTP server on the loopback.
import type { AddressInfo } from "node:net";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { afterEach, expect, test } from "vitest";
import { systemClock } from "../../src/common/clock.ts";
import { silentLog } from "../../src/common/log.ts";
import { boundMessage, type NotificationMessage } from "../../src/notify/message.ts";
import { openTarget } from "../../src/notify/open-target.ts";
import type { Thread } from "../../src/notify/target.ts";
import { hostile, message, target } from "./messages.ts";

let close = (): Promise<void> => Promise.resolve();
afterEach(() => close());

interface Mail {
  text: string;
  from: string;
  to: string[];
  user: string;
}

async function startSmtp(options: SMTPServerOptions = {}) {
  const mails: Mail[] = [];
  const server = new SMTPServer({
    disabledCommands: ["STARTTLS"],
    authOptional: true,
    allowInsecureAuth: true,
    logger: false,
    onAuth: ({ username, password }, _session, done) =>
      password === "right" ? done(null, { user: username ?? "" }) : done(new Error("no")),
    onData(stream, { envelope, user }, done) {
      const chunks: Uint8Array[] = [];
      stream.on("data", (chunk: Uint8Array) => chunks.push(chunk));
      stream.on("end", () => {
        const from = envelope.mailFrom === false ? "" : (envelope.mailFrom?.address ?? "");
        const to = envelope.rcptTo.map(({ address }) => address);
        const text = Buffer.concat(chunks).toString("utf8");
        mails.push({ text, from, to, user: String(user ?? "") });
        done();
      });
    },
    ...options,
  });
  server.on("error", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  close = () => new Promise((resolve) => server.close(() => resolve()));
  const { port } = server.server.address() as AddressInfo;
  return { mails, port };
}

function mailTarget(port: number, fields: Record<string, unknown> = {}) {
  return target({
    kind: "email",
    host: "127.0.0.1",
    port,
    security: "none",
    from: "nightcap@example.org",
    to: ["ops@example.org", "night@example.org"],
    ...fields,
  });
}

function send(
  settings: ReturnType<typeof mailTarget>,
  sent: NotificationMessage = message(),
  thread: Thread = { isFirst: true, subject: "" },
) {
  const options = { clock: systemClock, log: silentLog, timeoutMilliseconds: 500 };
  const { signal } = new AbortController();
  return openTarget(settings, options).send(boundMessage(sent), { thread, signal });
}

const header = ({ text }: Mail, name: string): string =>
  new RegExp(`^${name}: (.*(?:\r\n[ \t].*)*)`, "im").exec(text)?.[1]?.replaceAll(/\r\n\s+/g, " ") ??
  "";

test("a mail has text and HTML, and an update answers the first mail of its incident", async () => {
  const { mails, port } = await startSmtp();
  const settings = mailTarget(port, { user: "nightcap", secret: "right" });
  expect(await send(settings)).toEqual({ ok: true });
  const thread = { isFirst: false, subject: "incident on web-01 opened (severity 1)" };
  const update = message({ revision: 2, kind: "closed", title: "incident on web-01 closed" });
  expect(await send(settings, update, thread)).toEqual({ ok: true });
  const [first, second] = mails;
  if (!first || !second) throw new Error("mails are missing");
  expect(first).toMatchObject({
    from: "nightcap@example.org",
    to: ["ops@example.org", "night@example.org"],
    user: "nightcap",
  });
  expect(header(first, "Content-Type")).toContain("multipart/alternative");
  expect(first.text).toContain("text/plain");
  expect(first.text).toContain("text/html");
  const root = "<8f2c1d3e4a5b6c7d.ops.nightcap@example.org>";
  expect(header(first, "Message-ID")).toBe(root);
  expect(header(first, "In-Reply-To")).toBe("");
  expect(header(second, "Message-ID")).toBe("<8f2c1d3e4a5b6c7d.ops.nightcap.2@example.org>");
  expect([header(second, "In-Reply-To"), header(second, "References")]).toEqual([root, root]);
  expect(header(second, "Subject")).toBe("Re: incident on web-01 opened (severity 1)");
});

test("names out of packets are neither headers nor HTML", async () => {
  const { mails, port } = await startSmtp();
  expect(await send(mailTarget(port), hostile)).toEqual({ ok: true });
  const [mail] = mails;
  if (!mail) throw new Error("no mail came");
  expect(mail.text).not.toMatch(/^Bcc:/im);
  expect(mail.to).toHaveLength(2);
  const html = mail.text.slice(mail.text.indexOf("<!doctype"));
  expect(html).not.toMatch(/<script|<b>|<!channel/);
  expect(html).toContain("&lt;!here&gt;");
});

test("what the server refuses is final, what it puts off is not, and passwords are not shown", async () => {
  const refusing = (responseCode: number) =>
    startSmtp({
      onRcptTo: (_address, _session, done) =>
        done(Object.assign(new Error("mailbox says no"), { responseCode })),
    });
  const { port } = await refusing(550);
  expect(await send(mailTarget(port))).toMatchObject({ ok: false, mayPass: false });
  await close();
  const later = await refusing(451);
  expect(await send(mailTarget(later.port))).toMatchObject({ ok: false, mayPass: true });
  await close();
  const asking = await startSmtp();
  const wrong = mailTarget(asking.port, { user: "nightcap", secret: "wrong-password" });
  const result = await send(wrong);
  expect(result).toMatchObject({ ok: false, mayPass: false });
  expect(JSON.stringify(result)).not.toContain("wrong-password");
});

test("STARTTLS is insisted on, with a certificate that is trusted", async () => {
  const plain = await startSmtp();
  expect(await send(mailTarget(plain.port, { security: "startTls" }))).toMatchObject({ ok: false });
  expect(plain.mails).toEqual([]);
  await close();
  const { mails, port } = await startSmtp({ disabledCommands: [] });
  const secured = mailTarget(port, { security: "startTls" });
  expect(await send(secured)).toMatchObject({
    ok: false,
    reason: expect.stringMatching(/certificate/i) as string,
  });
  expect(mails).toEqual([]);
});

test("a server that says nothing is given up, and a private one needs leave", async () => {
  const { port } = await startSmtp({ onConnect: () => {} });
  expect(await send(mailTarget(port))).toMatchObject({ ok: false, mayPass: true });
  const open = mailTarget(port, { allowPrivateAddresses: false });
  expect(await send(open)).toMatchObject({ ok: false, mayPass: false });
});
