import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { type Capture, isUnderWay } from "../../api/capture.ts";
import { downloadPathOf, readBlobAction } from "../../api/captures.ts";
import { extendAction } from "../../api/extend-capture.ts";
import { verifyAction } from "../../api/verifications.ts";
import { Moment } from "../../parts/moment.tsx";
import { Panel } from "../../parts/panel.tsx";
import { useAllowed, useDataAllowed } from "../../shell/session-context.ts";
import { useFormats } from "../../words/moments.ts";
import { ExtendDialog } from "./extend-dialog.tsx";
import css from "./incident.module.css";
import type { IncidentThings, Recording } from "./incident-things.ts";
import { VerifyDialog } from "./verify-dialog.tsx";

/** Each recording: what became of it, its file, and what can be done with that. */
export function RecordingsPanel({ things }: { things: IncidentThings }): React.ReactNode {
  const { t } = useTranslation();
  const { recordings, again } = things;
  return (
    <Panel title={t("incident.recordings")}>
      {recordings.length + again.length === 0 && (
        <p className={css["empty"]}>{t("incident.noRecordings")}</p>
      )}
      <ul className={css["rows"]}>
        {recordings.map((recording) => (
          <AskedRow key={recording.asked.recordingId} recording={recording} />
        ))}
        {again.map((capture) => (
          <AgainRow key={capture.id} capture={capture} />
        ))}
      </ul>
    </Panel>
  );
}

function AskedRow({ recording: { asked, capture } }: { recording: Recording }): React.ReactNode {
  const { t } = useTranslation();
  const { captureName, rule, moment, state, why, queue, endsAt, outcome } = asked;
  return (
    <li>
      <Moment time={moment} />
      <span className={css["name"]}>
        <CaptureName capture={capture} name={captureName ?? rule} />
        {capture && <CaptureFigures capture={capture} />}
      </span>
      <span className={css["detail"]}>
        {t(`recording.${state}`)}
        {why === null ? "" : `: ${why}`}
        {queue !== null && ` · ${t("incident.place", { place: queue.position })}`}
        {state === "recording" && endsAt !== null && (
          <small className={css["small"]}>
            {t("incident.ends")} <Moment time={endsAt} />
          </small>
        )}
        {state === "ended" && outcome !== null && <small className={css["small"]}>{outcome}</small>}
        {state === "ended" && capture === null && captureName !== null && (
          <small className={css["small"]}>{t("incident.captureGone")}</small>
        )}
        {capture && <CaptureButtons capture={capture} />}
      </span>
    </li>
  );
}

function AgainRow({ capture }: { capture: Capture }): React.ReactNode {
  const { t } = useTranslation();
  const { phase = "waiting" } = capture.properties.nightcap ?? {};
  return (
    <li>
      <span className={css["detail"]}>{t("incident.byHand")}</span>
      <span className={css["name"]}>
        <CaptureName capture={capture} name={capture.name} />
        <CaptureFigures capture={capture} />
      </span>
      <span className={css["detail"]}>
        {t(`phase.${phase}`)}
        <CaptureButtons capture={capture} />
      </span>
    </li>
  );
}

function CaptureName({
  capture,
  name,
}: {
  capture: Capture | null;
  name: string;
}): React.ReactNode {
  const { sessionId } = capture?.properties.nightcap ?? {};
  if (sessionId === undefined) return name;
  return <Link href={`/captures/${sessionId}`}>{name}</Link>;
}

function CaptureFigures({ capture }: { capture: Capture }): React.ReactNode {
  const { t } = useTranslation();
  const { bytes, number } = useFormats();
  const { packets, sizeBytes } = capture.properties.nightcap ?? {};
  return (
    <small className={css["small"]}>
      {packets != null && (
        <span>{t("capture.packets", { count: packets, shown: number(packets) })}</span>
      )}
      {sizeBytes != null && <span>{bytes(sizeBytes)}</span>}
    </small>
  );
}

/** While it records. */
function ExtendButton({ capture }: { capture: Capture }): React.ReactNode {
  const mayExtend = useAllowed(extendAction);
  const { sessionId, phase } = capture.properties.nightcap ?? {};
  if (!mayExtend || sessionId === undefined || phase !== "recording") return null;
  return (
    <div className={css["buttons"]}>
      <ExtendDialog sessionId={sessionId} name={capture.name} />
    </div>
  );
}

/** Download and verify, for whoever may. */
function CaptureButtons({ capture }: { capture: Capture }): React.ReactNode {
  const { t } = useTranslation();
  const { bytes } = useFormats();
  const mayRead = useDataAllowed(readBlobAction);
  const mayVerify = useAllowed(verifyAction);
  const path = downloadPathOf(capture);
  const { sessionId, sizeBytes } = capture.properties.nightcap ?? {};
  if (isUnderWay(capture)) return <ExtendButton capture={capture} />;
  return (
    <div className={css["buttons"]}>
      {mayRead && path !== null && (
        <a className={css["download"]} href={path} download={`${capture.name}.cap`}>
          {t("incident.download", { size: bytes(sizeBytes ?? 0) })}
        </a>
      )}
      {mayVerify && sessionId !== undefined && (
        <VerifyDialog sessionId={sessionId} name={capture.name} />
      )}
    </div>
  );
}
