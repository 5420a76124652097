// The playground: who is open, who has unread messages, and what the stream brings.

import * as api from "./api.js";
import { Chat } from "./chat.js";
import { Clock } from "./clock.js";
import { avatar, byId, h } from "./dom.js";
import { People } from "./people.js";

const MEMORY = "muduo.playground";
const small = matchMedia("(max-width: 759px)");

class Playground {
  constructor() {
    this.chats = new Map();
    this.people = new Map();
    this.memory = { open: [], current: null, last: null, unread: {}, ...remembered() };
    this.link = linked();
    this.stage = byId("stage");
    this.list = new People((id) => this.open(id));
    this.clock = new Clock((words) => this.say(words));
    byId("add").addEventListener("click", () => this.showPeople(true));
    byId("leave-people").addEventListener("click", () => this.showPeople(false));
    document.addEventListener("keydown", (event) => this.onKey(event));
    document.addEventListener("visibilitychange", () => this.read());
  }

  async begin() {
    await this.meet();
    await this.clock.refresh();
    for (const id of this.memory.open.filter((each) => this.people.has(each))) {
      await this.open(id, { focus: false });
    }
    const current = this.memory.current;
    if (this.chats.has(current)) this.select(current);
    this.update();
    byId("linked").hidden = !this.link;
    if (this.link) this.showPeople(true);
    const after = this.memory.last ?? "";
    this.stream = new api.Stream(after, {
      line: (line) => this.hear(line),
      beat: (news) => this.beat(news),
      state: (isThere) => this.connection(isThere),
    });
  }

  /** Learn who there is; roles may have changed. */
  async meet() {
    const people = await api.people();
    this.people = new Map(people.map((person) => [person.id, person]));
    this.list.set(people);
    this.offer(people);
  }

  /** One of each kind, to begin with. */
  offer(people) {
    const roles = ["教师", "书记", "管理员", "访客"];
    const firsts = roles.map((role) => people.find((each) => each.roles[0] === role));
    byId("offers").replaceChildren(
      ...firsts.filter(Boolean).map((person) =>
        h(
          "button",
          { type: "button", class: "offer", onclick: () => this.open(person.id) },
          avatar(person),
          h("span", { class: "name" }, person.name),
          h("span", { class: "unit" }, person.roles[0]),
        ),
      ),
    );
  }

  async open(id, { focus = true } = {}) {
    let chat = this.chats.get(id);
    if (!chat) {
      chat = new Chat(this.people.get(id), {
        onClose: () => this.close(id),
        onEscape: () => this.escape(),
      });
      this.chats.set(id, chat);
      this.stage.append(chat.element);
      this.select(id);
      await chat.load().catch(() => this.connection(false));
    }
    this.select(id);
    if (!focus) return;
    this.follow(chat);
    this.showPeople(false);
    chat.element.scrollIntoView({ block: "nearest", inline: "nearest" });
    chat.composer.focus();
  }

  /** Open the link that brought us here, as the first person that is picked. */
  follow(chat) {
    const link = this.link;
    if (!link) return;
    this.link = null;
    byId("linked").hidden = true;
    history.replaceState(null, "", location.pathname);
    chat.send({ open: link }, `打开链接：${link}`);
  }

  close(id) {
    const ids = [...this.chats.keys()];
    const neighbour = ids[ids.indexOf(id) + 1] ?? ids[ids.indexOf(id) - 1] ?? null;
    this.chats.get(id).element.remove();
    this.chats.delete(id);
    this.select(neighbour);
    if (neighbour) this.chats.get(neighbour).composer.focus();
    else this.escape();
  }

  /** On a phone only the selected chat is seen. */
  select(id) {
    this.memory.current = id;
    for (const [each, chat] of this.chats) chat.element.classList.toggle("current", each === id);
    this.chats.get(id)?.toEnd();
    this.read();
  }

  isSeen(id) {
    if (!this.chats.has(id) || document.hidden) return false;
    const isCovered = small.matches && document.body.classList.contains("picking");
    return small.matches ? this.memory.current === id && !isCovered : true;
  }

  /** What stands before the eyes is no longer unread. */
  read() {
    for (const id of Object.keys(this.memory.unread)) {
      if (this.isSeen(id)) delete this.memory.unread[id];
    }
    this.update();
  }

  hear(line) {
    this.memory.last = Math.max(this.memory.last ?? 0, line.version);
    this.chats.get(line.as)?.apply(line);
    const isNews = line.author === "bot" && !line.withdrawn && !line.replaces && line.text;
    if (isNews && !this.isSeen(line.as)) {
      this.memory.unread[line.as] = (this.memory.unread[line.as] ?? 0) + 1;
    }
    this.update();
  }

  beat({ isNew }) {
    if (isNew) {
      this.memory.last = null;
      this.memory.unread = {};
      this.update();
      location.reload();
      return;
    }
    this.clock.refresh().catch(() => {});
  }

  async connection(isThere) {
    const wasLost = this.isLost;
    this.isLost = !isThere;
    byId("lost").textContent = isThere ? "" : "连接断了，正在重连…";
    if (!wasLost || !isThere) return;
    await this.meet().catch(() => {});
    for (const chat of this.chats.values()) await chat.load().catch(() => {});
    this.update();
  }

  update() {
    this.memory.open = [...this.chats.keys()];
    localStorage.setItem(MEMORY, JSON.stringify(this.memory));
    this.list.mark(new Set(this.memory.open), this.memory.unread);
    byId("welcome").hidden = this.chats.size > 0;
    const total = Object.values(this.memory.unread).reduce((sum, each) => sum + each, 0);
    document.title = total ? `（${total}）木铎 · 演示` : "木铎 · 演示";
    const verb = this.chats.size ? "换人" : "选人";
    byId("add").textContent = total ? `${verb}（${total}）` : verb;
    byId("tabs").replaceChildren(...this.memory.open.map((id) => this.tab(id)));
  }

  tab(id) {
    const unread = this.memory.unread[id];
    return h(
      "button",
      {
        type: "button",
        class: "tab",
        "aria-current": this.memory.current === id ? "true" : null,
        onclick: () => this.open(id),
      },
      this.people.get(id).name,
      unread ? h("span", { class: "badge" }, String(unread)) : null,
    );
  }

  showPeople(isShown) {
    document.body.classList.toggle("picking", isShown);
    if (isShown) this.list.search.focus();
    this.read();
  }

  onKey(event) {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    if (this.clock.toggle(false)) byId("time").focus();
    else if (document.body.classList.contains("picking")) this.showPeople(false);
  }

  /** From a chat back to the people. */
  escape() {
    if (small.matches && this.chats.size) return;
    this.list.search.focus();
  }

  /** A word of the house, said in every chat that is open. */
  say(words) {
    if (!this.chats.size) byId("lost").textContent = words;
    for (const [id, chat] of this.chats) if (this.isSeen(id)) chat.toast(words);
  }
}

/** The payload of a deep link such as ?start=checkin-17-1a-9f, or null. */
function linked() {
  const payload = new URLSearchParams(location.search).get("start") ?? "";
  return /^[\w-]{1,64}$/.test(payload) ? payload : null;
}

function remembered() {
  try {
    return JSON.parse(localStorage.getItem(MEMORY) ?? "{}");
  } catch {
    return {};
  }
}

const playground = new Playground();
playground.begin().catch((error) => {
  byId("lost").textContent = error instanceof api.Refusal ? error.message : "连不上木铎，请刷新重试。";
});
