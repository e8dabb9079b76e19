// Protocols of lines: commands with a parameter, and answers with a number.
import type { Fields } from "../field.ts";
import type { Layer } from "../frame.ts";
import { parsedFields, type Emit } from "../parsed-fields.ts";

const sizeMax = 8_192;
const decoder = new TextDecoder();

function linesOf({ bytes, start, end }: Layer): string[] {
  const text = decoder.decode(bytes.subarray(start, Math.min(end, start + sizeMax)));
  return text.split(/\r?\n/).filter((line) => line !== "");
}

const answer = /^(\d{3})[ -]?(.*)$/;

/** RFC 959. */
function parseFtp(layer: Layer, emit: Emit): void {
  const [line = ""] = linesOf(layer);
  const found = answer.exec(line);
  const [command = "", ...rest] = line.split(" ");
  const isRequest = !found && /^[A-Z]{3,8}$/.test(command);
  emit("ftp.request", isRequest);
  emit("ftp.response", !isRequest);
  if (found) {
    emit("ftp.response.code", Number(found[1]));
    if (found[2]) emit("ftp.response.arg", found[2]);
  } else if (isRequest) {
    emit("ftp.request.command", command);
    if (rest.length > 0) emit("ftp.request.arg", rest.join(" "));
  }
}

/** Fields of FTP's control connection. */
export const ftpFields: Fields = parsedFields(parseFtp, {
  "ftp.request": ["boolean", "is a command"],
  "ftp.request.command": ["string", "command"],
  "ftp.request.arg": ["string", "its parameter"],
  "ftp.response": ["boolean", "is an answer"],
  "ftp.response.code": ["uint32", "number of the answer"],
  "ftp.response.arg": ["string", "its text"],
});

const smtpCommand =
  /^(?:HELO|EHLO|MAIL|RCPT|DATA|RSET|VRFY|EXPN|HELP|NOOP|QUIT|AUTH|STAR|BDAT|TURN)/i;

/** RFC 5321; lines of a mail are no commands. */
function parseSmtp(layer: Layer, emit: Emit): void {
  const lines = linesOf(layer);
  const found = answer.exec(lines[0] ?? "");
  if (found) {
    emit("smtp.rsp", true);
    emit("smtp.response.code", Number(found[1]));
    for (const line of lines) {
      const text = answer.exec(line)?.[2];
      if (text) emit("smtp.rsp.parameter", text);
    }
    return;
  }
  for (const line of lines) {
    if (!smtpCommand.test(line)) return;
    emit("smtp.req", true);
    emit("smtp.req.command", line.slice(0, 4));
    if (line.length > 5) emit("smtp.req.parameter", line.slice(5));
  }
}

/** Fields of SMTP's commands and answers. */
export const smtpFields: Fields = parsedFields(parseSmtp, {
  "smtp.req": ["boolean", "is a command"],
  "smtp.req.command": ["string", "command"],
  "smtp.req.parameter": ["string", "its parameter"],
  "smtp.rsp": ["boolean", "is an answer"],
  "smtp.response.code": ["uint32", "number of the answer"],
  "smtp.rsp.parameter": ["string", "its text"],
});
