// Days and hours as the reader's own clock and language have them. <time datetime="…" data-moment>

export function showMoments() {
  for (const time of document.querySelectorAll("time[data-moment]:not([data-shown])")) {
    time.textContent = new Date(time.dateTime).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
    time.setAttribute("data-shown", "");
  }
}

showMoments();
