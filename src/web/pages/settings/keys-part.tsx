import { useTranslation } from "react-i18next";
import {
  changeEncryptionAction,
  type EvidenceKey,
  encryptionKey,
  evidenceKeysKey,
  rotateEncryptionKey,
  rotateEvidenceAction,
  rotateEvidenceKey,
  rotateTokenKeys,
  rotateTokenKeysAction,
  sealStore,
  type TokenKey,
  tokenKeysKey,
  useEncryption,
  useEvidenceKeys,
  useTokenKeys,
} from "../../api/keys.ts";
import { ActButton } from "../../parts/act-button.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { Moment } from "../../parts/moment.tsx";
import { Panel } from "../../parts/panel.tsx";
import { useAllowed } from "../../shell/session-context.ts";
import { useFormats } from "../../words/moments.ts";
import { FunctionKey } from "./function-key.tsx";
import css from "./settings.module.css";
import { StorageKeys } from "./storage-keys.tsx";

/** Keys that sign and encrypt, each of which can be replaced. */
export const KeysPart = (): React.ReactNode => (
  <>
    <TokenKeys />
    <EvidenceKeys />
    <FunctionKey />
    <StorageKeys />
    <StoreKeys />
  </>
);

const timeOrDash = (time: string | null): React.ReactNode =>
  time === null ? "–" : <Moment time={time} />;

function TokenKeys(): React.ReactNode {
  const { t } = useTranslation();
  const mayRotate = useAllowed(rotateTokenKeysAction);
  const { data: keys = [] } = useTokenKeys();
  return (
    <Panel title={t("keys.tokens")}>
      {mayRotate && (
        <div className={css["form"]}>
          <ActButton
            words={t("keys.rotate")}
            label={t("keys.rotateOf", { name: t("keys.tokens") })}
            act={() => rotateTokenKeys(false)}
            changes={[tokenKeysKey]}
          />
          <ActButton
            kind="danger"
            words={t("keys.revoke")}
            question={{ title: t("keys.revoke"), text: t("keys.revokeText") }}
            act={() => rotateTokenKeys(true)}
            changes={[tokenKeysKey]}
          />
        </div>
      )}
      <DataTable<TokenKey>
        label={t("keys.tokens")}
        rows={keys}
        keyOf={({ kid }) => kid}
        columns={[
          { key: "kid", title: t("keys.key"), show: ({ kid }) => <code>{kid}</code> },
          {
            key: "state",
            title: t("column.state"),
            show: ({ state }) => t(`keys.${state}`),
            sortBy: ({ state }) => state,
          },
          {
            key: "from",
            title: t("column.from"),
            show: ({ activatedTime }) => timeOrDash(activatedTime),
          },
          {
            key: "to",
            title: t("column.to"),
            show: ({ validUntilTime }) => timeOrDash(validUntilTime),
          },
        ]}
      />
    </Panel>
  );
}

function EvidenceKeys(): React.ReactNode {
  const { t } = useTranslation();
  const mayRotate = useAllowed(rotateEvidenceAction);
  const { data: keys = [] } = useEvidenceKeys();
  return (
    <Panel title={t("keys.evidence")}>
      {mayRotate && (
        <div className={css["form"]}>
          <ActButton
            words={t("keys.rotate")}
            label={t("keys.rotateOf", { name: t("keys.evidence") })}
            act={rotateEvidenceKey}
            changes={[evidenceKeysKey]}
          />
        </div>
      )}
      <DataTable<EvidenceKey>
        label={t("keys.evidence")}
        rows={keys}
        keyOf={({ kid }) => kid}
        columns={[
          { key: "kid", title: t("keys.key"), show: ({ kid }) => <code>{kid}</code> },
          { key: "from", title: t("column.from"), show: ({ validFrom }) => timeOrDash(validFrom) },
          { key: "to", title: t("column.to"), show: ({ validUntil }) => timeOrDash(validUntil) },
        ]}
      />
    </Panel>
  );
}

function StoreKeys(): React.ReactNode {
  const { t } = useTranslation();
  const { bytes, number } = useFormats();
  const mayChange = useAllowed(changeEncryptionAction);
  const { data } = useEncryption();
  if (!data) return null;
  const { plainBlobs, plainBytes, encryptedBlobs } = data;
  return (
    <Panel title={t("keys.store")}>
      <p className={css["text"]}>
        {data.encrypted ? t("keys.encrypted", { key: data.keyId }) : t("keys.notEncrypted")}
        {encryptedBlobs !== null &&
          ` ${t("keys.encryptedBlobs", { shown: number(encryptedBlobs) })}`}
        {plainBlobs !== null &&
          plainBytes !== null &&
          plainBlobs > 0 &&
          ` ${t("keys.plainBlobs", { shown: number(plainBlobs), size: bytes(plainBytes) })}`}
      </p>
      {data.problem !== null && <p className={`${css["text"]} ${css["bad"]}`}>{data.problem}</p>}
      {mayChange && data.encrypted && (
        <div className={css["form"]}>
          <ActButton
            words={t("keys.rotate")}
            label={t("keys.rotateOf", { name: t("keys.store") })}
            act={rotateEncryptionKey}
            changes={[encryptionKey]}
          />
          {plainBlobs !== 0 && (
            <ActButton words={t("keys.seal")} act={sealStore} changes={[encryptionKey]} />
          )}
        </div>
      )}
    </Panel>
  );
}
