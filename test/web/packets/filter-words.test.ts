import { describe, expect, test } from "vitest";
import { catalog } from "../../../src/inspection/filter/catalog.ts";
import { complete, taken } from "../../../src/web/packets/filter/completion.ts";
import { joinFilters } from "../../../src/web/packets/filter/join-filters.ts";
import { completionAt, faultOf } from "../../../src/web/packets/filter/language.ts";
import { snippets } from "../../../src/web/packets/filter/snippets.ts";
import { destinationFilter, pairFilter } from "../../../src/web/packets/filter/traffic-filters.ts";

const values = { addresses: ["192.0.2.7", "2001:db8::7"], ports: [443], names: ["example.com"] };
/** Offers where the bar stands. */
function offersAt(text: string): string[] {
  const caret = text.indexOf("|");
  const written = { text: text.replace("|", ""), caret };
  return completionAt(written, values).offers.map((offer) => offer.text);
}

describe("completion", () => {
  test("names of fields come with type and description", () => {
    const { offers } = completionAt({ text: "tcp.flags.sy", caret: 12 }, values);
    expect(offers).toEqual([
      {
        kind: "field",
        text: "tcp.flags.syn",
        type: "boolean",
        description: "opens a connection",
      },
    ]);
  });
  test("the protocols that most people mean come first", () => {
    expect(offersAt("t|").slice(0, 2)).toEqual(["tcp", "tls"]);
    expect(offersAt("!i|").slice(0, 4)).toEqual(["icmp", "icmpv6", "ip", "ipv6"]);
  });
  test("operators come after a field, as its type has them", () => {
    expect(offersAt("tcp.flags.syn |")).toEqual(["==", "!=", "&&", "||", "^^"]);
    expect(offersAt("tcp.port |")).toContain(">=");
    expect(offersAt("http.host |")).toContain("contains");
    expect(offersAt("tcp.analysis.retransmission |")).toEqual(["&&", "||", "^^"]);
  });
  test("values come after an operator: of the type, with a meaning, or of this capture", () => {
    expect(offersAt("tcp.flags.syn == |")).toEqual(["True", "False"]);
    expect(offersAt("ip.addr == |")).toEqual(["192.0.2.7"]);
    expect(offersAt("ipv6.src == |")).toEqual(["2001:db8::7"]);
    expect(offersAt("tcp.port in {80, |")).toEqual(["443"]);
    expect(offersAt("dns.qry.type == |")).toContain("28");
    expect(offersAt("http.host == |")).toEqual(['"example.com"']);
  });
  test("after a comparison the next one is joined", () => {
    expect(offersAt("tcp.port == 443 |")).toEqual(["&&", "||", "^^"]);
  });
  test("a value in quotes is completed with its quotes, and other text is left alone", () => {
    expect(offersAt('http.host == "exa|')).toEqual(['"example.com"']);
    expect(offersAt('http.user_agent contains "curl tc|')).toEqual([]);
    const text = 'http.host == "exa" && tcp';
    const completion = complete({ text, caret: 17 }, catalog(), values);
    const offer = completion.offers[0];
    expect(offer && taken(text, completion, offer).text).toBe('http.host == "example.com" && tcp');
  });
  test("an offer takes the place of the word, and what follows it stays", () => {
    const text = "tcp.fl == 2 && udp";
    const completion = complete({ text, caret: 5 }, catalog(), values);
    const offer = completion.offers[0];
    expect(offer && taken(text, completion, offer)).toEqual({
      text: "tcp.flags == 2 && udp",
      caret: 9,
    });
  });
  test("any text and any caret are taken", () => {
    const letters = 'tcp.=!&|(){}[]"\\ 0:#,-~é';
    for (let seed = 1; seed < 3_000; seed++) {
      let state = seed;
      const next = (): number => (state = (state * 48_271) % 2_147_483_647);
      const text = Array.from({ length: next() % 24 }, () => letters[next() % letters.length]).join(
        "",
      );
      const caret = next() % (text.length + 1);
      const { start, end } = completionAt({ text, caret }, values);
      expect(start).toBeLessThanOrEqual(end);
      faultOf(text);
    }
  });
});

test("a fault has its place", () => {
  expect(faultOf("tcp.port == 80 && tcp.prt == 1")).toMatchObject({ start: 18, end: 25 });
  expect(faultOf("")).toBeNull();
});

test("every example is a filter, and so is each that a table leads to", () => {
  const led = [
    pairFilter("192.0.2.1", "192.0.2.2"),
    pairFilter("2001:db8::1", "2001:db8::2"),
    destinationFilter({ address: "192.0.2.1", transport: "udp", port: 53, packets: 1 }),
  ];
  for (const text of [...snippets.map((snippet) => snippet.text), ...led])
    expect({ text, fault: faultOf(text) }).toEqual({ text, fault: null });
});

test("a condition is put to the filter that is there, with what binds tighter in brackets", () => {
  expect(joinFilters("", "tcp", "and")).toBe("tcp");
  expect(joinFilters("udp", "tcp", "only")).toBe("tcp");
  expect(joinFilters("", "tcp", "andNot")).toBe("!(tcp)");
  expect(joinFilters("udp || icmp", "ip.src == 192.0.2.1", "and")).toBe(
    "(udp || icmp) && ip.src == 192.0.2.1",
  );
  expect(joinFilters("udp", "tcp or icmp", "andNot")).toBe("udp && !(tcp or icmp)");
});
