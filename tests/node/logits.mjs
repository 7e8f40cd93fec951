// Token ids and logits of texts, by Transformers.js: node logits.mjs FOLDER DTYPE TEXTS.json
import { readFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { AutoModelForTokenClassification, AutoTokenizer, env } from "@huggingface/transformers";

const [folder, dtype, texts] = process.argv.slice(2);
env.allowRemoteModels = false;
env.localModelPath = dirname(folder);
const name = basename(folder);
const tokenizer = await AutoTokenizer.from_pretrained(name);
const model = await AutoModelForTokenClassification.from_pretrained(name, { dtype });
const answers = [];
for (const text of JSON.parse(await readFile(texts, "utf8"))) {
  const inputs = tokenizer(text);
  const { logits } = await model(inputs);
  answers.push({
    ids: inputs.input_ids.tolist()[0].map(Number),
    logits: logits.tolist()[0],
  });
}
console.log(JSON.stringify({ labels: model.config.id2label, answers }));
