import { useTranslation } from "react-i18next";
import type { WholeHost, WholeRing } from "../../api/hosts.ts";
import { Notice } from "../../parts/notice.tsx";
import { Panel } from "../../parts/panel.tsx";
import { Figures } from "../../report/figures.tsx";
import { useFormats } from "../../words/moments.ts";
import css from "./ring.module.css";
import { RingPicture } from "./ring-picture.tsx";

/** The flight recorder: what of the past is there to look back on, and what it costs. */
export function RingPanel({ host }: { host: WholeHost }): React.ReactNode {
  const { t } = useTranslation();
  const { ring, isTooOld } = host;
  return (
    <Panel title={t("ring.title")}>
      {!ring && (
        <Notice
          kind={isTooOld ? "warn" : "calm"}
          title={t("ring.notTold")}
          text={t(isTooOld ? "ring.tooOldText" : "ring.notToldText")}
        />
      )}
      {ring && !ring.on && (
        <Notice
          kind={ring.off?.code === "turnedOff" ? "calm" : "bad"}
          title={t(`hosts.ringOff.${ring.off?.code ?? "failed"}`)}
          text={ring.off?.message === "" ? t("ring.turnedOffText") : ring.off?.message}
        />
      )}
      {ring?.on && <Whole ring={ring} told={host.told} />}
    </Panel>
  );
}

function Whole({ ring, told }: { ring: WholeRing; told: string | null }): React.ReactNode {
  const { t } = useTranslation();
  const { bytes, rate, number, duration } = useFormats();
  const { unwatched = [], reachSeconds = null } = ring;
  return (
    <>
      <Figures
        figures={[
          {
            name: t("ring.reach"),
            value: reachSeconds === null ? t("hosts.ringEmpty") : duration(reachSeconds),
          },
          { name: t("ring.written"), value: rate(ring.bytesPerSecond ?? 0) },
          { name: t("ring.packets"), value: number(Math.round(ring.packetsPerSecond ?? 0)) },
          {
            name: t("ring.snapLength"),
            value: ring.snapLengthBytes === 0 ? t("ring.whole") : bytes(ring.snapLengthBytes ?? 0),
          },
        ]}
      />
      <RingPicture interfaces={ring.interfaces ?? []} told={told} />
      <div className={css["meters"]}>
        <Meter
          name={t(ring.isInMemory ? "ring.inMemory" : "ring.onDisk")}
          used={ring.sizeBytes ?? 0}
          limit={ring.sizeBytesMax ?? 0}
        />
        <Meter
          name={t("ring.held")}
          used={ring.heldBytes ?? 0}
          limit={ring.heldSizeBytesMax ?? 0}
        />
      </div>
      {(ring.filter ?? "") !== "" && (
        <p className={css["note"]}>
          {t("ring.filter")} <code>{ring.filter}</code>
        </p>
      )}
      {unwatched.length > 0 && (
        <p className={css["note"]} data-kind="warn">
          {t("ring.unwatched", { count: unwatched.length, names: unwatched.join(", ") })}
        </p>
      )}
    </>
  );
}

/** How much of a limit is used. */
function Meter({
  name,
  used,
  limit,
}: {
  name: string;
  used: number;
  limit: number;
}): React.ReactNode {
  const { t } = useTranslation();
  const { bytes } = useFormats();
  const share = limit === 0 ? 0 : Math.min(1, used / limit);
  const words = t("ring.of", { used: bytes(used), limit: bytes(limit) });
  return (
    <div className={css["meter"]}>
      <span>{name}</span>
      <span className={css["amount"]}>{words}</span>
      <span
        className={css["track"]}
        role="meter"
        aria-label={name}
        aria-valuenow={Math.round(share * 100)}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuetext={words}
      >
        <span className={css["used"]} style={{ width: `${share * 100}%` }} />
      </span>
    </div>
  );
}
