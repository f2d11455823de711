// Times as the reader's clock shows them, how long something has been going on, and when an estimate has proved wrong.

import { showMoments } from "../storyboards/moments.js";

/** Since when an estimate stands there. */
const standing = new WeakMap();

export function showTimes() {
  const now = Date.now();
  for (const time of document.querySelectorAll("time[data-since]")) {
    const seconds = Math.max(0, Math.round((now - Date.parse(time.dateTime)) / 1000));
    time.textContent = `for ${lasting(seconds)}`;
  }
  for (const time of document.querySelectorAll("time[data-until]")) {
    const seconds = Math.ceil((Date.parse(time.dateTime) - now) / 1000);
    time.textContent = seconds > 0 ? ` (${lasting(seconds)})` : "";
  }
  for (const time of document.querySelectorAll("time[data-clock]:not([data-shown])")) {
    time.textContent = clock(new Date(time.dateTime));
    time.setAttribute("data-shown", "");
  }
  showMoments();
  for (const words of document.querySelectorAll("[data-holds]")) {
    if (!standing.has(words)) standing.set(words, now);
    // nothing came for so long that it is no longer true; the server says the same to whoever asks now
    if (now - standing.get(words) > Number(words.dataset.holds) * 1000) words.textContent = "longer than usual";
  }
}

/** @param {number} seconds */
function lasting(seconds) {
  if (seconds < 100) return `${seconds} s`;
  return seconds < 100 * 60 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

/** The time alone means today. @param {Date} moment */
function clock(moment) {
  if (moment.toDateString() === new Date().toDateString()) return moment.toLocaleTimeString();
  return moment.toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
}

export function keepTime() {
  showTimes();
  setInterval(showTimes, 1000);
}
