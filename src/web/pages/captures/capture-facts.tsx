import { useTranslation } from "react-i18next";
import { describeFilter } from "../../../arm/capture-filter.ts";
import type { Capture, CaptureCoverage, CaptureMember, StoredFile } from "../../api/capture.ts";
import { ownPathOf, readBlobAction } from "../../api/captures.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { Moment } from "../../parts/moment.tsx";
import { Notice } from "../../parts/notice.tsx";
import { Panel } from "../../parts/panel.tsx";
import { useDataAllowed } from "../../shell/session-context.ts";
import { useFormats } from "../../words/moments.ts";
import { clockText } from "./amounts.ts";
import css from "./capture.module.css";

/** What a reader must know before trusting the file: errors, and what is not covered. */
export function CaptureTroubles({ capture }: { capture: Capture }): React.ReactNode {
  const { t } = useTranslation();
  const { errors = [], problem = null, coverage } = capture.properties.nightcap ?? {};
  const messages = [
    ...errors.map(({ message }) => message),
    ...(problem === null ? [] : [problem]),
  ];
  return (
    <>
      {messages.length > 0 && (
        <Notice kind="bad" title={t("captureFacts.errors")} text={messages.join(" ")} />
      )}
      {coverage && <Coverage coverage={coverage} />}
    </>
  );
}

/** What was asked for and what came of it: times, privacy, files and hosts. */
export function CaptureFacts({ capture }: { capture: Capture }): React.ReactNode {
  const { t } = useTranslation();
  const { nightcap } = capture.properties;
  if (!nightcap) return null;
  const { files, sideFiles = [], members } = nightcap;
  return (
    <>
      <Panel title={t("captureFacts.title")}>
        <Facts capture={capture} />
      </Panel>
      {members && <Members members={members} />}
      {files && (
        <Files
          title={t("captureFacts.files", { count: files.count })}
          files={files.newest}
          nameOf={({ name }) => name}
          note={
            files.overwrittenCount > 0
              ? t("captureFacts.overwritten", { count: files.overwrittenCount })
              : undefined
          }
        />
      )}
      {sideFiles.length > 0 && (
        <Files
          title={t("captureFacts.sideFiles")}
          files={sideFiles}
          nameOf={({ kind }) => t(`captureFacts.side.${kind}`)}
        />
      )}
    </>
  );
}

function Facts({ capture }: { capture: Capture }): React.ReactNode {
  const { t } = useTranslation();
  const { number, bytes } = useFormats();
  const { properties } = capture;
  const { nightcap, filters = [] } = properties;
  const { captureStartTime: from, captureEndTime: to } = nightcap ?? {};
  const limit =
    properties.captureSettings?.sessionTimeLimitInSeconds ?? properties.timeLimitInSeconds;
  const facts: [string, React.ReactNode][] = [
    ["begun", from ? <Moment time={from} /> : "–"],
    ["length", lengthText(from, to, limit)],
    ["stopReason", nightcap?.stopReason ?? "–"],
    ["packets", nightcap?.packets == null ? "–" : number(nightcap.packets)],
    ["dropped", nightcap?.packetsDropped == null ? "–" : number(nightcap.packetsDropped)],
    ["size", nightcap?.sizeBytes == null ? "–" : bytes(nightcap.sizeBytes)],
    [
      "filters",
      filters.length === 0
        ? t("capturePreview.everything")
        : filters.map(describeFilter).join("; "),
    ],
    ["privacy", privacyText(t, nightcap?.privacy ?? null)],
    ["verified", t(`captureFacts.verifiedIs.${String(nightcap?.sha256Verified ?? null)}`)],
  ];
  return (
    <dl className={css["facts"]}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{t(`captureFacts.${name}`)}</dt>
          <dd>{value}</dd>
        </div>
      ))}
      {(nightcap?.groupReports ?? []).map(({ title, link }) => (
        <div key={link}>
          <dt>{t("captureFacts.together")}</dt>
          <dd>
            <a href={link} target="_blank" rel="noreferrer">
              {title}
            </a>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function lengthText(
  from: string | null | undefined,
  to: string | null | undefined,
  limitSeconds = 0,
): string {
  if (from == null) return "–";
  const until = to == null ? Date.now() : Date.parse(to);
  return `${clockText((until - Date.parse(from)) / 1_000)} / ${clockText(limitSeconds)}`;
}

function privacyText(
  t: (key: string) => string,
  privacy: { kind: string; pseudonymise: boolean } | null,
): string {
  if (privacy === null) return t("captureForm.privacies.none");
  const kind = t(`captureForm.privacies.${privacy.kind}`);
  return privacy.pseudonymise ? `${kind}; ${t("captureFacts.pseudonyms")}` : kind;
}

/** What was to be covered, what is, and what is missing. */
function Coverage({ coverage }: { coverage: CaptureCoverage }): React.ReactNode {
  const { t } = useTranslation();
  const { number } = useFormats();
  const { asked, got, gaps, warnings, moment } = coverage;
  const isWhole = gaps.length === 0 && warnings.length === 0;
  const seconds = (value: number): string => number(Math.round(value * 10) / 10);
  return (
    <Notice
      kind={isWhole ? "good" : "warn"}
      title={t("captureFacts.covered", {
        before: seconds(got.beforeSeconds),
        askedBefore: seconds(asked.beforeSeconds),
        after: seconds(got.afterSeconds),
      })}
    >
      <p>
        {t("captureFacts.moment")} <Moment time={moment} />
      </p>
      {!isWhole && (
        <ul className={css["warnings"]}>
          {warnings.map(({ code, message }) => (
            <li key={`${code} ${message}`}>{message}</li>
          ))}
          {gaps.map(({ interfaceName, from, to, reason }) => (
            <li key={`${interfaceName} ${from}`}>
              {interfaceName}: <Moment time={from} /> – <Moment time={to} />, {reason}
            </li>
          ))}
        </ul>
      )}
    </Notice>
  );
}

/** Files that may be taken home one by one. */
function Files<File extends StoredFile>({
  title,
  files,
  nameOf,
  note,
}: {
  title: string;
  files: readonly File[];
  nameOf: (file: File) => string;
  note?: string | undefined;
}): React.ReactNode {
  const { t } = useTranslation();
  const { bytes } = useFormats();
  const mayRead = useDataAllowed(readBlobAction);
  return (
    <Panel title={title} aside={note}>
      <DataTable<File>
        label={title}
        rows={files}
        keyOf={({ sha256 }) => sha256}
        columns={[
          { key: "name", title: t("column.name"), show: nameOf, sortBy: nameOf },
          {
            key: "size",
            title: t("figure.bytes"),
            isNumber: true,
            show: ({ sizeBytes }) => bytes(sizeBytes),
            sortBy: ({ sizeBytes }) => sizeBytes,
          },
          {
            key: "sha256",
            title: "SHA-256",
            show: ({ sha256 }) => <code className={css["hash"]}>{sha256}</code>,
          },
          {
            key: "place",
            title: t("captureFacts.place"),
            show: (file) => <Place file={file} mayRead={mayRead} />,
          },
        ]}
      />
    </Panel>
  );
}

function Place({
  file: { storagePath, filePath },
  mayRead,
}: {
  file: StoredFile;
  mayRead: boolean;
}): React.ReactNode {
  const { t } = useTranslation();
  const path = ownPathOf(storagePath);
  if (path !== null && mayRead) {
    return (
      <a href={path} download={path.split("/").at(-1)}>
        {t("capture.download")}
      </a>
    );
  }
  return <span className={css["hash"]}>{storagePath ?? filePath ?? "–"}</span>;
}

/** Each host of a scale set's capture. */
function Members({ members }: { members: readonly CaptureMember[] }): React.ReactNode {
  const { t } = useTranslation();
  const { bytes, number } = useFormats();
  const mayRead = useDataAllowed(readBlobAction);
  return (
    <Panel title={t("captures.hosts", { count: members.length })}>
      <DataTable<CaptureMember>
        label={t("captures.hosts", { count: members.length })}
        rows={members}
        keyOf={({ sessionId }) => sessionId}
        columns={[
          {
            key: "host",
            title: t("column.host"),
            show: ({ instanceId }) => instanceId,
            sortBy: ({ instanceId }) => instanceId,
          },
          {
            key: "phase",
            title: t("column.state"),
            show: ({ phase, errors = [] }) =>
              [t(`phase.${phase}`), ...errors.map(({ message }) => message)].join(": "),
            sortBy: ({ phase }) => phase,
          },
          {
            key: "packets",
            title: t("figure.packets"),
            isNumber: true,
            show: ({ packets }) => (packets == null ? "–" : number(packets)),
            sortBy: ({ packets }) => packets ?? -1,
          },
          {
            key: "size",
            title: t("figure.bytes"),
            isNumber: true,
            show: ({ sizeBytes }) => (sizeBytes == null ? "–" : bytes(sizeBytes)),
            sortBy: ({ sizeBytes }) => sizeBytes ?? -1,
          },
          {
            key: "report",
            title: t("incident.report"),
            show: ({ report }) =>
              report && (
                <a href={report.link} target="_blank" rel="noreferrer">
                  {t("incident.report")}
                </a>
              ),
          },
          {
            key: "place",
            title: t("captureFacts.place"),
            show: ({ storagePath, sha256 }) =>
              sha256 != null && (
                <Place
                  file={{ sizeBytes: 0, sha256, filePath: null, storagePath }}
                  mayRead={mayRead}
                />
              ),
          },
        ]}
      />
    </Panel>
  );
}
