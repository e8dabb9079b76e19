import { useTranslation } from "react-i18next";
import { compileFilters } from "../../../../arm/capture-filter.ts";
import { packetCaptureFilters } from "../../../../arm/packet-capture.ts";
import type { CapturePreview, HostPreview } from "../../../api/capture-create.ts";
import { Ago } from "../../../parts/moment.tsx";
import { Panel } from "../../../parts/panel.tsx";
import { useFormats } from "../../../words/moments.ts";
import css from "./form.module.css";
import type { CaptureProperties } from "./form-state.ts";

/** What the capture would be given: its filter as libpcap takes it, and what the ring holds of it. */
export function PreviewPanel({
  properties,
  preview,
  why,
}: {
  properties: CaptureProperties;
  preview: CapturePreview | undefined;
  /** Why there is none. */
  why: string | undefined;
}): React.ReactNode {
  const { t } = useTranslation();
  const bpf = bpfOf(properties);
  return (
    <Panel title={t("capturePreview.title")}>
      <div className={css["preview"]} aria-live="polite">
        <h3>{t("capturePreview.bpf")}</h3>
        <pre tabIndex={0} aria-label={t("capturePreview.bpf")}>
          {bpf === "" ? t("capturePreview.everything") : (bpf ?? t("capturePreview.atFault"))}
        </pre>
        {preview?.compiles === true && bpf !== null && (
          <p className={css["good"]}>{t("capturePreview.compiles")}</p>
        )}
        {preview?.compiles === false && (
          <p className={css["problem"]}>
            {t("capturePreview.refused")} {preview.problem}
          </p>
        )}
        {why !== undefined && <p className={css["problem"]}>{why}</p>}
        {!preview && why === undefined && (
          <p className={css["lead"]}>{t("capturePreview.chooseHost")}</p>
        )}
        {preview?.hosts.map((host) => (
          <Host key={host.name} host={host} properties={properties} />
        ))}
        {preview !== undefined && preview.hostsLeftOut > 0 && (
          <p className={css["lead"]}>
            {t("capturePreview.leftOut", { count: preview.hostsLeftOut })}
          </p>
        )}
        {preview && <Store storage={preview.storage} />}
      </div>
    </Panel>
  );
}

/** At once, by the code that the API has; null: a filter is at fault. */
function bpfOf(properties: CaptureProperties): string | null {
  const filters = packetCaptureFilters.safeParse(properties["filters"]);
  if (!filters.success) return null;
  try {
    return compileFilters(filters.data);
  } catch {
    return null;
  }
}

function Host({
  host: { name, ring, problem, compiles, freeBytes, interfaces },
  properties,
}: {
  host: HostPreview;
  properties: CaptureProperties;
}): React.ReactNode {
  const { t } = useTranslation();
  const { bytes } = useFormats();
  return (
    <section className={css["host"]}>
      <h3>{name}</h3>
      {compiles === null && <p className={css["warn"]}>{problem}</p>}
      {compiles === true && ring === null && (
        <p className={css["warn"]}>{t("capturePreview.noRing")}</p>
      )}
      {ring && <Ring ring={ring} properties={properties} />}
      {freeBytes !== null && (
        <dl>
          <dt>{t("capturePreview.interfaces")}</dt>
          <dd>{interfaces.join(", ") || "–"}</dd>
          <dt>{t("capturePreview.hostDisk")}</dt>
          <dd>{bytes(freeBytes)}</dd>
        </dl>
      )}
    </section>
  );
}

function Ring({
  ring,
  properties,
}: {
  ring: NonNullable<HostPreview["ring"]>;
  properties: CaptureProperties;
}): React.ReactNode {
  const { t } = useTranslation();
  const { bytes, number } = useFormats();
  const lookBack = Number(properties["lookBackInSeconds"] ?? 0);
  const shown = t("capture.packets", { count: ring.packets, shown: number(ring.packets) });
  const amount = { packets: shown, bytes: bytes(ring.bytes) };
  return (
    <>
      <dl>
        <dt>{t("capturePreview.reaches")}</dt>
        <dd>{ring.reachesBackTo === null ? "–" : <Ago time={ring.reachesBackTo} />}</dd>
        <dt>{t(lookBack > 0 ? "capturePreview.inWindow" : "capturePreview.inRing")}</dt>
        <dd data-testid="ring-match">
          {ring.isPartial
            ? t("capturePreview.atLeast", { ...amount, read: bytes(ring.readBytes) })
            : t("capturePreview.exactly", amount)}
        </dd>
      </dl>
      {isTooShort(ring.reachesBackTo, properties) && (
        <p className={css["warn"]}>{t("capturePreview.tooShort")}</p>
      )}
    </>
  );
}

/** Whether the ring begins after what is asked for. */
function isTooShort(reachesBackTo: string | null, properties: CaptureProperties): boolean {
  const seconds = Number(properties["lookBackInSeconds"] ?? 0);
  if (!(seconds > 0)) return false;
  const asked = properties["lookBackFrom"];
  const from = typeof asked === "string" ? Date.parse(asked) : Date.now();
  return reachesBackTo === null || Date.parse(reachesBackTo) > from - seconds * 1_000;
}

function Store({ storage }: { storage: CapturePreview["storage"] }): React.ReactNode {
  const { t } = useTranslation();
  const { bytes } = useFormats();
  const { freeBytes, sizeBytes, quotaBytes } = storage;
  return (
    <dl>
      <dt>{t("capturePreview.store")}</dt>
      <dd>
        {freeBytes === null ? "–" : bytes(freeBytes)}
        {quotaBytes !== null &&
          ` ${t("capturePreview.quota", { used: bytes(sizeBytes), quota: bytes(quotaBytes) })}`}
      </dd>
    </dl>
  );
}
