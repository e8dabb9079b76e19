// The kill test for as long as it takes to find what sixteen rounds do not: `npm run test:soak`.
process.env["NIGHTCAP_KILL_ROUNDS"] ??= "150";
await import("../e2e/kill.test.ts");

export {};
