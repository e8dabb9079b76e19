import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { type FlowQuestion, recordsOf, useFlowView } from "../../api/flow-views.ts";
import { Button } from "../../parts/button.tsx";
import { Select } from "../../parts/select.tsx";
import fieldCss from "../../parts/field.module.css";
import type { QuestionState } from "./question.ts";
import css from "./traffic.module.css";

/** Filters with values of their own, and the view and column that know some of them. */
const known: Readonly<Record<string, { view: string; column: string } | null>> = {
  virtualMachine: { view: "distribution-hosts", column: "Vm" },
  ip: { view: "distribution-ips", column: "Ip" },
  subnet: { view: "distribution-subnets", column: "Subnet" },
  virtualNetwork: { view: "distribution-virtual-networks", column: "VirtualNetwork" },
  region: { view: "environment-regions", column: "Region" },
  resourceGroup: null,
  subscription: null,
  rule: { view: "rule-hits", column: "AclRule" },
  port: { view: "ports", column: "DestPort" },
  service: { view: "l7-protocols", column: "L7Protocol" },
  country: { view: "geo-countries", column: "Country" },
  azureRegion: { view: "geo-countries", column: "AzureRegion" },
  connection: { view: "gateways", column: "ConnectionName" },
  targetType: null,
};
const targetTypes = ["VirtualNetwork", "Subnet", "NetworkInterface", "NetworkSecurityGroup"];
const suggestionsMax = 50;

/** One more condition: its name, then its value, with those that there are as suggestions. */
export function AddFilter({ state }: { state: QuestionState }): React.ReactNode {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  return (
    <>
      <Select
        label={t("traffic.addFilter")}
        value={name}
        choices={[
          { value: "", words: t("traffic.chooseFilter") },
          ...Object.keys(known).map((value) => ({ value, words: t(`filter.${value}`) })),
        ]}
        choose={setName}
      />
      {name !== "" && (
        <FilterValue
          key={name}
          name={name}
          question={state.question}
          choose={(value) => {
            state.change({ [name]: value });
            setName("");
          }}
        />
      )}
    </>
  );
}

function FilterValue({
  name,
  question,
  choose,
}: {
  name: string;
  question: FlowQuestion;
  choose: (value: string) => void;
}): React.ReactNode {
  const { t } = useTranslation();
  const id = useId();
  const [value, setValue] = useState(question.filters[name] ?? "");
  const source = known[name] ?? null;
  return (
    <form
      className={css["range"]}
      onSubmit={(event) => {
        event.preventDefault();
        choose(value.trim());
      }}
    >
      <div className={fieldCss["field"]}>
        <label htmlFor={id}>{t(`filter.${name}`)}</label>
        <input
          id={id}
          list={`${id}-list`}
          value={value}
          onChange={({ target }) => setValue(target.value)}
          autoComplete="off"
          required
        />
      </div>
      {source ? (
        <Suggestions {...source} id={`${id}-list`} question={question} />
      ) : (
        <datalist id={`${id}-list`}>
          {name === "targetType" && targetTypes.map((each) => <option key={each} value={each} />)}
        </datalist>
      )}
      <Button type="submit" disabled={value.trim() === ""}>
        {t("traffic.add")}
      </Button>
    </form>
  );
}

function Suggestions({
  view,
  column,
  id,
  question: { timespan, unit },
}: {
  view: string;
  column: string;
  id: string;
  question: FlowQuestion;
}): React.ReactNode {
  const { data } = useFlowView(view, { timespan, unit, filters: {}, top: suggestionsMax });
  const values = data ? recordsOf(data).map((record) => String(record[column] ?? "")) : [];
  return (
    <datalist id={id}>
      {[...new Set(values)]
        .filter((each) => each !== "")
        .map((each) => (
          <option key={each} value={each} />
        ))}
    </datalist>
  );
}
