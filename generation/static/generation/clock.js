// Times as the reader's clock shows them, and how long something has been going on.

export function showTimes() {
  const now = Date.now();
  for (const time of document.querySelectorAll("time[data-since]")) {
    const seconds = Math.max(0, Math.round((now - Date.parse(time.dateTime)) / 1000));
    time.textContent = seconds < 100 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
  }
  for (const time of document.querySelectorAll("time[data-clock]:not([data-shown])")) {
    time.textContent = new Date(time.dateTime).toLocaleTimeString();
    time.setAttribute("data-shown", "");
  }
  for (const time of document.querySelectorAll("time[data-moment]:not([data-shown])")) {
    time.textContent = new Date(time.dateTime).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
    time.setAttribute("data-shown", "");
  }
}

export function keepTime() {
  showTimes();
  setInterval(showTimes, 1000);
}
