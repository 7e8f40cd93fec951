// A text in a link: after the #, which browsers never send, and deflated, since links are cut.

const MOST = 4_000_000;

/** A link to this page with a text, and the names of what it is to be read by. */
export async function linkTo({ text, ...names }) {
  const given = Object.entries(names).filter(([, name]) => name);
  const fragment = new URLSearchParams([...given, ["text", await deflated(text)]]);
  return `${location.href.split("#")[0]}#${fragment}`;
}

/** What the address has after its #, in the form that `linkTo` takes; null where it has no text. */
export async function linked() {
  const fragment = new URLSearchParams(location.hash.slice(1));
  if (!fragment.has("text")) return null;
  try {
    return { ...Object.fromEntries(fragment), text: await inflated(fragment.get("text")) };
  } catch {
    return { text: null };
  }
}

/** Takes the text out of the address, where another has taken its place. */
export function unlink() {
  if (location.hash) history.replaceState(null, "", location.href.split("#")[0]);
}

async function deflated(text) {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const letters = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

async function inflated(code) {
  const letters = atob(code.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let text = "";
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    text += decoder.decode(value, { stream: true });
    // A short link may stand for more than a browser can hold.
    if (text.length > MOST) throw new RangeError("too long");
  }
}
