import { useTranslation } from "react-i18next";
import type { CaptureChoices } from "../../../api/capture-create.ts";
import { Panel } from "../../../parts/panel.tsx";
import { AmountField, CheckField, ChoiceField, TextField } from "./form-field.tsx";
import css from "./form.module.css";
import { type FormState, sizeUnits, timeUnits } from "./form-state.ts";

export interface PartProps {
  form: FormState;
  change: (changes: Partial<FormState>) => void;
  choices: CaptureChoices;
}

/** What is recorded, and how it is called. */
export function TargetPart({ form, change, choices }: PartProps): React.ReactNode {
  const { t } = useTranslation();
  const { targets } = choices;
  const target = targets.find(({ id }) => id === form.targetId);
  const choose = (targetId: string): void => {
    const found = targets.find(({ id }) => id === targetId);
    change({ targetId, targetType: found?.targetType ?? "AzureVM", scope: "all", instances: [] });
  };
  const isSet = target?.targetType === "AzureVMSS";
  return (
    <Panel title={t("captureForm.targetPart")}>
      <div className={css["fields"]}>
        <ChoiceField
          name="target"
          field="target"
          value={form.targetId}
          choices={[
            { value: "", words: t("captureForm.choose") },
            ...targets.map(({ id, name, targetType }) => ({
              value: id,
              words: targetType === "AzureVM" ? name : t("captureForm.scaleSet", { name }),
            })),
          ]}
          change={choose}
        />
        <TextField name="name" field="name" value={form.name} change={(name) => change({ name })} />
        {isSet && <ScopeFields form={form} change={change} instances={target.instances} />}
      </div>
    </Panel>
  );
}

function ScopeFields({
  form,
  change,
  instances,
}: Pick<PartProps, "form" | "change"> & { instances: readonly string[] }): React.ReactNode {
  const { t } = useTranslation();
  const toggle = (name: string): void =>
    change({ instances: [...new Set(form.instances).symmetricDifference(new Set([name]))] });
  return (
    <>
      <ChoiceField
        name="scope"
        field="scope"
        value={form.scope}
        choices={["all", "include", "exclude"].map((value) => ({
          value,
          words: t(`captureForm.scopes.${value}`),
        }))}
        change={(scope) => change({ scope: scope as FormState["scope"] })}
      />
      {form.scope !== "all" && (
        <fieldset className={css["instances"]}>
          <legend>{t(`captureForm.scopes.${form.scope}`)}</legend>
          {instances.map((name) => (
            <label key={name} className={css["check"]}>
              <input
                type="checkbox"
                checked={form.instances.includes(name)}
                onChange={() => toggle(name)}
              />
              {name}
            </label>
          ))}
        </fieldset>
      )}
    </>
  );
}

/** How much and how long, in one file or several. */
export function LimitsPart({ form, change }: PartProps): React.ReactNode {
  const { t } = useTranslation();
  return (
    <Panel title={t("captureForm.limitsPart")}>
      <div className={css["fields"]}>
        <ChoiceField
          name="mode"
          field="continuousCapture"
          value={form.mode}
          choices={["one", "ring", "several"].map((value) => ({
            value,
            words: t(`captureForm.modes.${value}`),
          }))}
          change={(mode) => change({ mode: mode as FormState["mode"] })}
        />
        <TextField
          name="packetBytes"
          field="bytesToCapturePerPacket"
          inputMode="numeric"
          value={form.packetBytes}
          change={(packetBytes) => change({ packetBytes })}
        />
        {form.mode === "one" ? (
          <>
            <AmountField
              name="time"
              field="timeLimitInSeconds"
              value={form.time}
              units={timeUnits}
              change={(time) => change({ time })}
            />
            <AmountField
              name="totalBytes"
              field="totalBytesPerSession"
              value={form.totalBytes}
              units={sizeUnits}
              change={(totalBytes) => change({ totalBytes })}
            />
          </>
        ) : (
          <SeveralFiles form={form} change={change} />
        )}
      </div>
    </Panel>
  );
}

const SeveralFiles = ({ form, change }: Pick<PartProps, "form" | "change">): React.ReactNode => (
  <>
    <AmountField
      name="sessionTime"
      field="captureSettings.sessionTimeLimitInSeconds"
      value={form.sessionTime}
      units={timeUnits}
      change={(sessionTime) => change({ sessionTime })}
    />
    <AmountField
      name="fileSize"
      field="captureSettings.fileSizeInBytes"
      value={form.fileSize}
      units={sizeUnits}
      change={(fileSize) => change({ fileSize })}
    />
    <TextField
      name="fileCount"
      field="captureSettings.fileCount"
      inputMode="numeric"
      value={form.fileCount}
      change={(fileCount) => change({ fileCount })}
    />
  </>
);

/** Where the file goes. */
export function StoragePart({ form, change, choices }: PartProps): React.ReactNode {
  const { t } = useTranslation();
  return (
    <Panel title={t("captureForm.storagePart")}>
      <div className={css["fields"]}>
        <ChoiceField
          name="storageId"
          field="storageLocation.storageId"
          value={form.storageId}
          choices={[
            { value: "", words: t("captureForm.noAccount") },
            ...choices.accounts.map(({ id, name }) => ({ value: id, words: name })),
          ]}
          change={(storageId) => change({ storageId })}
        />
        {form.storageId !== "" && (
          <TextField
            name="storagePath"
            field="storageLocation.storagePath"
            value={form.storagePath}
            change={(storagePath) => change({ storagePath })}
          />
        )}
        <TextField
          name="filePath"
          field={`storageLocation.${form.mode === "one" ? "filePath" : "localPath"}`}
          value={form.filePath}
          placeholder="/var/captures/"
          change={(filePath) => change({ filePath })}
        />
      </div>
    </Panel>
  );
}

/** What Azure does not have: packets from before, privacy, class and group. */
export function MorePart({ form, change }: PartProps): React.ReactNode {
  const { t } = useTranslation();
  return (
    <Panel title={t("captureForm.morePart")}>
      <div className={css["fields"]}>
        <AmountField
          name="lookBack"
          field="lookBackInSeconds"
          value={form.lookBack}
          units={timeUnits}
          change={(lookBack) => change({ lookBack })}
        />
        <TextField
          name="lookBackFrom"
          field="lookBackFrom"
          type="datetime-local"
          step={1}
          value={form.lookBackFrom}
          change={(lookBackFrom) => change({ lookBackFrom })}
        />
        <ChoiceField
          name="privacy"
          field="nightcapPrivacy"
          value={form.privacy}
          choices={["none", "headersOnly", "keepNames"].map((value) => ({
            value,
            words: t(`captureForm.privacies.${value}`),
          }))}
          change={(privacy) => change({ privacy: privacy as FormState["privacy"] })}
        />
        {form.privacy !== "none" && (
          <div className={css["checks"]}>
            <CheckField
              name="pseudonymise"
              isOn={form.pseudonymise}
              change={(pseudonymise) => change({ pseudonymise })}
            />
            {form.privacy === "keepNames" && (
              <CheckField
                name="requestLines"
                isOn={form.requestLines}
                change={(requestLines) => change({ requestLines })}
              />
            )}
          </div>
        )}
        <ChoiceField
          name="class"
          field="nightcapClass"
          value={form.class}
          choices={[
            { value: "", words: t("captureForm.asUsual") },
            { value: "evidence", words: t("captureFilter.classes.evidence") },
            { value: "bulk", words: t("captureFilter.classes.bulk") },
          ]}
          change={(value) => change({ class: value as FormState["class"] })}
        />
        <TextField
          name="group"
          field="nightcapGroup"
          value={form.group}
          change={(group) => change({ group })}
        />
      </div>
    </Panel>
  );
}
