// The CloudEvents library of JavaScript parses and validates each event that was kept.
import { readFileSync, readdirSync } from "node:fs";
import { HTTP } from "cloudevents";

const [folder] = process.argv.slice(2);
const heads = readdirSync(folder).filter((name) => name.endsWith(".json"));
if (heads.length === 0) throw new Error("nothing was sent");
let events = 0;
for (const head of heads) {
  const { headers } = JSON.parse(readFileSync(`${folder}/${head}`, "utf8"));
  const lower = Object.fromEntries(Object.entries(headers).map(([key, value]) => [key.toLowerCase(), value]));
  const body = readFileSync(`${folder}/${head.replace(".json", ".body")}`, "utf8");
  for (const event of [HTTP.toEvent({ headers: lower, body })].flat()) {
    event.validate();
    if (event.specversion !== "1.0" || typeof event.data !== "object") throw new Error(`an odd event: ${event}`);
    events += 1;
  }
}
console.log(`cloudevents (JavaScript) took ${events} events`);
