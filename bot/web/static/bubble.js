// One line of a chat as elements. Everything is set as text: nothing that people wrote is markup.

import { h, hourOf, inChina, sizeOf } from "./dom.js";

const PICTURES = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/** Whether a line has anything to look at (a toast alone has not). */
export function isVisible(line) {
  return !line.withdrawn && Boolean(line.text || line.buttons?.length || line.file || line.expired);
}

export function bubble(line, onTap) {
  const isMine = line.author === "person";
  return h(
    "li",
    { class: `line ${isMine ? "mine" : "theirs"}`, data: { id: line.id } },
    h("span", { class: "unseen" }, isMine ? "我：" : "木铎："),
    h(
      "div",
      { class: "bubble" },
      attachment(line),
      line.text ? h("p", { class: "text" }, ...line.spans.map(span)) : null,
      line.at ? h("time", { datetime: line.at }, hourOf(inChina(line.at))) : null,
    ),
    keyboard(line, onTap),
  );
}

function span([style, text]) {
  if (style === "bold") return h("strong", {}, text);
  if (style === "quiet") return h("small", { class: "quiet" }, text);
  return document.createTextNode(text);
}

function attachment(line) {
  if (line.expired) return h("p", { class: "quiet" }, "文件已经过期删除。");
  if (!line.file) return null;
  const { name, media_type: type, size, url } = line.file;
  if (PICTURES.includes(type)) {
    return h(
      "a",
      { href: url, target: "_blank", rel: "noreferrer", class: "picture" },
      h("img", { src: url, alt: name }),
    );
  }
  return h(
    "a",
    { href: url, download: name, class: "file" },
    h("span", { class: "file-kind", "aria-hidden": "true" }, kindOf(name)),
    h(
      "span",
      { class: "file-what" },
      h("span", { class: "file-name" }, name),
      h("span", { class: "file-size" }, `${sizeOf(size)} · 下载`),
    ),
  );
}

function kindOf(name) {
  const ending = name.includes(".") ? name.split(".").pop() : "";
  return /^[a-z0-9]{1,4}$/i.test(ending) ? ending.toUpperCase() : "文件";
}

function keyboard(line, onTap) {
  if (!line.buttons?.length) return null;
  const rows = [];
  for (const button of line.buttons) (rows[button.row] ??= []).push(button);
  return h(
    "div",
    { class: "keyboard", role: "group", "aria-label": "这条消息的按钮" },
    ...rows.filter(Boolean).map((row) => h("div", { class: "row" }, ...row.map((b) => key(b, onTap)))),
  );
}

function key(button, onTap) {
  if (button.url) {
    const isSafe = /^https?:\/\//i.test(button.url);
    return h(
      "a",
      { class: "key", href: isSafe ? button.url : null, target: "_blank", rel: "noreferrer" },
      `${button.label} ↗`,
    );
  }
  return h(
    "button",
    { type: "button", class: "key", onclick: (event) => onTap(button.token, event.currentTarget) },
    button.label,
  );
}
