// The official Standard Webhooks library verifies each request that was kept.
import { readFileSync, readdirSync } from "node:fs";
import { Webhook } from "standardwebhooks";

const [folder, secret] = process.argv.slice(2);
const heads = readdirSync(folder).filter((name) => name.endsWith(".json"));
if (heads.length === 0) throw new Error("nothing was sent");
for (const head of heads) {
  const { headers } = JSON.parse(readFileSync(`${folder}/${head}`, "utf8"));
  const lower = Object.fromEntries(Object.entries(headers).map(([key, value]) => [key.toLowerCase(), value]));
  const body = readFileSync(`${folder}/${head.replace(".json", ".body")}`, "utf8");
  new Webhook(secret).verify(body, lower);
  let refused = false;
  try {
    new Webhook(secret).verify(`${body} `, lower);
  } catch {
    refused = true;
  }
  if (!refused) throw new Error("a changed body was verified too");
}
console.log(`standardwebhooks (JavaScript) verified ${heads.length} with this secret`);
