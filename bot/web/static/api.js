// The playground's JSON API and its stream.

const ROOT = "/playground/api";
const SILENCE = 40_000;

/** What the server said no to; the message is its sentence. */
export class Refusal extends Error {}

async function call(path, options) {
  const response = await fetch(ROOT + path, options);
  const data = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refusal(data.error ?? "服务器没有给出可用的回答。");
  return data;
}

function post(path, body) {
  return call(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}

export const people = () => call("/people");
export const messages = (id) => call(`/messages?as=${encodeURIComponent(id)}`);
export const clock = () => call("/clock");
export const moveClock = (how) => post("/clock", how);
export const newEvent = () => crypto.randomUUID();

/** Do something as a person. A cut connection is tried again: a repeated event is harmless. */
export async function act(id, event, what) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await post("/incoming", { as: id, event, ...what });
    } catch (error) {
      if (error instanceof Refusal || attempt === 3) throw error;
      await new Promise((resolve) => setTimeout(resolve, 400 * attempt));
    }
  }
}

/** A file as the API takes it. */
export async function fileBody(file) {
  const url = await new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(reader.result));
    reader.addEventListener("error", () => reject(reader.error));
    reader.readAsDataURL(file);
  });
  const content = url.slice(url.indexOf(",") + 1);
  return { name: file.name, media_type: file.type || "application/octet-stream", content };
}

/** Everything said to anybody, from a version on, for as long as the page is open. */
export class Stream {
  constructor(after, { line, beat, state }) {
    this.after = after;
    this.on = { line, beat, state };
    this.open();
  }

  open() {
    this.source?.close();
    this.source = new EventSource(`${ROOT}/stream?after=${this.after}`);
    this.source.addEventListener("open", () => this.on.state(true));
    this.source.addEventListener("message", (event) => this.hear(event));
    this.source.addEventListener("beat", (event) => this.beat(JSON.parse(event.data)));
    this.source.addEventListener("error", () => this.lose());
    this.listen(SILENCE);
  }

  hear(event) {
    this.after = Number(event.lastEventId);
    this.listen(SILENCE);
    this.on.line(JSON.parse(event.data));
  }

  beat(news) {
    this.on.state(true);
    this.listen(SILENCE);
    if (news.version < this.after) {
      // Another database: what we remember of the old one means nothing.
      this.after = news.version;
      this.on.beat({ isNew: true });
      this.open();
      return;
    }
    if (this.after === "") this.after = news.version;
    this.on.beat({ isNew: false });
  }

  lose() {
    this.on.state(false);
    if (this.source.readyState === EventSource.CLOSED) this.listen(2000);
  }

  /** Open anew when nothing is heard for a while. */
  listen(patience) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.on.state(false);
      this.open();
    }, patience);
  }
}
