// discord.js' own assertions take each message that was kept.
import { readFileSync, readdirSync } from "node:fs";
import { EmbedBuilder, embedLength } from "@discordjs/builders";

const [folder] = process.argv.slice(2);
const bodies = readdirSync(folder).filter((name) => name.endsWith(".body"));
if (bodies.length === 0) throw new Error("nothing was sent");
let embeds = 0;
for (const name of bodies) {
  const message = JSON.parse(readFileSync(`${folder}/${name}`, "utf8"));
  if (!(message.embeds.length >= 1 && message.embeds.length <= 10)) throw new Error(`${message.embeds.length} embeds`);
  let sum = 0;
  for (const embed of message.embeds) {
    const built = new EmbedBuilder();
    if (embed.title !== undefined) built.setTitle(embed.title);
    if (embed.description !== undefined) built.setDescription(embed.description);
    if (embed.color !== undefined) built.setColor(embed.color);
    if (embed.footer !== undefined) built.setFooter({ text: embed.footer.text });
    if (embed.timestamp !== undefined) built.setTimestamp(new Date(embed.timestamp));
    if (embed.fields !== undefined) built.setFields(embed.fields);
    built.toJSON();
    sum += embedLength(embed);
    embeds += 1;
  }
  if (sum > 6000) throw new Error(`${sum} characters in one message`);
  if (message.allowed_mentions === undefined) throw new Error("anybody could be mentioned");
}
console.log(`@discordjs/builders took ${embeds} embeds in ${bodies.length} messages`);
