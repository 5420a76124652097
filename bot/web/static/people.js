// The list of people to be: grouped by role, searched by name or unit, with unread badges.

import { avatar, byId, h, placeOf } from "./dom.js";

const GROUPS = ["管理员", "书记", "教师", "访客"];

export class People {
  constructor(onPick) {
    this.onPick = onPick;
    this.people = [];
    this.open = new Set();
    this.unread = {};
    this.root = byId("groups");
    this.search = byId("search");
    this.search.addEventListener("input", () => this.render());
    this.search.addEventListener("keydown", (event) => this.onSearchKey(event));
    this.root.addEventListener("keydown", (event) => this.onListKey(event));
  }

  set(people) {
    this.people = people;
    this.render();
  }

  /** Show who is open and what is unread. */
  mark(open, unread) {
    // A list that is made anew under a finger that is just pressing would lose the press.
    const isSame = JSON.stringify([[...open], unread]) === JSON.stringify([[...this.open], this.unread]);
    this.open = open;
    this.unread = { ...unread };
    if (!isSame) this.render();
  }

  groupOf(person) {
    return GROUPS.find((role) => person.roles.includes(role)) ?? "教师";
  }

  matching() {
    const wanted = this.search.value.trim().toLowerCase();
    if (!wanted) return this.people;
    return this.people.filter((person) =>
      `${person.name} ${person.unit} ${person.branch} ${person.roles.join(" ")}`
        .toLowerCase()
        .includes(wanted),
    );
  }

  render() {
    const focused = document.activeElement?.dataset?.person;
    const found = this.matching();
    const groups = GROUPS.map((role) => [role, found.filter((p) => this.groupOf(p) === role)]);
    this.root.replaceChildren(
      ...groups.filter(([, members]) => members.length).map((each) => this.group(...each)),
    );
    if (!found.length) {
      this.root.append(h("p", { class: "nobody" }, "没有找到。换个姓名或单位试试。"));
    }
    byId("found").textContent = this.search.value ? `找到 ${found.length} 人` : "";
    const buttons = this.buttons();
    const at = buttons.find((button) => button.dataset.person === focused);
    for (const button of buttons) button.tabIndex = -1;
    if (at ?? buttons[0]) (at ?? buttons[0]).tabIndex = 0;
    if (focused) at?.focus();
  }

  group(role, members) {
    const title = `group-${GROUPS.indexOf(role)}`;
    return h(
      "section",
      { class: "group", "aria-labelledby": title },
      h("h2", { id: title }, role, h("small", {}, ` ${members.length}`)),
      h("ul", {}, ...members.map((person) => h("li", {}, this.entry(person)))),
    );
  }

  entry(person) {
    const unread = this.unread[person.id] ?? 0;
    const isOpen = this.open.has(person.id);
    return h(
      "button",
      {
        type: "button",
        class: "person",
        data: { person: person.id },
        "aria-pressed": String(isOpen),
        onclick: () => this.onPick(person.id),
      },
      avatar(person),
      h(
        "span",
        { class: "who" },
        h("span", { class: "name" }, person.name),
        h("span", { class: "unit" }, placeOf(person) || "没有绑定身份"),
      ),
      unread
        ? h("span", { class: "badge" }, String(unread), h("span", { class: "unseen" }, " 条未读"))
        : null,
    );
  }

  buttons() {
    return [...this.root.querySelectorAll("button.person")];
  }

  onSearchKey(event) {
    if (event.isComposing) return;
    const [first] = this.buttons();
    if (event.key === "ArrowDown" && first) {
      event.preventDefault();
      first.focus();
    } else if (event.key === "Enter" && first) {
      event.preventDefault();
      this.onPick(first.dataset.person);
    } else if (event.key === "Escape" && this.search.value) {
      event.stopPropagation();
      this.search.value = "";
      this.render();
    }
  }

  onListKey(event) {
    const buttons = this.buttons();
    const at = buttons.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    if (to < 0) {
      this.search.focus();
      return;
    }
    const next = buttons[Math.min(to, buttons.length - 1)];
    buttons[at].tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }
}
