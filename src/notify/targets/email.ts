import { isIP } from "node:net";
import { getCACertificates } from "node:tls";
import { createTransport, type SendMailOptions } from "nodemailer";
import { describeError, NightcapError } from "../../common/errors.ts";
import { findAddresses } from "../addresses.ts";
import { messageIdOf, type NotificationMessage } from "../message.ts";
import { plainText, render, type Rendered } from "../render.ts";
import { failed, type SendOptions, type SendResult, type Target, type Thread } from "../target.ts";
import type { TargetOf } from "../target-settings.ts";
import { cleanLine, cutText, escapeHtml } from "../text.ts";

const timeoutMillisecondsDefault = 20_000;
const reasonLengthMax = 300;
const subjectLengthMax = 200;

/** Mail by SMTP, with text and HTML. What follows the first message of an incident is an answer to that one. */
export function emailTarget(
  settings: TargetOf<"email">,
  timeoutMilliseconds: number = timeoutMillisecondsDefault,
): Target {
  return {
    name: settings.name,
    async send(message, options) {
      try {
        await sendMail(settings, composeMail(settings, message, options.thread), {
          ...options,
          timeoutMilliseconds,
        });
        return { ok: true };
      } catch (error) {
        options.signal.throwIfAborted();
        return judge(settings, error);
      }
    },
  };
}

async function sendMail(
  settings: TargetOf<"email">,
  mail: SendMailOptions,
  { signal, timeoutMilliseconds }: SendOptions & { timeoutMilliseconds: number },
): Promise<void> {
  const { host, port, security, user, secret, caPem, allowPrivateAddresses } = settings;
  const onlyPrivate = security === "none";
  const [found] = await findAddresses(host, { allowPrivateAddresses, onlyPrivate });
  const transport = createTransport({
    host: found?.address ?? host,
    port,
    secure: security === "tls",
    requireTLS: security === "startTls",
    ignoreTLS: security === "none",
    tls: {
      // A certificate names a host; an address has no server name (RFC 6066, 3).
      ...(isIP(host) === 0 && { servername: host }),
      minVersion: "TLSv1.2",
      ...(caPem !== null && { ca: [...getCACertificates("default"), caPem] }),
    },
    ...(user !== null && { auth: { user, pass: secret ?? "" } }),
    connectionTimeout: timeoutMilliseconds,
    greetingTimeout: timeoutMilliseconds,
    socketTimeout: timeoutMilliseconds,
    // What is in a message is never read from a file or an address.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const onAbort = (): void => transport.close();
  signal.addEventListener("abort", onAbort);
  try {
    await transport.sendMail(mail);
  } finally {
    signal.removeEventListener("abort", onAbort);
    transport.close();
  }
}

/** An answer of 5xx is final (RFC 5321, 4.2.1), but for a password that is wrong: that can be put right. */
function judge({ host, secret }: TargetOf<"email">, error: unknown): SendResult {
  const { responseCode = 0 } = error as { responseCode?: number };
  const refused = error instanceof NightcapError && error.code === "InvalidRequest";
  const text = cleanLine(describeError(error), reasonLengthMax);
  const shown = secret === null ? text : text.replaceAll(secret, "***");
  return failed(`${host}: ${shown}`, !refused && responseCode < 500);
}

export function composeMail(
  settings: TargetOf<"email">,
  message: NotificationMessage,
  { isFirst, subject }: Thread,
): SendMailOptions {
  const rendered = render(settings, message);
  const domain = settings.from.slice(settings.from.lastIndexOf("@") + 1);
  const root = `<${threadId(settings, message)}@${domain}>`;
  // Mail programs thread by subject too: all of an incident have that of its first message.
  const shownSubject = cutText(isFirst ? rendered.subject : `Re: ${subject}`, {
    lengthMax: subjectLengthMax,
  });
  return {
    from: settings.from,
    to: [...settings.to],
    subject: shownSubject,
    text: textPart(rendered),
    html: htmlPart(rendered),
    messageId: isFirst ? root : `<${threadId(settings, message)}.${message.revision}@${domain}>`,
    ...(!isFirst && { inReplyTo: root, references: root }),
    // RFC 3834: no automatic answers are wanted.
    headers: { "auto-submitted": "auto-generated", "x-nightcap-message-id": messageIdOf(message) },
  };
}

const threadId = ({ name }: TargetOf<"email">, { incidentId }: NotificationMessage): string =>
  `${incidentId.replaceAll(/[^\w-]/g, "_")}.${name}.nightcap`;

function textPart(rendered: Rendered): string {
  const links = rendered.links.map(({ name, url }) => `${name}: ${url}`);
  return [plainText(rendered), ...(links.length > 0 ? [links.join("\n")] : [])].join("\n\n");
}

function htmlPart({ subject, text, facts, links }: Rendered): string {
  const paragraphs = text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => `<p>${escapeHtml(line)}</p>`);
  const rows = facts.map(
    ({ name, value }) =>
      `<tr><th align="left">${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`,
  );
  const anchors = links.map(
    ({ name, url }) => `<p><a href="${escapeHtml(url)}">${escapeHtml(name)}</a></p>`,
  );
  const body = [
    `<h2>${escapeHtml(subject)}</h2>`,
    ...paragraphs,
    ...(rows.length > 0 ? [`<table>${rows.join("")}</table>`] : []),
    ...anchors,
  ];
  return `<!doctype html><html><body>\n${body.join("\n")}\n</body></html>`;
}
