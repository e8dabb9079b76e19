import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { Moment } from "../../parts/moment.tsx";
import { useFormats } from "../../words/moments.ts";
import type { CaptureEntry, CaptureRow } from "./capture-rows.ts";
import type { TableProps } from "./capture-table.tsx";
import css from "./captures.module.css";
import { Elapsed } from "./elapsed.tsx";

interface LineProps<Kind extends CaptureEntry["kind"]> {
  entry: Extract<CaptureEntry, { kind: Kind }>;
  props: TableProps;
  maySelect: boolean;
}

/** The cells of one capture. */
export function CaptureLine({
  entry: { row, isIn, isOpen },
  props: { selected, select, turn },
  maySelect,
}: LineProps<"capture">): React.ReactNode {
  const { t } = useTranslation();
  const { id, name, host, members } = row;
  const toggle = (): void => select(selected.symmetricDifference(new Set([id])));
  return (
    <>
      {maySelect && (
        <td className={css["choose"]}>
          <input
            type="checkbox"
            aria-label={t("captures.choose", { name })}
            checked={selected.has(id)}
            onChange={toggle}
          />
        </td>
      )}
      <td className={css["name"]} data-in={isIn}>
        {members.length > 0 && <Turn isOpen={isOpen} name={name} turn={() => turn(id)} />}
        <Name row={row} />
      </td>
      <td>
        {host}
        {members.length > 0 && (
          <span className={css["aside"]}>{t("captures.hosts", { count: members.length })}</span>
        )}
      </td>
      <State row={row} />
      <td data-number>
        <Elapsed row={row} />
      </td>
      <Amounts packets={row.packets} sizeBytes={row.sizeBytes} />
      <td className={css["rule"]}>
        {row.incidentId === null ? (
          row.rules.join(", ")
        ) : (
          <Link href={`/incidents/${row.incidentId}`}>{row.rules.join(", ")}</Link>
        )}
      </td>
      <td>
        {row.class !== null && t(`captureFilter.classes.${row.class}`)}
        {row.isHeld && <span className={css["held"]}>{t("captureFilter.holds.yes")}</span>}
      </td>
      <td className={css["time"]}>
        {row.createdAt > 0 && <Moment time={new Date(row.createdAt).toISOString()} />}
      </td>
    </>
  );
}

function Name({ row: { capture, name } }: { row: CaptureRow }): React.ReactNode {
  const { sessionId } = capture.properties.nightcap ?? {};
  if (sessionId === undefined) return name;
  return <Link href={`/captures/${sessionId}`}>{name}</Link>;
}

function Turn({
  isOpen,
  name,
  turn,
}: {
  isOpen: boolean;
  name: string;
  turn: () => void;
}): React.ReactNode {
  const { t } = useTranslation();
  return (
    <button
      type="button"
      className={css["turn"]}
      aria-expanded={isOpen}
      aria-label={t("captures.below", { name })}
      onClick={turn}
    >
      <span aria-hidden="true">{isOpen ? "▾" : "▸"}</span>
    </button>
  );
}

/** The phase, and what went wrong below it, in the host's own words. */
function State({
  row: { phase, troubles },
}: {
  row: Pick<CaptureRow, "phase" | "troubles">;
}): React.ReactNode {
  const { t } = useTranslation();
  return (
    <td className={css["state"]}>
      <span className={css["phase"]} data-phase={troubles.length > 0 ? "failed" : phase}>
        {t(`phase.${phase}`)}
      </span>
      {troubles.length > 0 && (
        <span className={css["trouble"]} title={troubles.join("\n")}>
          {troubles[0]}
        </span>
      )}
    </td>
  );
}

function Amounts({
  packets,
  sizeBytes,
}: {
  packets: number | null | undefined;
  sizeBytes: number | null | undefined;
}): React.ReactNode {
  const { bytes, number } = useFormats();
  return (
    <>
      <td data-number>{packets == null ? "–" : number(packets)}</td>
      <td data-number>{sizeBytes == null ? "–" : bytes(sizeBytes)}</td>
    </>
  );
}

/** Over captures that were asked for together. */
export function GroupLine({
  entry: { key, name, rows, isOpen },
  props: { turn, select, selected },
  maySelect,
}: LineProps<"group">): React.ReactNode {
  const { t } = useTranslation();
  const ids = new Set(rows.map(({ id }) => id));
  const isAll = ids.isSubsetOf(selected);
  const sum = (valueOf: (row: CaptureRow) => number | null): number =>
    rows.reduce((total, row) => total + (valueOf(row) ?? 0), 0);
  return (
    <>
      {maySelect && (
        <td className={css["choose"]}>
          <input
            type="checkbox"
            aria-label={t("captures.choose", { name })}
            checked={isAll}
            onChange={() => select(isAll ? selected.difference(ids) : selected.union(ids))}
          />
        </td>
      )}
      <td className={css["name"]} colSpan={4}>
        <Turn isOpen={isOpen} name={name} turn={() => turn(key)} />
        {name}
        <span className={css["aside"]}>{t("captures.title", { count: rows.length })}</span>
      </td>
      <Amounts
        packets={sum(({ packets }) => packets)}
        sizeBytes={sum(({ sizeBytes }) => sizeBytes)}
      />
      <td colSpan={3} />
    </>
  );
}

/** One host of a scale set's capture. */
export function MemberLine({ entry: { member }, maySelect }: LineProps<"member">): React.ReactNode {
  const troubles = (member.errors ?? []).map(({ message }) => message);
  return (
    <>
      {maySelect && <td />}
      <td className={css["name"]} data-in />
      <td>{member.instanceId}</td>
      <State row={{ phase: member.phase, troubles }} />
      <td />
      <Amounts packets={member.packets} sizeBytes={member.sizeBytes} />
      <td colSpan={3} />
    </>
  );
}
