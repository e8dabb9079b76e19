import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import type { Cell, FlowAnswer } from "../../api/flow-views.ts";
import { Moment } from "../../parts/moment.tsx";
import { useFormats } from "../../words/moments.ts";
import type { FlowRecord } from "./flow-record.ts";
import { addressPath, type QuestionState } from "./question.ts";
import { useCountryName } from "./value-text.ts";
import { WordHelp } from "./word-help.tsx";

const counted = new Set([
  "Total",
  "AllowedInbound",
  "AllowedOutbound",
  "BlockedInbound",
  "BlockedOutbound",
  "Benign",
  "Malicious",
  "AllowedMalicious",
]);
const addressColumns = new Set(["Ip", "SrcIp", "DestIp", "LocalIp", "First", "Second"]);
const times = new Set(["Time", "FirstSeen", "LastSeen"]);
const publicTypes = new Set<Cell>(["ExternalPublic", "AzurePublic"]);
const transports: Readonly<Record<string, string>> = { T: "TCP", U: "UDP" };

export const isAddressColumn = (name: string): boolean => addressColumns.has(name);
/** As Azure leaves the public side of most flows. */
export const isBlank = (cell: Cell | undefined): boolean =>
  cell === null || cell === undefined || cell === "";

/** One value of a row, with what explains it. */
export function FlowCell({
  name,
  record,
  answer,
  state,
}: {
  name: string;
  record: FlowRecord;
  answer: FlowAnswer;
  state: QuestionState;
}): React.ReactNode {
  const text = useCellText(answer);
  const cell = record[name] ?? null;
  const help = (word: string, shown: string): React.ReactNode => (
    <WordHelp word={word} shown={shown} record={record} question={state.question} />
  );
  const flowType = record["FlowType"] ?? null;
  if (isBlank(cell))
    return addressColumns.has(name) && publicTypes.has(flowType) ? help("blank", "–") : "–";
  if (name === "FlowType") return help(String(cell), String(cell));
  if (name === "AllowedMalicious" && answer.view !== "environment" && Number(cell) > 0)
    return help("AllowedMalicious", text(name, cell, record));
  if (name === "State" && cell === "AllowedMalicious")
    return help("AllowedMalicious", text(name, cell, record));
  if (addressColumns.has(name) && isAddress(String(cell)))
    return <Link href={addressPath(String(cell), state.question)}>{String(cell)}</Link>;
  if (times.has(name)) return <Moment time={String(cell)} />;
  return text(name, cell, record);
}

export const isAddress = (text: string): boolean =>
  /^\d{1,3}(?:\.\d{1,3}){3}$/.test(text) || (/^[\da-f:.]+$/i.test(text) && text.includes(":"));

const translated = new Set([
  "FlowStatus",
  "FlowDirection",
  "Kind",
  "State",
  "SourceKind",
  "TargetKind",
]);

function useCellText({
  unit,
}: FlowAnswer): (column: string, cell: Cell, record: FlowRecord) => string {
  const { t, i18n } = useTranslation();
  const { bytes, number } = useFormats();
  const countryOf = useCountryName();
  return (column, cell, record) => {
    const text = String(cell);
    if (translated.has(column) && i18n.exists(`flowValue.${text}`)) return t(`flowValue.${text}`);
    if (column === "Country" || (column === "Place" && record["Kind"] === "Country"))
      return countryOf(text);
    if (column === "L4Protocol") return transports[text] ?? text;
    const isBytes = column === "Bytes" || (unit === "bytes" && counted.has(column));
    if (typeof cell !== "number" || column === "DestPort") return text;
    return isBytes ? bytes(cell) : number(cell);
  };
}
